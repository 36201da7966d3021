import os
import secrets
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest

from tests.jobs.commands import ENVIRONMENT, ROOT, job

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


WITH_TOKEN = ENVIRONMENT | {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
"""Of the cluster and of whoever submits to it: Ray asks for a token."""


@pytest.fixture
def head(tmp_path: Path) -> Iterator[str]:
    """The address of a `ray start --head` of two CPUs, ended by its own process group."""
    ports = {name: _free_port() for name in ("port", "dashboard-port", "dashboard-agent-listen-port", "ray-client-server-port")}
    arguments = ["--head", *(f"--{name}={port}" for name, port in ports.items()), "--num-cpus=2", "--block"]
    with (tmp_path / "head.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - our own cluster
            ["ray", "start", *arguments, "--dashboard-host=127.0.0.1"],  # noqa: S607 - of the environment under test
            env=WITH_TOKEN,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{ports['dashboard-port']}"
    try:
        _await(f"{address}/api/version", process, tmp_path / "head.log")
        yield address
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Ask the whole group to go, then make it."""
    for request, patience_s in ((signal.SIGTERM, 8), (signal.SIGKILL, 20)):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, request)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=patience_s)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _await(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until somebody answers, even with a refusal for want of a token."""
    for _ in range(240):
        assert process.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(url, timeout=2)  # noqa: S310 - our own address
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise AssertionError(log.read_text())


def submitted(address: str, *command: object) -> "subprocess.CompletedProcess[str]":
    """What came of the job; tried again while the cluster is still starting."""
    arguments = ["ray", "job", "submit", "--address", address, "--working-dir", ".", "--", *map(str, command)]
    for _ in range(12):
        done = subprocess.run(arguments, cwd=ROOT, env=WITH_TOKEN, capture_output=True, text=True, check=False)  # noqa: S603 - our own job
        if "No available agent" not in done.stderr:
            break
        time.sleep(5)
    return done


def test_a_submitted_job_gives_the_rows_of_a_local_run(head: str, tiny_corpus: Path, tmp_path: Path):
    arguments = ("--clips", tiny_corpus / "clips.csv", "--selection", "all", "--limit", 3)
    local, remote = tmp_path / "local", tmp_path / "remote"

    done = submitted(head, "python", "jobs/extract.py", *arguments, "--out", remote)
    job("extract", *arguments, "--out", local)

    assert done.returncode == 0, done.stdout + done.stderr
    rows = [pd.read_parquet(table).sort_values("clip_id", ignore_index=True) for table in (local, remote)]
    pd.testing.assert_frame_equal(*rows)


def test_a_relative_path_is_refused_inside_a_job(head: str, tiny_corpus: Path):
    done = submitted(head, "python", "jobs/extract.py", "--clips", tiny_corpus / "clips.csv", "--selection", "all", "--out", "features")

    assert done.returncode != 0
    assert "relative path inside a Ray job" in done.stdout + done.stderr
