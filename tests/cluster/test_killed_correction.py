"""SIGKILL in the midst of a correction: the next run ends with the table that an undisturbed one ends with."""

import os
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from avemo_core.corpora.clips_table import clips_of
from cluster.extract.corrections import correct
from cluster.tables.table import open_table
from schemas.clips import CLIPS
from tests.cluster.correcting import SCHEMA, row
from tests.waiting import ROOT, Job

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(600)]

PARTS, OF_A_PART = 150, 8


def _clips() -> list[dict[str, object]]:
    known = {"label": "happy", "split": "train", "subject": "ann"}
    return [{"clip_id": f"clip-{index:05}", "path": f"/nowhere/{index}.mp4", **known} for index in range(PARTS * OF_A_PART)]


def _corrected() -> pa.Table:
    """Of each part one clip of another label, one of another path, one of another range, and one that is gone."""
    rows = _clips()
    for index in range(0, len(rows), OF_A_PART):
        rows[index]["label"] = "sad"
        rows[index + 1]["path"] = f"/elsewhere/{index}.mp4"
        rows[index + 2]["start_s"] = 1.0
    return pa.Table.from_pylist([one for index, one in enumerate(rows) if index % OF_A_PART != 3], schema=CLIPS)


def _begin(out: Path) -> None:
    clips = pa.Table.from_pylist(_clips(), schema=CLIPS)
    rows = pa.Table.from_pylist([row(clip) for clip in clips_of(clips)], schema=SCHEMA)
    with open_table(str(out), SCHEMA, {"version": 1}) as table:
        correct(table, clips, str(out), is_whole=True, accepted=False)
        for start in range(0, len(rows), OF_A_PART):
            table.publish(table.staging.write(rows.slice(start, OF_A_PART)))


def _start(clips: Path, out: Path) -> Job:
    return Job([sys.executable, "tests/cluster/correcting.py", clips, out], {**os.environ, "PYTHONPATH": str(ROOT)})


def test_a_correcting_run_killed_between_parts_is_gone_on_with_and_no_row_is_lost_or_there_twice(tmp_path: Path):
    out, clips = tmp_path / "out", tmp_path / "clips.parquet"
    _begin(out)
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    pq.write_table(_corrected(), clips)

    first = _start(clips, out)
    first.until(lambda: len(_changed(out, before)) >= PARTS // 4, "a quarter of the parts", every_s=0.002)
    first.kill()
    changed, between = len(_changed(out, before)), pd.read_parquet(out)
    second = _start(clips, out)

    assert second.ended() == 0
    assert PARTS // 4 <= changed < PARTS
    assert between["clip_id"].is_unique
    expected = pd.DataFrame([row(clip) for clip in clips_of(_corrected())]).set_index("clip_id").sort_index()
    found = pd.read_parquet(out).set_index("clip_id").sort_index()
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def _changed(out: Path, before: dict[str, int]) -> list[str]:
    return [path.name for path in out.iterdir() if path.stat().st_mtime_ns != before.get(path.name)]
