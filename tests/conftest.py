"""Fixtures that more than one part of the tests needs."""

import os
import secrets

# One token for every Ray that a test starts, and known before Ray is imported. A Ray of the test process's own would put one into the
# environment later on, and a job that found it there could not join a cluster that had been started without.
os.environ.setdefault("RAY_AUTH_MODE", "token")
os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
os.environ.setdefault("RAY_worker_niceness", "0")  # Ray's 15 would have its workers wait for whatever the other test process computes
os.environ["RAY_ENABLE_AUTO_CONNECT"] = "0"  # a call of Ray's before its start is a fault, never a Ray that somebody left on this machine
os.environ.setdefault("OMP_NUM_THREADS", "1")  # as every process of a job computes; a pool of threads for each test process slows both

from collections.abc import Iterator
from pathlib import Path

import jaxtyping
import pytest
from hypothesis import HealthCheck, settings
from threadpoolctl import threadpool_limits

from tests.typed import checked

jaxtyping.jaxtyped = checked  # as its import hook will find it in every module of avemo_core

threadpool_limits(int(os.environ["OMP_NUM_THREADS"]))  # a plugin of pytest has loaded NumPy before: its pool has a thread a core by now
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
settings.load_profile("untimed")

LONGEST = (
    "tests/cluster/train/test_workers.py",
    "tests/project/test_tutorial.py",
    "tests/jobs/test_whole_way.py",
    "tests/jobs/test_sound_alone.py",
    "tests/jobs/test_version1.py",
)
"""Slow files of two minutes and more: `make test-slow` begins with them, so that none is the last that everybody waits for."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.nodeid.partition("::")[0] not in LONGEST)  # a stable order


@pytest.fixture(scope="session")
def tiny_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with clips.csv and seven clips of about 1.2 s: one of each emotion, three actors, one in each split."""
    from avemo_core.synthetic import corpus  # noqa: PLC0415 - spares the import to runs that use no clip

    folder = tmp_path_factory.mktemp("tiny_corpus")
    plans = corpus.plan(clips=21, duration_s=(1.2, 1.28))[::3]
    for plan in plans:
        corpus.render(plan, folder)
    corpus.write_table(plans, folder)
    return folder


@pytest.fixture(scope="session")
def ray_session() -> Iterator[None]:
    """One local Ray of two CPUs for all tests that need one."""
    from cluster.ray.session import session  # noqa: PLC0415 - spares the import to runs that need no Ray

    with session(num_cpus=2):
        yield
