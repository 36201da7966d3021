from itertools import pairwise
from pathlib import Path

import numpy as np
from praatio import textgrid
from pympi import TextGrid

from avemo_core.export.formats import Format
from tests.avemo_core.export.written import HOSTILE, ONE_LINE, Row, table, write


def tiers_of(file: Path) -> dict[str, list[tuple[float | str, ...]]]:
    """Tier -> its intervals or points as pympi reads them, which did not write them; its `get_all_intervals` would fill gaps."""
    return {tier.name: list(tier.get_intervals(sort=False)) for tier in TextGrid(str(file)).get_tiers()}


def test_tiers_hold_emotion_confidence_peaks_and_speaker(tmp_path: Path):
    rows = table(
        Row(of="#0-2000", emotion="happy", confidence=0.1, peaks_s=(0.4, 1.2), subject="A"),
        Row(of="#3000-5000", range_s=(3.0, 5.0), emotion="sad", confidence=1 / 3, subject="A"),
    )

    write(rows, Format.TEXTGRID, tmp_path)

    assert tiers_of(tmp_path / "clip.TextGrid") == {
        "emotion": [(0.0, 2.0, "happy"), (2.0, 3.0, ""), (3.0, 5.0, "sad")],
        "confidence": [(0.0, 2.0, "0.1"), (2.0, 3.0, ""), (3.0, 5.0, "0.33333334")],
        "peaks": [(0.4, "happy"), (1.2, "happy")],
        "speaker": [(0.0, 2.0, "A"), (2.0, 3.0, ""), (3.0, 5.0, "A")],
    }


def test_praatio_reads_the_same(tmp_path: Path):
    write(table(Row(peaks_s=(0.4,), subject=HOSTILE)), Format.TEXTGRID, tmp_path)

    grid = textgrid.openTextgrid(str(tmp_path / "clip.TextGrid"), includeEmptyIntervals=True)

    assert grid.tierNames == ("emotion", "confidence", "peaks", "speaker")
    assert [tuple(entry) for entry in grid.getTier("speaker").entries] == [(0.0, 2.0, ONE_LINE)]
    assert [tuple(entry) for entry in grid.getTier("peaks").entries] == [(0.4, "happy")]


def test_intervals_cover_the_time_from_0_without_a_gap(tmp_path: Path):
    rows = table(*(Row(of=f"#{n}-{n}", range_s=(0.7 + n * 1.1, 0.7 + n * 1.1 + 1 / 3)) for n in range(5)))

    write(rows, Format.TEXTGRID, tmp_path)

    grid = TextGrid(str(tmp_path / "clip.TextGrid"))
    intervals = [list(tier.get_intervals(sort=False)) for tier in grid.get_tiers() if tier.tier_type == "IntervalTier"]
    assert (grid.xmin, grid.xmax) == (0.0, 0.7 + 4 * 1.1 + 1 / 3)
    assert [tier[0][0] for tier in intervals] == [0.0] * 3
    assert [tier[-1][1] for tier in intervals] == [grid.xmax] * 3
    assert all(before[1] == after[0] for tier in intervals for before, after in pairwise(tier))


def test_a_clips_own_range_keeps_the_files_time(tmp_path: Path):
    write(table(Row(range_s=(61.04, 63.5), peaks_s=(62.04,))), Format.TEXTGRID, tmp_path)

    tiers = tiers_of(tmp_path / "clip.TextGrid")
    assert tiers["emotion"] == [(0.0, 61.04, ""), (61.04, 63.5, "happy")]
    assert np.float32(tiers["peaks"][0][0]) == np.float32(62.04)


def test_unknown_confidence_and_speaker_are_empty(tmp_path: Path):
    write(table(Row(confidence=float("nan"))), Format.TEXTGRID, tmp_path)

    tiers = tiers_of(tmp_path / "clip.TextGrid")
    assert (tiers["confidence"], tiers["speaker"], tiers["peaks"]) == ([(0.0, 2.0, "")], [(0.0, 2.0, "")], [])


def test_each_face_has_its_four_tiers(tmp_path: Path):
    write(table(Row(of="#0"), Row(of="#1", emotion="fear")), Format.TEXTGRID, tmp_path)

    tiers = tiers_of(tmp_path / "clip.TextGrid")
    assert list(tiers) == [f"{name}@{line}" for line in (1, 2) for name in ("emotion", "confidence", "peaks", "speaker")]
    assert (tiers["emotion@2"], tiers["speaker@2"]) == ([(0.0, 2.0, "fear")], [(0.0, 2.0, "clip#1")])
