import dataclasses
import pickle
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pytest
from numpy import ndarray

from avemo_core.appearance import networks
from avemo_core.appearance.selection import Selection
from avemo_core.corpora.clip import Clip
from avemo_core.errors import ConfigError, MediaError
from avemo_core.extraction import extractor as extractor_module
from avemo_core.extraction.config import ExtractionConfig
from avemo_core.extraction.extractor import Extractor
from schemas import columns, features
from schemas.rejects import Reason

Encode = Callable[..., Path]
SELECTED = 64


@pytest.fixture(scope="module")
def selection() -> Selection:
    whole = Selection.all(networks.load())
    return dataclasses.replace(whole, indices=whole.indices[:SELECTED], importances=whole.importances[:SELECTED])


@pytest.fixture(scope="module")
def extractor(selection: Selection) -> Extractor:
    return Extractor(ExtractionConfig(), selection)


def _clip(path: Path, **known: object) -> Clip:
    return Clip(source_id="one", uri=str(path), **known)


def _cut(path: Path, share: float) -> Path:
    """The file without its end; its header, at the front, still claims everything."""
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    return path


def _vectors(table: pa.Table, name: str) -> ndarray:
    return np.array(table[name][0].as_py())


def test_a_clip_becomes_one_row_of_the_schema(extractor: Extractor, encode: Encode, talking: list[ndarray], tone: ndarray):
    path = encode("clip.mp4", pictures=talking, sound=tone)

    table = extractor.rows(_clip(path, label="happy", subject="astronaut"))

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
    table = extractor.rows(_clip(encode("clip.mp4", pictures=talking, sound=tone), start_s=0.5, stop_s=1.5))

    np.testing.assert_allclose(_vectors(table, "frame_time_s"), 0.52 + np.arange(25) / 25, atol=1e-3)
    np.testing.assert_allclose(_vectors(table, "audio_time_s"), 0.5 + np.arange(32) * 0.032, atol=1e-3)
    assert _vectors(table, "audio").shape == (32, 901)
    assert table["stop_s"][0].as_py() == 1.5


def test_a_frame_without_a_face_holds_zeros(extractor: Extractor, encode: Encode, talking: list[ndarray]):
    blank = [np.full_like(talking[0], 90)] * 10

    table = extractor.rows(_clip(encode("clip.mp4", pictures=[*talking[:15], *blank])))

    has_face = _vectors(table, "has_face")
    assert has_face.tolist() == [True] * 15 + [False] * 10
    assert not _vectors(table, "shape")[~has_face].any()
    assert not _vectors(table, "face_box")[~has_face].any()
    assert (_vectors(table, "face_box")[has_face][:, 2:] > _vectors(table, "face_box")[has_face][:, :2]).all()
    assert not _vectors(table, "appearance")[~has_face].any()
    assert _vectors(table, "appearance")[has_face].any(axis=1).all()
    assert table["face_coverage"][0].as_py() == pytest.approx(0.6)
    assert table["audio"][0].as_py() == []


def test_sound_without_pictures_gets_steps_at_25_fps_and_no_face(extractor: Extractor, encode: Encode, tone: ndarray):
    table = extractor.rows(_clip(encode("voice.wav", sound=tone, sound_codec="pcm_s16le")))

    np.testing.assert_allclose(_vectors(table, "frame_time_s"), np.arange(50) / 25, atol=1e-6)
    assert not _vectors(table, "has_face").any()
    assert table["audio_coverage"][0].as_py() == 1.0


def test_the_channel_asked_for_is_the_one_that_is_heard(selection: Selection, extractor: Extractor, encode: Encode, tone: ndarray):
    both = encode("both.wav", sound=np.concatenate([0.5 * tone[:, ::-1], tone**3]), layout="stereo", sound_codec="pcm_s16le")
    one = encode("right.wav", sound=tone**3, sound_codec="pcm_s16le")

    right = Extractor(ExtractionConfig(channel="right"), selection).rows(_clip(both))

    np.testing.assert_allclose(_vectors(right, "audio"), _vectors(extractor.rows(_clip(one)), "audio"), rtol=1e-4, atol=1e-3)
    assert not np.allclose(_vectors(extractor.rows(_clip(both)), "audio"), _vectors(right, "audio"), rtol=1e-2, atol=1e-2)


