"""A Ray that is there already: for commands whose own start of Ray is nothing that the test is about, and some seconds."""

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
        yield
    node.shutdown()
