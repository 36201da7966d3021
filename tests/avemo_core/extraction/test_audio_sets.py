"""Rows with further audio sets, and with fewer."""

import json

import numpy as np
import pytest
from numpy import ndarray

from avemo_core.appearance.selection import Selection
from avemo_core.errors import ConfigError, MediaError
from avemo_core.extraction.config import ExtractionConfig, feature_set
from avemo_core.extraction.extractor import Extractor
from schemas.audio_sets import names_in
from tests.avemo_core.extraction.clips import Encode, clip_of, vectors


@pytest.fixture(scope="module")
def by_sound() -> Extractor:
    return Extractor(ExtractionConfig(network="none", audio=("yaafe27", "librosa")))


@pytest.mark.slow
def test_a_further_set_stands_beside_the_27_which_stay_as_they_are(
    by_sound: Extractor, extractor: Extractor, encode: Encode, talking: list[ndarray], tone: ndarray
):
    clip = clip_of(encode("clip.mp4", pictures=talking, sound=tone))

    plain, both = extractor.rows(clip), by_sound.rows(clip)

    assert names_in(both.column_names) == ("yaafe27", "librosa")
    assert [both[name] for name in ("audio", "audio_time_s", "audio_coverage")] == [
        plain[name] for name in ("audio", "audio_time_s", "audio_coverage")
    ]
    assert vectors(both, "audio_librosa").shape == (len(vectors(both, "audio_librosa_time_s")), 132)
    assert np.diff(vectors(both, "audio_librosa_time_s")) == pytest.approx(0.032, abs=1e-6)


def test_the_field_says_what_each_value_is(by_sound: Extractor):
    metadata = by_sound.schema.field("audio_librosa").metadata

    assert json.loads(metadata[b"columns"])[:2] == ["mfcc_0", "mfcc_1"]
    assert (metadata[b"step_s"], len(json.loads(metadata[b"units"]))) == (b"0.032", 132)


@pytest.mark.slow
def test_segments_hold_the_steps_of_the_whole_clip(by_sound: Extractor, encode: Encode, talking: list[ndarray], tone: ndarray):
    clip = clip_of(encode("clip.mp4", pictures=talking, sound=tone))
    divided = Extractor(ExtractionConfig(network="none", audio=("librosa",), segment_s=1.0, stride_s=0.5))

    whole, segments = by_sound.rows(clip), divided.rows(clip)

    times, values = vectors(whole, "audio_librosa_time_s"), vectors(whole, "audio_librosa")
    for row in segments.to_pylist():
        inside = (times >= row["start_s"]) & (times < row["stop_s"])
        assert row["audio_librosa_time_s"] == times[inside].tolist()
        assert row["audio_librosa"] == values[inside].tolist()


@pytest.mark.slow
def test_without_a_network_pictures_are_not_looked_at(by_sound: Extractor, encode: Encode, talking: list[ndarray], tone: ndarray):
    row = by_sound.rows(clip_of(encode("clip.mp4", pictures=talking, sound=tone))).to_pylist()[0]

    assert (row["frame_time_s"], row["has_face"], row["shape"], row["appearance"]) == ([], [], [], [])
    assert (row["faces_max"], row["face_coverage"]) == (0, 0.0)


@pytest.mark.slow
def test_without_any_audio_set_the_row_has_faces_and_says_that_there_was_sound(
    selection: Selection, encode: Encode, talking: list[ndarray], tone: ndarray
):
    table = Extractor(ExtractionConfig(audio=()), selection).rows(clip_of(encode("clip.mp4", pictures=talking, sound=tone)))

    assert names_in(table.column_names) == ()
    assert (table["audio_coverage"][0].as_py(), table["face_coverage"][0].as_py()) == (1.0, 1.0)


def test_a_clip_without_what_is_wanted_is_rejected_with_that_reason(by_sound: Extractor, encode: Encode, talking: list[ndarray]):
    with pytest.raises(MediaError, match="no sound stream that can be played"):
        by_sound.rows(clip_of(encode("clip.mp4", pictures=talking)))


def test_nothing_to_extract_is_refused():
    with pytest.raises(ConfigError, match="nothing is left to extract"):
        ExtractionConfig(network="none", audio=())


def test_the_feature_set_names_every_part(by_sound: Extractor, selection: Selection):
    assert by_sound.feature_set == "no network / no values / no landmarks / yaafe27+librosa 0.11 / every frame / media 2"
    assert "/ facemesh-ibug49 / no audio / every frame" in feature_set(ExtractionConfig(audio=()), selection)