def test_a_clip_with_neither_a_face_nor_a_sound_is_rejected(extractor: Extractor, encode: Encode, talking: list[ndarray]):
    path = encode("blank.mp4", pictures=[np.full_like(talking[0], 90)] * 25, sound=np.zeros((1, 48_000), np.float32))

    with pytest.raises(MediaError) as error:
        extractor.rows(_clip(path))

    assert error.value.reason == Reason.NO_FACE_NO_AUDIO


def test_an_empty_range_is_rejected(extractor: Extractor, encode: Encode, talking: list[ndarray]):
    with pytest.raises(MediaError) as error:
        extractor.rows(_clip(encode("clip.mp4", pictures=talking), start_s=5.0, stop_s=6.0))

    assert error.value.reason == Reason.TOO_SHORT


def test_subsampling_takes_frames_evenly_in_time_and_changes_the_feature_set(selection: Selection, encode: Encode, talking: list[ndarray]):
    subsampling = Extractor(ExtractionConfig(fps=10.0), selection)

    table = subsampling.rows(_clip(encode("clip.mp4", pictures=talking)))

    np.testing.assert_allclose(_vectors(table, "frame_time_s"), np.ceil(np.arange(20) * 2.5) / 25, atol=1e-3)
    assert "10 fps" in subsampling.feature_set


def test_shrinking_large_pictures_keeps_the_shape(selection: Selection, extractor: Extractor, encode: Encode, talking: list[ndarray]):
    clip = _clip(encode("clip.mp4", pictures=[np.repeat(np.repeat(frame, 2, 0), 2, 1) for frame in talking[:6]]))

    full, small = extractor.rows(clip), Extractor(ExtractionConfig(max_side=360), selection).rows(clip)

    np.testing.assert_allclose(_vectors(small, "shape"), _vectors(full, "shape"), atol=0.06)


def test_segments_hold_what_the_whole_clip_holds_there(
    selection: Selection, extractor: Extractor, encode: Encode, talking: list[ndarray], tone: ndarray
):
    clip = _clip(encode("clip.mp4", pictures=talking, sound=tone))

    whole, segments = extractor.rows(clip), Extractor(ExtractionConfig(segment_s=1.0), selection).rows(clip)

    assert segments["clip_id"].to_pylist() == ["one#0-1000", "one#1000-2000"]
    assert set(segments["source_id"].to_pylist()) == {"one"}
    assert segments["duration_s"].to_pylist() == pytest.approx([1.0, 1.0], abs=0.05)
    assert segments["frame_time_s"].combine_chunks().flatten().to_pylist() == whole["frame_time_s"][0].as_py()
    assert segments["appearance"].combine_chunks().flatten().to_pylist() == whole["appearance"][0].as_py()
    assert [len(steps) for steps in segments["audio_time_s"].to_pylist()] == [32, 32]
    assert segments["audio_time_s"][1][0].as_py() == pytest.approx(1.0)


def test_segments_overlap_when_the_stride_is_shorter(selection: Selection, encode: Encode, talking: list[ndarray], tone: ndarray):
    overlapping = Extractor(ExtractionConfig(segment_s=1.0, stride_s=0.5), selection)

    table = overlapping.rows(_clip(encode("clip.mp4", pictures=talking, sound=tone)))

    assert table["start_s"].to_pylist() == [0.0, 0.5, 1.0]
    assert [len(times) for times in table["frame_time_s"].to_pylist()] == [25, 25, 25]
    assert table["frame_time_s"][1][0].as_py() == pytest.approx(0.52)


def test_a_segment_without_face_and_sound_makes_no_row(selection: Selection, encode: Encode, talking: list[ndarray]):
    blank = [np.full_like(talking[0], 90)] * 25

    table = Extractor(ExtractionConfig(segment_s=1.0), selection).rows(_clip(encode("clip.mp4", pictures=[*talking[:25], *blank])))

    assert table["clip_id"].to_pylist() == ["one#0-1000"]


