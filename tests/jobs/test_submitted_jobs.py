import os
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


@pytest.fixture
def head(tmp_path: Path) -> Iterator[str]:
    """The address of a `ray start --head` of two CPUs, ended by its own process group."""
    port, dashboard, client = (_free_port() for _ in range(3))
    ports = [f"--port={port}", f"--dashboard-port={dashboard}", f"--ray-client-server-port={client}"]
    arguments = ["--head", *ports, "--num-cpus=2", "--block"]
    with (tmp_path / "head.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - our own cluster
            ["ray", "start", *arguments, "--dashboard-host=127.0.0.1"],  # noqa: S607 - of the environment under test
            env=ENVIRONMENT,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{dashboard}"
    try:
        _await(f"{address}/api/version", process, tmp_path / "head.log")
        yield address
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)


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
    arguments = ["ray", "job", "submit", "--address", address, "--working-dir", ".", "--", *map(str, command)]
    return subprocess.run(arguments, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)  # noqa: S603 - our own job


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
