"""What a training says before it starts, and what it refuses."""

import numpy as np
import pyarrow as pa
import pytest

from avemo_core.errors import ConfigError
from avemo_core.training.splits import split_of
from cluster.train.job import TrainOptions, request_of
from cluster.train.said import modality_lines, split_lines
from tests.cluster import generated

ROWS = generated.rows(28)


def options(**given: object) -> TrainOptions:
    return TrainOptions(features="features", out="model", **given)


def without(*emotions: str) -> pa.Table:
    return ROWS.filter(pa.array(~np.isin(ROWS.column("label").to_pylist(), emotions)))


def test_emotions_without_clips_are_named_with_the_option_that_leaves_them_out():
    (line,) = split_lines(split_of(without("fear", "surprise")))

    assert "no clip of fear, surprise to learn from" in line
    assert "--emotions angry,disgust,happy,neutral,sad " in line


def test_a_table_with_all_emotions_gets_no_line():
    assert split_lines(split_of(ROWS)) == []


@pytest.mark.parametrize(("rows", "count"), [(ROWS, 20), (without("angry", "disgust", "fear", "neutral", "surprise"), 0)])
def test_emotions_that_are_told_apart_are_named_and_the_others_counted(rows: pa.Table, count: int):
    lines = split_lines(split_of(rows, options(emotions="sad,happy").split_options()))

    assert lines == [f"train: a model of happy, sad alone: {count} clips of other emotions are left out, and their probability is 0"]


def test_an_emotion_asked_for_without_a_clip_is_refused():
    with pytest.raises(ConfigError, match="no clip of fear to learn from"):
        split_lines(split_of(without("fear"), options(emotions="happy,fear,sad").split_options()))


def test_clips_of_one_emotion_are_refused_in_one_sentence():
    with pytest.raises(ConfigError, match=r"^label: expected clips of at least two emotions to tell apart, found only happy$"):
        split_lines(split_of(ROWS.filter(pa.array(np.isin(ROWS.column("label").to_pylist(), "happy")))))


def test_a_model_of_one_modality_is_said_in_one_line_and_one_of_both_in_none():
    lines = [modality_lines(options().recipe().reading(modalities)) for modalities in ("audio-visual", "sound", "face")]

    assert lines == [[], ["train: no faces: a model of sound alone"], ["train: no sound: a model of faces alone"]]


def test_appearance_alone_is_refused_where_no_clip_has_a_face():
    with pytest.raises(ConfigError, match="--encoding appearance reads faces alone, and no clip has any"):
        modality_lines(options(encoding="appearance").recipe().reading("sound"))


@pytest.mark.parametrize("emotions", ["happy", "happy,bored", "", "happy,happy"])
def test_emotions_that_cannot_be_told_apart_are_refused(emotions: str):
    with pytest.raises(ConfigError, match="--emotions: expected two or more"):
        options(emotions=emotions)


def test_a_bundle_keeps_what_was_allowed_and_no_credential():
    asked = options(same_people_in_splits=True, drop_copies=True, emotions="happy,sad")

    request = request_of(asked, "s3://KEY:SECRET@bucket/features", "set")

    assert request["features"] == "s3://bucket/features"
    assert (request["same_people_in_splits"], request["drop_copies"], request["emotions"]) == (True, True, "happy,sad")


def test_a_request_without_them_is_what_it_was_before():
    assert list(request_of(options(), "/features", "set")) == ["features", "feature_set", "preset", "encoding", "seeds"]
