"""What a whole process says and ends with where Ray itself is the trouble: a message of few lines and an exit code, no traceback."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import psutil
import pyarrow.parquet as pq
import pytest
from ray.cluster_utils import Cluster

from jobs import command
from tests.avemo_core.feature_rows import table
from tests.avemo_core.planted import Plan, planted
from tests.jobs.commands import ENVIRONMENT
from tests.waiting import Job

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(240)]

Start = Callable[..., Job]


@pytest.fixture
def newcomer(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Variables of a user who never used Ray; a Ray that other tests started in this process may have left some of its own."""
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    return {"HOME": str(tmp_path_factory.mktemp("home"))}


@pytest.fixture
def stopped() -> Iterator[list[psutil.Process]]:
    """Processes that are killed at the end, if they are still there."""
    processes: list[psutil.Process] = []
    yield processes
    for process in processes:
        if process.is_running():
            process.kill()


def test_the_death_of_the_only_node_ends_the_run_within_a_minute_and_the_same_command_goes_on(
    start: Start, newcomer: dict[str, str], stopped: list[psutil.Process], tmp_path: Path
):
    out = tmp_path / "out"
    run = start("--out", str(out), "--good", "60", "--seconds", "0.2", "--flush-s", "0.5", **newcomer)
    run.until(lambda: any(out.glob("part-*")), "a first part")
    stopped += psutil.Process(run.pid).children(recursive=True)

    next(process for process in stopped if process.name() == "raylet").kill()
    code = run.ended(within_s=60)
    published = len(pd.read_parquet(out))
    again = start("--out", str(out), "--good", "60", **newcomer).ended()

    message = run.err[run.err.index("error:") :]
    assert code == command.FAILED
    assert "Traceback" not in run.err
    assert len(message.splitlines()) <= 6
    assert "Start the same command again to go on" in message
    assert 0 < published < 60
    assert again == command.DONE
    assert len(pd.read_parquet(out)) == 60


def test_a_ray_of_our_own_leaves_no_token_that_the_next_ray_would_ask_for(start: Start, newcomer: dict[str, str], tmp_path: Path):
    code = start("--out", str(tmp_path / "out"), "--good", "2", **newcomer).ended()

    assert code == command.DONE
    assert not (Path(newcomer["HOME"]) / ".ray" / "auth_token").exists()


@pytest.mark.parametrize(
    ("address", "told"),
    [("http://127.0.0.1:8265", "ray job submit"), ("127.0.0.1:1", "unset it to work on this machine alone")],
    ids=["dashboard", "nobody"],
)
def test_an_address_that_no_process_can_join_is_refused_with_what_to_type(
    start: Start, newcomer: dict[str, str], tmp_path: Path, address: str, told: str
):
    run = start("--out", str(tmp_path / "out"), RAY_ADDRESS=address, **newcomer)

    assert run.ended() == command.INVALID_REQUEST
    assert len(run.err.splitlines()) <= 6
    assert told in run.err


def test_a_training_says_what_it_waits_for_on_a_cluster_without_room_and_begins_when_there_is(tmp_path: Path):
    (tmp_path / "features").mkdir()
    pq.write_table(table(planted(Plan(clips=28, seed=1))[0]), tmp_path / "features" / "part-0.parquet")
    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    arguments = ["--features", tmp_path / "features", "--preset", "paper", "--out", tmp_path / "model"]
    job = Job([sys.executable, "jobs/train.py", *arguments], ENVIRONMENT | os.environ | {"RAY_ADDRESS": nodes.address})
    try:
        job.until(lambda: "waiting for room" in job.err, "word of what is waited for")
        nodes.add_node(num_cpus=1)
        code = job.ended()
    finally:
        job.kill()
        nodes.shutdown()

    assert "waiting for room: 1 worker needs 1 CPU; the cluster has 1 node with 0 CPU" in job.err
    assert code == command.DONE
