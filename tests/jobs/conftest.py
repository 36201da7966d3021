"""A Ray that is there already: for commands whose own start of Ray is nothing that the test is about, and some seconds."""

import os
from collections.abc import Iterator

import pytest

from tests.jobs.commands import ENVIRONMENT


@pytest.fixture(scope="module")
def running_ray() -> Iterator[None]:
    """Commands join a cluster of one node of two CPUs, as where RAY_ADDRESS says so, instead of starting one each."""
    from ray.cluster_utils import Cluster  # noqa: PLC0415 - spares the import to runs without it

    node = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "include_dashboard": False})
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ENVIRONMENT, "RAY_ADDRESS", node.address)
        # The node asks for a token where this process has one, as for the Ray of other tests.
        for name in {"RAY_AUTH_MODE", "RAY_AUTH_TOKEN"} & os.environ.keys():
            patch.setitem(ENVIRONMENT, name, os.environ[name])
        if "RAY_AUTH_TOKEN" in os.environ:
            patch.setitem(ENVIRONMENT, "RAY_AUTH_MODE", "token")
        yield
    node.shutdown()
