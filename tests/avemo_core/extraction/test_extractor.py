import dataclasses

import cv2
import numpy as np
import pytest
from numpy import ndarray

from avemo_core.appearance.selection import Selection
from avemo_core.errors import ConfigError, MediaError
from avemo_core.extraction import face_reader
from avemo_core.extraction.config import ExtractionConfig
from avemo_core.extraction.extractor import Extractor
from schemas import columns, features
from schemas.rejects import Reason
from tests.avemo_core.extraction.clips import SELECTED, Encode, clip_of, vectors


def test_a_clip_becomes_one_row_of_the_schema(extractor: Extractor, encode: Encode, talking: list[ndarray], tone: ndarray):
    path = encode("clip.mp4", pictures=talking, sound=tone)

    table = extractor.rows(clip_of(path, label="happy", subject="astronaut"))

    assert not columns.differences(features.schema(SELECTED, 901), table.schema)
    sequences = {"frame_time_s", "has_face", "face_box", "shape", "appearance", "audio_time_s", "audio"}
    rest = {"uri", "stop_s", "duration_s", "content_sha256", "face_coverage", "audio_coverage"}
    row = table.drop_columns(sorted(sequences | rest)).to_pylist()[0]
    assert row == {
        "clip_id": "one",
        "source_id": "one",
        "label": "happy",
        "split": None,
        "subject": "astronaut",
        "start_s": 0.0,
        "faces_max": 1,
        "decoded_share": 1.0,
        "fault": None,
        "sound_track": 0,
        "feature_set": extractor.feature_set,
    }
    assert table["duration_s"][0].as_py() == pytest.approx(2.0, abs=0.05)


def test_every_frame_and_every_sound_step_has_its_time_on_the_files_clock(
    extractor: Extractor, encode: Encode, talking: list[ndarray], tone: ndarray
):
    table = extractor.rows(clip_of(encode("clip.mp4", pictures=talking, sound=tone), start_s=0.5, stop_s=1.5))

    np.testing.assert_allclose(vectors(table, "frame_time_s"), 0.52 + np.arange(25) / 25, atol=1e-3)
    np.testing.assert_allclose(vectors(table, "audio_time_s"), 0.5 + np.arange(32) * 0.032, atol=1e-3)
    assert vectors(table, "audio").shape == (32, 901)
    assert table["stop_s"][0].as_py() == 1.5


def test_a_frame_without_a_face_holds_zeros(extractor: Extractor, encode: Encode, talking: list[ndarray]):
    blank = [np.full_like(talking[0], 90)] * 10

    table = extractor.rows(clip_of(encode("clip.mp4", pictures=[*talking[:15], *blank])))

    has_face = vectors(table, "has_face")
    assert has_face.tolist() == [True] * 15 + [False] * 10
    assert not vectors(table, "shape")[~has_face].any()
    assert not vectors(table, "face_box")[~has_face].any()
    assert (vectors(table, "face_box")[has_face][:, 2:] > vectors(table, "face_box")[has_face][:, :2]).all()
    assert not vectors(table, "appearance")[~has_face].any()
    assert vectors(table, "appearance")[has_face].any(axis=1).all()
    assert table["face_coverage"][0].as_py() == pytest.approx(0.6)
    assert table["audio"][0].as_py() == []


def test_sound_without_pictures_has_no_frames(extractor: Extractor, encode: Encode, tone: ndarray):
    table = extractor.rows(clip_of(encode("voice.wav", sound=tone, sound_codec="pcm_s16le")))

    assert [table[name][0].as_py() for name in ("frame_time_s", "has_face", "face_box", "shape", "appearance")] == [[]] * 5
    assert len(table["audio"][0]) == 63
    assert (table["face_coverage"][0].as_py(), table["audio_coverage"][0].as_py()) == (0.0, 1.0)


def test_a_row_of_sound_costs_no_byte_for_faces(extractor: Extractor, encode: Encode, tone: ndarray):
    table = extractor.rows(clip_of(encode("voice.wav", sound=tone, sound_codec="pcm_s16le")))

    assert table.nbytes < 1.05 * table["audio"].nbytes


