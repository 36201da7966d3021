import io
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from avemo_core.corpora.clip import Clip
from avemo_core.errors import BundleError, ClusterError, ConfigError
from cluster.pool import actor_pool
from cluster.pool.run import PoolOptions, RunSummary, run
from cluster.pool.work import WorkerFactory, WorkerReport
from cluster.pool.worker_actor import WorkerActor
from cluster.progress import Progress
from cluster.tables.table import open_table
from tests.cluster.beside import beside
from tests.cluster.stub import SCHEMA, StubWorker, clip, clips

pytestmark = pytest.mark.usefixtures("ray_session")


def _run(where: Path, items: Sequence[Clip], factory: WorkerFactory = StubWorker, **options: object) -> RunSummary:
    with open_table(str(where), SCHEMA, {"version": 1}) as table:
        return run(items, factory=factory, table=table, options=PoolOptions(**options), progress=Progress("test", out=io.StringIO()))  # type: ignore[arg-type]


def _rejects(where: Path) -> dict[str, str]:
    return dict(pd.read_parquet(beside(where) / "rejects")[["source_id", "reason"]].itertuples(index=False))


def _sources(where: Path) -> list[str]:
    return sorted(pd.read_parquet(where).source_id)


def test_every_clip_gives_one_row_and_a_second_run_only_does_the_new(tmp_path: Path):
    first = _run(tmp_path, clips(60), partial(StubWorker, seconds=0.001))
    second = _run(tmp_path, clips(70), workers=1)

    assert (first.done, first.skipped, second.done, second.skipped) == (60, 0, 10, 60)
    assert _sources(tmp_path) == [item.source_id for item in clips(70)]
    assert first.frames == 60
    assert first.stage_seconds["decode"] == pytest.approx(0.06)


def test_bad_clips_are_rejects_with_a_reason_and_the_job_goes_on(tmp_path: Path):
    summary = _run(tmp_path, [*clips(20), clip("corrupt-1"), *clips(20, "more")], workers=1)

    assert (summary.done, dict(summary.rejected)) == (40, {"decode_failed": 1})
    assert _rejects(tmp_path) == {"corrupt-1": "decode_failed"}
    assert "signature" not in pd.read_parquet(beside(tmp_path) / "rejects").detail[0].lower()


def test_a_worker_killed_once_costs_no_clip(tmp_path: Path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    summary = _run(tmp_path / "out", [*clips(20), clip("once-1"), *clips(20, "more")], partial(StubWorker, scratch=str(scratch)))

    assert (summary.done, dict(summary.rejected)) == (41, {})
    assert len(_sources(tmp_path / "out")) == 41


@pytest.mark.slow
@pytest.mark.alone
def test_in_ranges_of_two_films_one_that_kills_its_worker_is_the_only_reject_and_all_others_come_once(tmp_path: Path):
    (tmp_path / "scratch").mkdir()
    names = [*clips(60, "first"), clip("kill-1"), clip("once-1"), *clips(60, "second")]
    ranges = [replace(item, uri="s3://b/one" if place < 70 else "s3://b/two") for place, item in enumerate(names)]
    factory = partial(StubWorker, seconds=0.01, scratch=str(tmp_path / "scratch"))

    summary = _run(tmp_path / "out", ranges, factory, files_together=True, flush_s=0.5)
    again = _run(tmp_path / "out", ranges, factory, files_together=True)

    assert (summary.done, dict(summary.rejected), again.done, again.skipped) == (121, {"worker_died": 1}, 0, 122)
    assert _sources(tmp_path / "out") == sorted(item.source_id for item in ranges if item.source_id != "kill-1")


def test_a_store_that_fails_once_costs_no_clip_and_does_not_end_the_run(tmp_path: Path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    summary = _run(tmp_path / "out", [*clips(20), clip("cut-1")], partial(StubWorker, scratch=str(scratch)), workers=1)

    assert (summary.done, dict(summary.rejected)) == (21, {})


def test_rows_whose_flush_failed_are_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The first flush takes the finished rows and then fails, so that they are lost."""
    monkeypatch.setattr(actor_pool, "WorkerActor", _Forgetful)
    mark = tmp_path / "lost"

    summary = _run(tmp_path / "out", clips(12), partial(_marking, str(mark)), workers=1)

    assert mark.exists()
    assert summary.done == 12
    assert _sources(tmp_path / "out") == [item.source_id for item in clips(12)]


class _Forgetful(WorkerActor):
    def flush(self) -> WorkerReport:
        mark = Path(self._factory.args[0])  # type: ignore[attr-defined]
        if not mark.exists():
            mark.touch()
            self._clear()
            raise MemoryError("no room for the part")
        return super().flush()


def _marking(mark: str) -> StubWorker:
    del mark
    return StubWorker()


def test_the_share_of_rejects_counts_what_earlier_runs_did(tmp_path: Path):
    first = _run(tmp_path, [*clips(9), clip("corrupt-1")], workers=1)
    again = _run(tmp_path, [*clips(9), clip("corrupt-1")], workers=1, retry_rejects=True)
    nothing = _run(tmp_path, [*clips(9), clip("corrupt-1")])

    assert [run.reject_share for run in (first, again, nothing)] == pytest.approx([0.1, 0.1, 0.1])


def test_an_error_that_must_stop_the_job_does_so(tmp_path: Path):
    with pytest.raises(BundleError, match="no such model"):
        _run(tmp_path, clips(2), _no_model, workers=1)

    assert not (beside(tmp_path) / "lock").exists()


@pytest.mark.slow
@pytest.mark.alone
def test_a_run_outlives_a_squeeze_in_which_every_worker_is_killed_before_it_is_ready(tmp_path: Path):
    summary = _run(tmp_path, clips(4), partial(_killed_until, time.time() + 10.0))

    assert (summary.done, dict(summary.rejected)) == (4, {})


@pytest.mark.slow
@pytest.mark.alone
def test_a_squeeze_that_does_not_end_ends_the_run_with_what_to_do_and_the_next_one_does_every_clip(tmp_path: Path):
    with pytest.raises(ClusterError, match="the same command goes on") as given_up:
        _run(tmp_path, clips(4), partial(_killed_until, time.time() + 3600.0), workers=1, start_patience_s=0.5)
    summary = _run(tmp_path, clips(4))

    assert "ActorDiedError" in str(given_up.value)
    assert len(str(given_up.value).splitlines()) <= 6
    assert summary.done == 4


def _killed_until(end_s: float) -> StubWorker:
    """A worker in a squeeze of memory: the system kills its process while it is made."""
    if time.time() < end_s:
        os.kill(os.getpid(), signal.SIGKILL)
    return StubWorker()


@pytest.mark.parametrize("options", [{"workers": 0}, {"deadline_s": 0.0}, {"gpus_per_worker": -1.0}])
def test_options_that_make_no_sense_are_refused(options: dict[str, float]):
    with pytest.raises(ConfigError, match=next(iter(options))):
        PoolOptions(**options)  # type: ignore[arg-type]


def test_the_summary_is_one_line():
    summary = RunSummary(uri="s3://b/out", done=1200, rows=1200, rejected={"missing": 1}, skipped=5, seconds=60.0)

    assert summary.line() == "done: 1,200 done, 1 rejected (1 missing), 5 skipped, 1 min 0 s (20 clips/s); output in s3://b/out"


def _no_model() -> StubWorker:
    raise BundleError("no such model")
