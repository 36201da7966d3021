"""Nodes are held to what the driver makes of a sample, before they get work."""

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from avemo_core.errors import ClusterError, ConfigError
from cluster.pool.preflight import Check
from cluster.pool.run import PoolOptions, RunSummary, run
from cluster.progress import Progress
from cluster.tables.table import open_table
from tests.cluster.stub import SCHEMA, StubWorker, check, clips


@pytest.fixture
def shown() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def run_with(ray_session: None, tmp_path: Path, shown: io.StringIO) -> Callable[..., RunSummary]:  # noqa: ARG001 - Ray must run
    def started(sampled: str, *, held_to: Check | None = None, count: int = 8) -> RunSummary:
        factory = partial(StubWorker, scratch=str(tmp_path), sampled=sampled)
        options = PoolOptions(workers=2, chunk_clips=1, check=held_to or check())
        with open_table(str(tmp_path / "out"), SCHEMA, {}) as table:
            return run(clips(count), factory=factory, table=table, options=options, progress=Progress("test", out=shown))

    return started


def test_one_worker_of_a_node_is_asked_and_all_of_them_work(run_with: Callable[..., RunSummary], tmp_path: Path):
    assert run_with("1.0").done == 8
    assert len(list(tmp_path.glob("sampled-*"))) == 1


def test_where_no_node_fits_the_run_ends_and_says_what_differs(run_with: Callable[..., RunSummary], tmp_path: Path, shown: io.StringIO):
    with pytest.raises(ClusterError, match="no node computes what this machine does") as ended:
        run_with("1.25")

    assert "1.25 differs from 1.0" in str(ended.value)
    assert len(str(ended.value).splitlines()) <= 6
    assert "is not used" in shown.getvalue()
    assert not list((tmp_path / "out").glob("*.parquet"))


def test_a_worker_that_dies_at_its_sample_is_followed_by_another(run_with: Callable[..., RunSummary], tmp_path: Path):
    assert run_with("once").done == 8
    assert len(list(tmp_path.glob("sampled-*"))) == 2


def test_a_run_that_goes_on_asks_anew_and_one_with_nothing_to_do_asks_nobody(run_with: Callable[..., RunSummary], tmp_path: Path):
    run_with("1.0")
    again = run_with("raise")
    with pytest.raises(ClusterError, match="no kernel image is available"):
        run_with("raise", count=9)

    assert again.done == 0
    assert len(pd.read_parquet(tmp_path / "out")) == 8


def _refuse() -> float:
    raise ConfigError("model file yunet is missing; `make setup` brings it")


def test_a_driver_without_a_sample_of_its_own_ends_the_run_with_the_reason(run_with: Callable[..., RunSummary]):
    with pytest.raises(ConfigError, match="`make setup` brings it"):
        run_with("1.0", held_to=Check(expected=_refuse, differences=lambda _found, _expected: []))
