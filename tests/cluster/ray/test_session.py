import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import ray

from avemo_core.errors import ConfigError
from cluster.ray.session import inside_job, resolve, session
from tests.jobs.commands import ENVIRONMENT, ROOT


@pytest.mark.parametrize("location", ["s3://bucket/x", "memory://x", "/data/x"])
def test_what_means_the_same_everywhere_stays_as_it_is(location: str):
    assert resolve(location) == location


def test_a_relative_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    assert resolve("out") == str(tmp_path / "out")
    assert resolve("file:///data/x") == "/data/x"


def test_a_relative_path_inside_a_ray_job_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RAY_JOB_CONFIG_JSON_ENV_VAR", "{}")

    assert inside_job()
    assert resolve("/data/x") == "/data/x"
    with pytest.raises(ConfigError, match="working folder is temporary"):
        resolve("out")


@pytest.mark.usefixtures("ray_session")
def test_a_ray_that_was_there_before_is_joined_and_left_running():
    with session():
        joined = ray.is_initialized()

    assert joined
    assert ray.is_initialized()


def test_an_address_where_nobody_listens_is_refused_at_once(monkeypatch: pytest.MonkeyPatch):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{bound.getsockname()[1]}")
        monkeypatch.setattr(ray, "is_initialized", lambda: False)

        with pytest.raises(ConfigError, match="no cluster answers there"), session():
            pass


NICENESS = """
import os
import ray
from cluster.ray.session import session

@ray.remote
def niceness():
    return os.nice(0)

with session(num_cpus=1):
    print(ray.get(niceness.remote()))
"""


@pytest.mark.slow
@pytest.mark.alone
def test_the_niceness_of_workers_is_what_the_variable_in_the_guide_says():
    printed = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", NICENESS],
        cwd=ROOT,
        env=ENVIRONMENT | {"RAY_worker_niceness": "19"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert printed.stdout.split()[-1] == "19"
    assert "RAY_worker_niceness" in (ROOT / "docs" / "guides" / "cluster.md").read_text()


BESIDE_ANOTHER_NODE = """
import subprocess
import sys
import time
from cluster.ray.session import session

other = subprocess.Popen([sys.argv[1], "100"])
with session(num_cpus=1):
    other.kill()
    time.sleep(3)
print("not ours")
"""


@pytest.mark.slow
def test_a_node_that_the_process_started_before_may_die_while_its_own_ray_runs(tmp_path: Path):
    other = tmp_path / "raylet"  # a process of that name, as of a cluster that a test kills a node of
    other.symlink_to(shutil.which("sleep") or "sleep")

    printed = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", BESIDE_ANOTHER_NODE, other], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )

    assert printed.stdout == "not ours\n", printed.stderr
