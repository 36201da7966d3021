"""Rows made of tables of one's own, beside what is decoded and in its place."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy import ndarray

from avemo_core.appearance.selection import Selection
from avemo_core.corpora.clip import Clip
from avemo_core.errors import ConfigError, MediaError
from avemo_core.extraction.config import ExtractionConfig
from avemo_core.extraction.extractor import Extractor
from tests.avemo_core.extraction.clips import Encode, clip_of, vectors

NOWHERE = Clip(source_id="one", uri="/nowhere/one.mp4", label="happy")


@pytest.fixture
def heard(tmp_path: Path) -> str:
    """Three values every tenth of a second of two seconds, with the time as the first."""
    time_s = np.arange(20) / 10
    pd.DataFrame({"clip_id": "one", "time_s": time_s, "t": time_s, "x": 1.0, "y": -1.0}).to_csv(tmp_path / "heard.csv", index=False)
    return str(tmp_path / "heard.csv")


@pytest.fixture
def seen(tmp_path: Path) -> str:
    """Two values 25 times a second; no face in the first half second."""
    time_s = np.arange(50) / 25
    smile = np.where(time_s < 0.5, np.nan, time_s)
    pd.DataFrame({"clip_id": "one", "time_s": time_s, "smile": smile, "frown": 0.5}).to_csv(tmp_path / "seen.csv", index=False)
    return str(tmp_path / "seen.csv")


def test_tables_alone_make_a_row_and_no_file_is_opened(heard: str, seen: str):
    config = ExtractionConfig(network="none", audio=(), audio_table=heard, face_table=seen)

    row = Extractor(config).rows(NOWHERE).to_pylist()[0]

    assert (len(row["audio_own_time_s"]), len(row["frame_time_s"])) == (20, 50)
    assert row["has_face"][:14] == [False] * 13 + [True]
    assert row["appearance"][0] == [0.0, 0.0]
    assert row["appearance"][-1] == pytest.approx([1.96, 0.5])
    assert "shape" not in row
    assert (row["face_box"], row["decoded_share"], row["fault"], row["sound_track"]) == (None, None, None, None)
    assert (row["start_s"], row["stop_s"], row["label"]) == (0.0, pytest.approx(2.0), "happy")
    assert (row["face_coverage"], row["audio_coverage"], row["faces_max"]) == (pytest.approx(0.74), 1.0, 1)
    assert len(row["content_sha256"]) == 64


def test_segments_and_ranges_hold_what_lies_in_them(heard: str):
    config = ExtractionConfig(network="none", audio=(), audio_table=heard, segment_s=1.0, stride_s=0.5)

    table = Extractor(config).rows(dataclasses.replace(NOWHERE, start_s=0.25, stop_s=1.65))

    assert table["clip_id"].to_pylist() == ["one#250-1250"]
    assert vectors(table, "audio_own")[:, 0] == pytest.approx(np.arange(3, 13) / 10)


def test_a_table_stands_beside_what_is_decoded(heard: str, selection: Selection, encode: Encode, talking: list[ndarray], tone: ndarray):
    clip = clip_of(encode("clip.mp4", pictures=talking[:25], sound=tone))

    row = Extractor(ExtractionConfig(audio_table=heard), selection).rows(clip).to_pylist()[0]

    assert len(row["audio"]) > len(row["audio_own"]) == 20
    assert len(row["shape"]) == 25
    assert row["feature_set"].split(" / ")[3].startswith("yaafe27+own ")


def test_a_film_without_sound_is_heard_by_its_table(
    heard: str, selection: Selection, encode: Encode, talking: list[ndarray], tone: ndarray
):
    mute, silent = (encode(name, pictures=talking[:25], **sound) for name, sound in (("mute.mp4", {}), ("silent.mp4", {"sound": 0 * tone})))
    extractor = Extractor(ExtractionConfig(audio=(), audio_table=heard), selection)

    rows = [extractor.rows(clip_of(path)).to_pylist()[0] for path in (mute, silent)]

    assert [row["audio_coverage"] for row in rows] == [1.0, 0.0]
    assert [len(row["audio_own"]) for row in rows] == [10, 20]  # of one second of pictures, and of two of sound


def test_faces_of_a_table_go_with_decoded_sound(seen: str, encode: Encode, talking: list[ndarray], tone: ndarray):
    clip = clip_of(encode("clip.mp4", pictures=talking, sound=tone))

    row = Extractor(ExtractionConfig(network="none", face_table=seen)).rows(clip).to_pylist()[0]

    assert (len(row["frame_time_s"]), len(row["audio"])) == (50, 63)
    assert row["feature_set"].split(" / ")[1:3] == ["2 values", "no landmarks"]


def test_times_beyond_the_clips_end_are_a_reject(seen: str, encode: Encode, tone: ndarray):
    clip = clip_of(encode("clip.mp4", sound=tone[:, :12_000]))

    with pytest.raises(MediaError, match=r"a table has times up to 1.96 s, and the clip ends at 0"):
        Extractor(ExtractionConfig(network="none", face_table=seen)).rows(clip)


def test_a_clip_that_no_table_knows_is_a_reject(heard: str):
    config = ExtractionConfig(network="none", audio=(), audio_table=heard)

    with pytest.raises(MediaError, match="the tables have no row of this clip"):
        Extractor(config).rows(dataclasses.replace(NOWHERE, source_id="other"))


def test_a_network_and_a_table_of_faces_are_refused_together(seen: str):
    with pytest.raises(ConfigError, match="expected one of them, as both say what is seen"):
        ExtractionConfig(face_table=seen)
