"""Rows of segments, and what rows say of a file that breaks off."""

import numpy as np
import pytest
from numpy import ndarray

from avemo_core.appearance.selection import Selection
from avemo_core.extraction.config import ExtractionConfig
from avemo_core.extraction.extractor import Extractor
from tests.avemo_core.extraction.clips import Encode, clip_of, cut


def test_segments_hold_what_the_whole_clip_holds_there(
    selection: Selection, extractor: Extractor, encode: Encode, talking: list[ndarray], tone: ndarray
):
    clip = clip_of(encode("clip.mp4", pictures=talking, sound=tone))

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

    table = overlapping.rows(clip_of(encode("clip.mp4", pictures=talking, sound=tone)))

    assert table["start_s"].to_pylist() == [0.0, 0.5, 1.0]
    assert [len(times) for times in table["frame_time_s"].to_pylist()] == [25, 25, 25]
    assert table["frame_time_s"][1][0].as_py() == pytest.approx(0.52)


def test_a_segment_without_face_and_sound_makes_no_row(selection: Selection, encode: Encode, talking: list[ndarray]):
    blank = [np.full_like(talking[0], 90)] * 25

    table = Extractor(ExtractionConfig(segment_s=1.0), selection).rows(clip_of(encode("clip.mp4", pictures=[*talking[:25], *blank])))

    assert table["clip_id"].to_pylist() == ["one#0-1000"]


def test_a_file_that_breaks_off_says_so_in_its_row(extractor: Extractor, encode: Encode, talking: list[ndarray], tone: ndarray):
    table = extractor.rows(clip_of(cut(encode("whole.mkv", pictures=talking, sound=tone), 0.7)))

    (row,) = table.select(["fault", "decoded_share"]).to_pylist()
    assert row["fault"] == "breaks_off"
    assert 0.5 < row["decoded_share"] < 0.95


def test_the_last_segment_says_what_is_missing_after_it(selection: Selection, encode: Encode, talking: list[ndarray], tone: ndarray):
    """The tail is shorter than a second and no row of its own; without this the break would be nowhere."""
    segments = Extractor(ExtractionConfig(segment_s=1.0), selection)

    table = segments.rows(clip_of(cut(encode("whole.mkv", pictures=talking * 2, sound=np.tile(tone, 2)), 0.6)))

    rows = table.select(["clip_id", "fault", "decoded_share"]).to_pylist()
    assert [row["fault"] for row in rows] == [None] * (len(rows) - 1) + ["breaks_off"]
    assert [row["decoded_share"] for row in rows[:-1]] == [1.0] * (len(rows) - 1)
    assert rows[-1]["decoded_share"] < 0.7
