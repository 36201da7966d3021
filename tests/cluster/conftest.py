"""Fixtures of the tests of cluster: an S3 server, and jobs in processes of their own."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import s3fs
from botocore.exceptions import BotoCoreError

from tests.cluster.store import CREDENTIALS, FaultyProxy, no_fault, weed
from tests.waiting import ROOT, Job

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster

Start = Callable[..., Job]


@pytest.fixture(scope="session")
def store_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyProxy]:
    """A real S3 server with the bucket `test`, behind a proxy that can let it fail; the environment says where."""
    with weed(tmp_path_factory.mktemp("weed")) as endpoint, FaultyProxy(endpoint).running() as proxy, pytest.MonkeyPatch.context() as patch:
        for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": proxy.endpoint}.items():
            patch.setenv(name, value)
        _make_bucket("test")
        yield proxy


def _make_bucket(name: str) -> None:
    """On a busy machine the server answers that it is well some seconds before it makes buckets."""
    for _ in range(30):
        try:
            s3fs.S3FileSystem(skip_instance_cache=True).mkdir(name)
        except FileExistsError:
            return
        except (OSError, BotoCoreError):
            time.sleep(1)
        else:
            return
    pytest.fail("the S3 server makes no bucket")


@pytest.fixture
def proxy(store_proxy: FaultyProxy) -> Iterator[FaultyProxy]:
    """The proxy before the S3 server; a fault set by a test ends with it."""
    store_proxy.fault, store_proxy.faults = no_fault, 0
    yield store_proxy
    store_proxy.fault = no_fault


@pytest.fixture
def s3(proxy: FaultyProxy) -> Iterator[str]:
    """A fresh s3:// prefix that this process and its children reach by their environment."""
    del proxy
    s3fs.S3FileSystem.clear_instance_cache()
    yield f"s3://test/{uuid.uuid4().hex}"
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture(scope="session")
def cluster(store_proxy: FaultyProxy) -> "Iterator[Cluster]":
    """A cluster of several node processes on this machine: a head without CPUs and one node of two."""
    from ray.cluster_utils import Cluster  # noqa: PLC0415 - spares the import to runs without it

    del store_proxy
    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    nodes.add_node(num_cpus=2)
    yield nodes
    nodes.shutdown()


@pytest.fixture
def start_on(cluster: "Cluster", start: Start) -> Start:
    """Start the test job on the cluster of several nodes."""
    return partial(start, RAY_ADDRESS=cluster.address)


@pytest.fixture
def start() -> Iterator[Start]:
    """Start the test job with such arguments; whatever still runs at the end is killed."""
    started: list[Job] = []

    def _start(*arguments: str, **variables: str) -> Job:
        program = [sys.executable, "tests/cluster/program.py", *arguments]
        started.append(Job(program, {**os.environ, "PYTHONPATH": str(ROOT), **variables}))
        return started[-1]

    yield _start
    for job in started:
        job.kill()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB of its own."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], check=False, capture_output=True)  # noqa: S603, S607
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)  # noqa: S603, S607
