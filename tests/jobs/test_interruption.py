"""A training that is told to stop."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest

from cluster.ray.private import NODE_PROCESSES
from jobs import command
from tests.avemo_core.feature_rows import table
from tests.avemo_core.planted import Plan, planted
from tests.jobs.commands import ENVIRONMENT
from tests.waiting import ROOT, Job

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(600)]


@pytest.mark.parametrize("number", [pytest.param(signal.SIGINT, marks=pytest.mark.long), signal.SIGTERM])
def test_a_training_that_is_told_to_stop_stops_and_keeps_its_checkpoint(tmp_path: Path, number: signal.Signals):
    (tmp_path / "features").mkdir()
    pq.write_table(table(planted(Plan(clips=70, seed=1))[0]), tmp_path / "features" / "part-0.parquet")
    command_line = [sys.executable, "jobs/train.py", "--features", tmp_path / "features", "--preset", "paper", "--seeds", "200"]

    job = Job([*command_line, "--out", tmp_path / "model"], ENVIRONMENT)
    job.until(lambda: any(tmp_path.glob("model/_training-*/state.pt")), "a first checkpoint")
    job.signal(number)

    assert job.ended() == command.INTERRUPTED
    assert job.err == "interrupted; start the same command again to go on\n"
    assert list((tmp_path / "model").glob("_training-*/state.pt"))


SLEEPS = """
import os, signal, sys, time
from dataclasses import dataclass
from cluster.ray.session import session
from jobs.command import run

@dataclass(frozen=True)
class Options:
    pass

def main(options):
    with session(num_cpus=1):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(30)

run(main, Options)
"""


def test_a_command_that_is_told_to_terminate_while_it_waits_for_nothing_in_particular_is_interrupted():
    job = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", SLEEPS], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )

    assert job.returncode == command.INTERRUPTED, job.stderr
    assert job.stderr == "interrupted; start the same command again to go on\n"


def test_a_command_that_is_told_to_terminate_while_its_ray_starts_is_interrupted():
    job = Job([sys.executable, "-c", SLEEPS], ENVIRONMENT)
    job.until(
        lambda: any(child.name() in NODE_PROCESSES for child in psutil.Process(job.pid).children()), "a process of Ray's", every_s=0.01
    )
    job.signal(signal.SIGTERM)

    assert job.ended() == command.INTERRUPTED
    assert job.err == "interrupted; start the same command again to go on\n"
