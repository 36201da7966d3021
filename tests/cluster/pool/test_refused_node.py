"""A node that preflight refused gets no other worker: Ray itself is told, and heeds it."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from cluster.pool.actor_pool import ActorPool
from cluster.pool.preflight import Preflight
from cluster.pool.start_failures import StartFailures
from cluster.ray.capacity import Needs
from cluster.tables.table import Table, open_table
from tests.cluster.stub import SCHEMA, StubWorker, check
from tests.waiting import until


@pytest.fixture
def table(ray_session: None, tmp_path: Path) -> Iterator[Table]:  # noqa: ARG001 - Ray must run
    with open_table(str(tmp_path / "out"), SCHEMA, {}) as opened:
        yield opened


def pool_of(table: Table, sampled: str) -> ActorPool:
    return ActorPool(partial(StubWorker, sampled=sampled), table.staging, Needs(cpus=1), StartFailures())


def test_after_a_node_was_refused_no_worker_starts_there_while_those_of_another_run_do(table: Table):
    refusing, other, preflight = pool_of(table, "1.25"), pool_of(table, "1.0"), Preflight(check(), lambda _: None)

    def refused() -> bool:
        preflight.review(refusing)
        [preflight.on_result(result, refusing) for result in refusing.results(0.05) if result.call == "sample"]
        return bool(preflight.refused)

    refusing.scale_to(1)
    until(refused, "the refusal")
    assert refusing.workers == []
    refusing.scale_to(1)
    other.scale_to(1)
    until(lambda: list(other.results(0.05)) and other.workers[0].name, "a worker of the other run")

    assert list(refusing.results(1.0)) == []
    assert not refusing.workers[0].name
    refusing.terminate_all()
    other.terminate_all()
