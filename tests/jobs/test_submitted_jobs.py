import os
import secrets
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pandas as pd
import pytest

from tests.jobs.commands import ENVIRONMENT, ROOT, job

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(900)]


WITH_TOKEN = ENVIRONMENT | {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
"""Of the cluster and of whoever submits to it: Ray asks for a token."""


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a cluster of two nodes that `ray start` made: a head without CPUs, as in ray_config.yaml, and a node of two."""
    folder = tmp_path_factory.mktemp("cluster")
    port, dashboard, client = (_free_port() for _ in range(3))
    ports = (f"--port={port}", f"--dashboard-port={dashboard}", f"--ray-client-server-port={client}", "--dashboard-host=127.0.0.1")
    address = f"http://127.0.0.1:{dashboard}"
    with ExitStack() as nodes:
        first = nodes.enter_context(_node(folder / "head.log", "--head", *ports, "--num-cpus=0"))
        _await(f"{address}/api/version", first, folder / "head.log")
        nodes.enter_context(_node(folder / "node.log", f"--address=127.0.0.1:{port}", "--num-cpus=2"))
        yield address


@contextmanager
def _node(log: Path, *arguments: str) -> "Iterator[subprocess.Popen[bytes]]":
    """A node for the length of the block, ended by its own process group."""
    command = ["ray", "start", *arguments, f"--dashboard-agent-listen-port={_free_port()}", "--block"]
    with log.open("w") as file:
        process = subprocess.Popen(command, env=WITH_TOKEN, stdout=file, stderr=file, start_new_session=True)  # noqa: S603 - our own cluster
    try:
        yield process
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Ask the whole group to go, then make it."""
    for request, grace_s in ((signal.SIGTERM, 8), (signal.SIGKILL, 20)):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, request)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=grace_s)


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
