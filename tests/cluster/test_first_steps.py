"""What a whole process says and ends with where Ray itself is the trouble: a message of few lines and an exit code, no traceback."""

import subprocess
import sys
import time
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
from tests.jobs.commands import ENVIRONMENT, ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables of a user who never used Ray."""
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
    while not any(out.glob("part-*")):
        assert run.poll() is None
        time.sleep(0.1)
    stopped += psutil.Process(run.pid).children(recursive=True)

    next(child for child in psutil.Process(run.pid).children() if child.name() == "raylet").kill()
    _, err = run.communicate(timeout=60)
    published = len(pd.read_parquet(out))
    again = start("--out", str(out), "--good", "60", **newcomer)
    _, printed = again.communicate(timeout=120)

    message = err[err.index("error:") :]
    assert run.returncode == command.FAILED
    assert "Traceback" not in err
    assert len(message.splitlines()) <= 6
    assert "Start the same command again to go on" in message
    assert 0 < published < 60
    assert again.returncode == command.DONE, printed
    assert len(pd.read_parquet(out)) == 60


def test_a_ray_of_our_own_leaves_no_token_that_the_next_ray_would_ask_for(start: Start, newcomer: dict[str, str], tmp_path: Path):
    run = start("--out", str(tmp_path / "out"), "--good", "2", **newcomer)
    _, err = run.communicate(timeout=120)

    assert run.returncode == command.DONE, err
    assert not (Path(newcomer["HOME"]) / ".ray" / "auth_token").exists()


def test_the_dashboard_s_address_is_refused_with_what_to_type(start: Start, newcomer: dict[str, str], tmp_path: Path):
    run = start("--out", str(tmp_path / "out"), RAY_ADDRESS="http://127.0.0.1:8265", **newcomer)
    _, err = run.communicate(timeout=60)

    assert run.returncode == command.INVALID_REQUEST
    assert len(err.splitlines()) <= 6
    assert "ray job submit" in err


def test_a_training_says_what_it_waits_for_on_a_cluster_without_room_and_begins_when_there_is(tmp_path: Path):
    (tmp_path / "features").mkdir()
    pq.write_table(table(planted(Plan(clips=70, seed=1))[0]), tmp_path / "features" / "part-0.parquet")
    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        job = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "jobs/train.py", "--features", tmp_path / "features", "--preset", "paper", "--out", tmp_path / "model"],
            cwd=ROOT, env=ENVIRONMENT | {"RAY_ADDRESS": nodes.address}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert job.stderr is not None
        said = next((line for line in job.stderr if "waiting for room" in line), "")
        nodes.add_node(num_cpus=1)
        _, err = job.communicate(timeout=120)
    finally:
        nodes.shutdown()

    assert "waiting for room: 1 worker needs 1 CPU; the cluster has 1 node with 0 CPU" in said
    assert job.returncode == command.DONE, err
