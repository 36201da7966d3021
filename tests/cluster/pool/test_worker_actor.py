from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from avemo_core.corpora.clip import Clip
from avemo_core.errors import MediaError
from cluster.pool.work import Outcome, RowStream
from cluster.pool.worker_actor import WorkerActor
from cluster.tables.staging import Staging
from schemas.rejects import Reason
from tests.cluster.beside import beside
from tests.cluster.stub import SCHEMA, StubWorker, clip, clips, rows


class _Yields:
    """A worker that yields given outcomes."""

    def __init__(self, outcomes: Callable[[], Iterator[Outcome]]) -> None:
        self._outcomes = outcomes

    def rows(self, chunk: Sequence[Clip]) -> Iterator[Outcome]:
        del chunk
        return self._outcomes()


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    return Staging(str(tmp_path), SCHEMA)


def _actor(worker: object, staging: Staging, part_bytes: int = 2**20) -> WorkerActor:
    actor = WorkerActor(lambda: worker, staging, part_bytes)  # type: ignore[arg-type, return-value]
    actor.prepare()
    return actor


def test_finished_rows_wait_for_the_flush(staging: Staging, tmp_path: Path):
    actor = _actor(StubWorker(), staging)

    worked = actor.work(clips(3))
    flushed = actor.flush()

    assert (worked.staged, worked.mentioned) == ((), {"ok-0000", "ok-0001", "ok-0002"})
    assert [(staged.rows, staged.source_ids) for staged in flushed.staged] == [(3, ("ok-0000", "ok-0001", "ok-0002"))]
    assert pq.read_table(beside(tmp_path) / flushed.staged[0].name).num_rows == 3


def test_rows_that_fill_a_part_are_staged_without_a_flush(staging: Staging):
    one = rows("ok-0000").nbytes
    actor = _actor(StubWorker(), staging, part_bytes=2 * one)

    report = actor.work(clips(5))

    assert [staged.rows for staged in report.staged] == [2, 2]
    assert actor.flush().staged[0].rows == 1


def test_nothing_is_reported_twice(staging: Staging):
    actor = _actor(StubWorker(), staging)
    actor.work([clip("corrupt-1"), clip("ok-1")])
    actor.flush()

    again = actor.flush()

    assert (again.staged, again.rejected) == ((), ())


def test_a_reject_is_reported_with_its_chunk(staging: Staging):
    report = _actor(StubWorker(), staging).work([clip("corrupt-1"), clip("ok-1"), clip("silent-1")])

    assert [rejected.source_id for rejected in report.rejected] == ["corrupt-1"]
    assert report.mentioned == {"corrupt-1", "ok-1"}


def test_what_was_finished_before_an_error_is_kept(staging: Staging):
    actor = _actor(StubWorker(), staging)

    with pytest.raises(ValueError, match="raise-1"):
        actor.work([clip("ok-1"), clip("raise-1"), clip("ok-2")])

    assert [staged.source_ids for staged in actor.flush().staged] == [("ok-1",)]


def test_reports_carry_the_time_and_frames_so_far(staging: Staging):
    actor = _actor(StubWorker(seconds=0.01), staging)

    report = actor.work(clips(3))

    assert report.stage_seconds == pytest.approx({"decode": 0.03})
    assert (report.frames, report.steps) == (3, 3)


def test_a_long_source_gets_its_own_part_and_little_memory(staging: Staging):
    table = rows("long", 10, values=100)

    def tables() -> Iterator[pa.Table]:
        for _ in range(20):
            yield rows("long", 10, values=100)

    actor = _actor(_Yields(lambda: iter([RowStream(source_id="long", tables=tables())])), staging, part_bytes=3 * table.nbytes)

    report = actor.work([clip("long")])

    assert [(staged.rows, staged.source_ids) for staged in report.staged] == [(200, ("long",))]
    assert report.steps == 21
    assert actor.flush().staged == ()


def test_a_short_stream_shares_a_part_with_other_sources(staging: Staging):
    worker = _Yields(lambda: iter([rows("a"), RowStream(source_id="b", tables=iter([rows("b"), rows("b")]))]))
    actor = _actor(worker, staging)

    actor.work([clip("a"), clip("b")])

    assert [(staged.rows, staged.source_ids) for staged in actor.flush().staged] == [(3, ("a", "b"))]


@pytest.mark.parametrize("part_bytes", [1, 2**20], ids=["after it filled a part", "before"])
def test_a_stream_that_breaks_off_leaves_a_reject_and_no_row(staging: Staging, part_bytes: int):
    def tables() -> Iterator[pa.Table]:
        yield rows("b")
        yield rows("b")
        raise MediaError(Reason.DECODE_FAILED, "decode", "cut off")

    actor = _actor(_Yields(lambda: iter([RowStream(source_id="b", tables=tables())])), staging, part_bytes)

    report = actor.work([clip("b")])

    assert [(rejected.source_id, rejected.reason) for rejected in report.rejected] == [("b", "decode_failed")]
    assert report.mentioned == {"b"}
    assert (*report.staged, *actor.flush().staged) == ()


def test_a_stream_without_rows_counts_as_not_mentioned(staging: Staging):
    actor = _actor(_Yields(lambda: iter([RowStream(source_id="b", tables=iter([]))])), staging)

    assert actor.work([clip("b")]).mentioned == set()


@pytest.mark.parametrize("sources", [["a", "a"], ["stranger"]], ids=["twice", "unasked"])
def test_a_worker_that_answers_twice_or_unasked_is_caught(staging: Staging, sources: list[str]):
    actor = _actor(_Yields(lambda: iter([rows(source) for source in sources])), staging)

    with pytest.raises(AssertionError, match="a second outcome"):
        actor.work([clip("a")])
