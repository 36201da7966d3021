"""The columns of audio sets."""

import json

from schemas.audio_sets import AudioSet, fields_of, names_in, time_column, values_column, yaafe_fields
from schemas.features import FEATURES

OWN = AudioSet(name="own", columns=("f0", "level"), units=("Hz", "dB"), step_s=0.01, meaning="of a test")


def test_the_27_features_keep_the_columns_they_had():
    assert (values_column("yaafe27"), time_column("yaafe27")) == ("audio", "audio_time_s")
    assert [FEATURES.field(field.name) for field in yaafe_fields()] == list(yaafe_fields())


def test_a_further_set_says_what_each_value_is():
    times, values = fields_of(OWN)

    assert (times.name, values.name) == ("audio_own_time_s", "audio_own")
    assert values.type.value_type.list_size == 2
    assert json.loads(values.metadata[b"columns"]) == ["f0", "level"]
    assert (json.loads(values.metadata[b"units"]), values.metadata[b"step_s"]) == (["Hz", "dB"], b"0.01")


def test_the_sets_of_a_table_are_told_by_its_columns():
    columns = ["clip_id", "audio_coverage", "audio_time_s", "audio", "audio_own_time_s", "audio_own", "audio_half"]

    assert names_in(columns) == ("yaafe27", "own")
    assert names_in(["audio_own", "audio_own_time_s"]) == ("own",)
