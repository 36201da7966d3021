import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.cluster.beside import beside
from tests.cluster.store import FaultyProxy, now_and_then
from tests.cluster.stub import clips
from tests.waiting import Job

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(900)]

Start = Callable[..., Job]


def _outcomes(where: str) -> dict[str, str]:
    """Every row and every reject, by its source; fails on a source that has two."""
    rows, rejects = pd.read_parquet(where), pd.read_parquet(f"{where}.avemo/rejects")
    found = [*((source, "row") for source in rows.source_id), *zip(rejects.source_id, rejects.reason, strict=True)]
    assert len(found) == len(dict(found)), "a clip has two outcomes"
    return dict(found)


def _rows_of(count: int) -> dict[str, str]:
    return {item.source_id: "row" for item in clips(count)}


def _stray(where: Path) -> list[str]:
    """What a reader could trip over, and what a run should not leave behind."""
    visible = [path.name for path in where.iterdir() if not path.name.startswith(("_", "part-"))]
    return visible + [str(path) for path in (beside(where) / "staging").glob("*")] + [path.name for path in beside(where).glob("lock")]


def test_clips_that_kill_hang_raise_or_vanish_become_one_reject_each(start_on: Start, tmp_path: Path):
    odd = ("kill-1", "hang-1", "raise-1", "silent-1", "corrupt-1")

    job = start_on("--out", str(tmp_path / "out"), *(f"--odd={name}" for name in odd), "--deadline-s", "9")

    assert job.ended() == 0
    reasons = {"kill-1": "worker_died", "hang-1": "deadline", "raise-1": "failed", "silent-1": "failed", "corrupt-1": "decode_failed"}
    assert _outcomes(str(tmp_path / "out")) == _rows_of(40) | reasons
    assert _stray(tmp_path / "out") == []


def test_a_driver_killed_at_any_time_goes_on_where_the_table_stands(start: Start, tmp_path: Path):
    out = tmp_path / "out"
    first = start("--out", str(out), "--good", "300", "--seconds", "0.02")
    first.until(lambda: len(list(out.glob("part-*"))) >= 2, "two parts")
    first.kill()
    before = len(pd.read_parquet(out))

    second = start("--out", str(out), "--good", "300")

    assert second.ended() == 0
    assert 0 < before < 300
    assert _outcomes(str(out)) == _rows_of(300)
    assert json.loads((beside(out) / "run.json").read_text())["runs"][-1]["skipped"] == before
    assert _stray(out) == []


def test_sigterm_publishes_what_is_finished_and_leaves_in_order(start_on: Start, tmp_path: Path):
    out = tmp_path / "out"
    slow = ("--good", "300", "--seconds", "0.05", "--flush-s", "3600")
    first = start_on("--out", str(out), *slow, "--odd", "mark-1", "--scratch", str(tmp_path))
    first.until((tmp_path / "mark-1").exists, "a clip done")

    first.signal(signal.SIGTERM)

    assert first.ended() == 130
    assert 0 < len(pd.read_parquet(out)) < 300
    assert _stray(out) == []
    assert json.loads((beside(out) / "run.json").read_text())["runs"][-1]["outcome"] == "interrupted"


def test_two_runs_at_once_end_the_second_with_code_4(start: Start, tmp_path: Path):
    out = tmp_path / "out"
    first = start("--out", str(out), "--seconds", "0.05")
    first.until((beside(out) / "lock").exists, "its lock")

    second = start("--out", str(out))

    assert second.ended() == 4
    assert first.ended() == 0
    assert _outcomes(str(out)) == _rows_of(40)


def test_deleted_parts_are_redone_and_new_clips_added(start_on: Start, tmp_path: Path):
    out = tmp_path / "out"
    assert start_on("--out", str(out), "--good", "60", "--seconds", "0.04").ended() == 0
    next(out.glob("part-*")).unlink()
    left = len(pd.read_parquet(out))

    assert start_on("--out", str(out), "--good", "80").ended() == 0

    assert _outcomes(str(out)) == _rows_of(80)
    assert json.loads((beside(out) / "run.json").read_text())["runs"][-1]["done"] == 80 - left