def test_the_channel_asked_for_is_the_one_that_is_heard(selection: Selection, extractor: Extractor, encode: Encode, tone: ndarray):
    both = encode("both.wav", sound=np.concatenate([0.5 * tone[:, ::-1], tone**3]), layout="stereo", sound_codec="pcm_s16le")
    one = encode("right.wav", sound=tone**3, sound_codec="pcm_s16le")

    right = Extractor(ExtractionConfig(channel="right"), selection).rows(clip_of(both))

    np.testing.assert_allclose(vectors(right, "audio"), vectors(extractor.rows(clip_of(one)), "audio"), rtol=1e-4, atol=1e-3)
    assert not np.allclose(vectors(extractor.rows(clip_of(both)), "audio"), vectors(right, "audio"), rtol=1e-2, atol=1e-2)


def test_a_clip_with_neither_a_face_nor_a_sound_is_rejected(extractor: Extractor, encode: Encode, talking: list[ndarray]):
    path = encode("blank.mp4", pictures=[np.full_like(talking[0], 90)] * 25, sound=np.zeros((1, 48_000), np.float32))

    with pytest.raises(MediaError) as error:
        extractor.rows(clip_of(path))

    assert error.value.reason == Reason.NO_FACE_NO_AUDIO


def test_an_empty_range_is_rejected(extractor: Extractor, encode: Encode, talking: list[ndarray]):
    with pytest.raises(MediaError) as error:
        extractor.rows(clip_of(encode("clip.mp4", pictures=talking), start_s=5.0, stop_s=6.0))

    assert error.value.reason == Reason.TOO_SHORT


def test_subsampling_takes_frames_evenly_in_time_and_changes_the_feature_set(selection: Selection, encode: Encode, talking: list[ndarray]):
    subsampling = Extractor(ExtractionConfig(fps=10.0), selection)

    table = subsampling.rows(clip_of(encode("clip.mp4", pictures=talking)))

    np.testing.assert_allclose(vectors(table, "frame_time_s"), np.ceil(np.arange(20) * 2.5) / 25, atol=1e-3)
    assert "10 fps" in subsampling.feature_set


def test_shrinking_large_pictures_keeps_the_shape(selection: Selection, extractor: Extractor, encode: Encode, talking: list[ndarray]):
    clip = clip_of(encode("clip.mp4", pictures=[np.repeat(np.repeat(frame, 2, 0), 2, 1) for frame in talking[:6]]))

    full, small = extractor.rows(clip), Extractor(ExtractionConfig(max_side=360), selection).rows(clip)

    np.testing.assert_allclose(vectors(small, "shape"), vectors(full, "shape"), atol=0.06)


def test_every_persistent_face_gets_a_row_and_the_main_one_comes_first(selection: Selection, encode: Encode, talking: list[ndarray]):
    pairs = [np.concatenate([cv2.resize(picture, (240, 180)), picture[45:225, 60:300]], axis=1) for picture in talking[:12]]

    table = Extractor(ExtractionConfig(faces="all"), selection).rows(clip_of(encode("clip.mp4", pictures=pairs)))

    assert table["clip_id"].to_pylist() == ["one#0", "one#1"]
    assert table["faces_max"].to_pylist() == [2, 2]
    assert table["face_coverage"].to_pylist() == [1.0, 1.0]
    assert table["appearance"][0] != table["appearance"][1]


def test_a_selection_for_other_weights_is_refused(selection: Selection):
    with pytest.raises(ConfigError, match="another network"):
        Extractor(ExtractionConfig(), dataclasses.replace(selection, network_sha256="0" * 64))


def test_the_time_of_every_stage_is_counted(extractor: Extractor, encode: Encode, talking: list[ndarray], tone: ndarray):
    before = dict(extractor.seconds)

    extractor.rows(clip_of(encode("clip.mp4", pictures=talking[:10], sound=tone)))

    assert all(extractor.seconds[stage] > before[stage] for stage in ("decode", "faces", "network", "audio", "encode"))


@pytest.mark.parametrize("value", [70_000.0, np.nan], ids=["beyond float16", "NaN"])
def test_appearance_that_cannot_be_stored_is_refused_rather_than_stored_as_infinity(value: float):
    appearance = np.array([[1.0, value]], np.float32)

    with pytest.raises(MediaError, match="expected numbers up to 65504"):
        face_reader.rounded(appearance)


def test_appearance_is_rounded_to_float16():
    assert face_reader.rounded(np.array([[0.1]], np.float32)).tolist() == [[float(np.float16(0.1))]]