def test_a_file_that_breaks_off_says_so_in_its_row(extractor: Extractor, encode: Encode, talking: list[ndarray], tone: ndarray):
    table = extractor.rows(_clip(_cut(encode("whole.mkv", pictures=talking, sound=tone), 0.7)))

    (row,) = table.select(["fault", "decoded_share"]).to_pylist()
    assert row["fault"] == "breaks_off"
    assert 0.5 < row["decoded_share"] < 0.95


def test_the_last_segment_says_what_is_missing_after_it(selection: Selection, encode: Encode, talking: list[ndarray], tone: ndarray):
    """The tail is shorter than a second and no row of its own; without this the break would be nowhere."""
    segments = Extractor(ExtractionConfig(segment_s=1.0), selection)

    table = segments.rows(_clip(_cut(encode("whole.mkv", pictures=talking * 2, sound=np.tile(tone, 2)), 0.6)))

    rows = table.select(["clip_id", "fault", "decoded_share"]).to_pylist()
    assert [row["fault"] for row in rows] == [None] * (len(rows) - 1) + ["breaks_off"]
    assert [row["decoded_share"] for row in rows[:-1]] == [1.0] * (len(rows) - 1)
    assert rows[-1]["decoded_share"] < 0.7


def test_every_persistent_face_gets_a_row_and_the_main_one_comes_first(selection: Selection, encode: Encode, talking: list[ndarray]):
    pairs = [np.concatenate([cv2.resize(picture, (240, 180)), picture[45:225, 60:300]], axis=1) for picture in talking[:12]]

    table = Extractor(ExtractionConfig(faces="all"), selection).rows(_clip(encode("clip.mp4", pictures=pairs)))

    assert table["clip_id"].to_pylist() == ["one#0", "one#1"]
    assert table["faces_max"].to_pylist() == [2, 2]
    assert table["face_coverage"].to_pylist() == [1.0, 1.0]
    assert table["appearance"][0] != table["appearance"][1]


def test_the_config_survives_pickling():
    config = ExtractionConfig(fps=12.5)

    assert pickle.loads(pickle.dumps(config)) == config  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    "wrong",
    [
        {"fps": 0.0},
        {"fps": float("inf")},
        {"segment_s": 3.0, "stride_s": 0.0003},
        {"max_side": 10},
        {"segment_s": 0.1},
        {"segment_s": 5.0, "stride_s": 6.0},
        {"stride_s": 1.0},
    ],
)
def test_rates_and_sizes_that_make_no_sense_are_refused(wrong: dict[str, float]):
    with pytest.raises(ConfigError, match="must be"):
        ExtractionConfig(**wrong)


def test_a_sound_track_that_cannot_be_is_refused():
    with pytest.raises(ConfigError, match="--sound-track: expected a number"):
        ExtractionConfig(sound_track="second")


def test_a_selection_for_other_weights_is_refused(selection: Selection):
    with pytest.raises(ConfigError, match="another network"):
        Extractor(ExtractionConfig(), dataclasses.replace(selection, network_sha256="0" * 64))


def test_the_time_of_every_stage_is_counted(extractor: Extractor, encode: Encode, talking: list[ndarray], tone: ndarray):
    before = dict(extractor.seconds)

    extractor.rows(_clip(encode("clip.mp4", pictures=talking[:10], sound=tone)))

    assert all(extractor.seconds[stage] > before[stage] for stage in ("decode", "faces", "network", "audio", "encode"))


@pytest.mark.parametrize("value", [70_000.0, np.nan], ids=["beyond float16", "NaN"])
def test_appearance_that_cannot_be_stored_is_refused_rather_than_stored_as_infinity(value: float):
    appearance = np.array([[1.0, value]], np.float32)

    with pytest.raises(MediaError, match="expected numbers up to 65504"):
        extractor_module._rounded(appearance)


def test_appearance_is_rounded_to_float16():
    assert extractor_module._rounded(np.array([[0.1]], np.float32)).tolist() == [[float(np.float16(0.1))]]