def test_rejects_are_tried_again_when_asked_for(start_on: Start, tmp_path: Path):
    out = tmp_path / "out"
    (tmp_path / "once-1").touch()
    arguments = ("--out", str(out), "--good", "10", "--workers", "1", "--scratch", str(tmp_path))
    assert start_on(*arguments, "--odd", "corrupt-1", "--odd", "raise-1").ended() == 0
    part = next((beside(out) / "rejects").glob("reject-*"))
    rejects = pd.read_parquet(part)
    rejects.assign(source_id=rejects.source_id.replace("raise-1", "once-1")).to_parquet(part)

    untouched = start_on(*arguments, "--odd", "corrupt-1", "--odd", "once-1")
    assert untouched.ended() == 0
    before = _outcomes(str(out))
    assert start_on(*arguments, "--odd", "corrupt-1", "--odd", "once-1", "--retry-rejects").ended() == 0

    assert before == _rows_of(10) | {"corrupt-1": "decode_failed", "once-1": "failed"}
    assert _outcomes(str(out)) == _rows_of(10) | {"corrupt-1": "decode_failed", "once-1": "row"}


def test_a_full_disk_stops_the_job_and_a_later_run_completes_it(start_on: Start, small_disk: Path):
    ballast = small_disk / "ballast"
    out = small_disk / "out"
    out.mkdir()
    first = start_on("--out", str(out), "--good", "200", "--seconds", "0.03")
    first.until(lambda: any(out.glob("part-*")), "a first part")
    with ballast.open("wb") as file, pytest.raises(OSError, match="No space"):
        file.write(b"x" * 2**23)

    code = first.ended()
    ballast.unlink()

    assert code == 1
    assert start_on("--out", str(out), "--good", "200").ended() == 0
    assert _outcomes(str(out)) == _rows_of(200)
    assert _stray(out) == []


def test_a_job_on_a_failing_store_loses_and_doubles_nothing(start_on: Start, s3: str, proxy: FaultyProxy):
    kinds = ["503", "cut", "refuse"]
    faults = [now_and_then(kind, share=0.1) for kind in kinds]

    def fault(method: str, path: str) -> str:
        return next((kind for kind in (fault(method, path) for fault in faults) if kind != "pass"), "pass")

    proxy.fault = fault

    code = start_on("--out", s3, "--good", "120", "--seconds", "0.02", "--odd", "corrupt-1").ended()

    assert code == 0
    assert proxy.faults > 3
    assert _outcomes(s3) == _rows_of(120) | {"corrupt-1": "decode_failed"}


def test_a_driver_killed_on_s3_goes_on_and_no_secret_is_written(start_on: Start, s3: str):
    first = start_on("--out", s3, "--good", "200", "--seconds", "0.02", "--odd", "corrupt-1")
    first.until(lambda: _rows_at(s3) > 0, "a first part")
    first.kill()

    second = start_on("--out", s3, "--good", "200", "--odd", "corrupt-1")
    code = second.ended()

    assert code == 0
    assert _outcomes(s3) == _rows_of(200) | {"corrupt-1": "decode_failed"}
    assert os.environ["AWS_SECRET_ACCESS_KEY"] not in first.out + first.err + second.out + second.err


def test_what_a_user_sees_is_sparse_and_ends_with_one_summary_line(start: Start, tmp_path: Path):
    job = start("--out", str(tmp_path / "out"), "--good", "20", "--odd", "kill-1")

    job.ended()

    assert [line.split(":")[0] for line in job.out.splitlines()] == ["done"]
    assert "raylet" not in job.out + job.err


def test_a_worker_that_can_never_start_is_said_at_once(start: Start, tmp_path: Path):
    job = start("--out", str(tmp_path / "out"), "--gpus-per-worker", "1")

    assert job.ended() == 2
    assert "each worker needs 1 CPU and 1 GPU" in job.err


def _rows_at(where: str) -> int:
    try:
        return len(pd.read_parquet(where))
    except (FileNotFoundError, OSError):
        return 0
