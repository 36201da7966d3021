import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from tests.cluster.stub import clips

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster

pytestmark = pytest.mark.slow

Start = Callable[..., "subprocess.Popen[str]"]


def _read_until(process: "subprocess.Popen[str]", words: str) -> str:
    assert process.stderr is not None
    return next((line for line in process.stderr if words in line), "")


def test_a_run_outlives_the_loss_of_its_only_node_and_goes_on_on_a_new_one(cluster: "Cluster", start_on: Start, tmp_path: Path):
    worker_node = cluster.worker_nodes.copy().pop()
    process = start_on("--out", str(tmp_path / "out"), "--good", "200", "--seconds", "0.05")
    while not any((tmp_path / "out").glob("part-*")):
        assert process.poll() is None

    cluster.remove_node(worker_node, allow_graceful=False)
    lost = _read_until(process, "go back")
    # Said again and again: the first time Ray may not have noticed yet that the node is gone.
    waiting = _read_until(process, "the cluster has 1 node with 0 CPU")
    cluster.add_node(num_cpus=2)
    _, err = process.communicate(timeout=240)

    assert process.returncode == 0, err
    assert "worker" in lost
    assert "waiting for a worker: each needs 1 CPU" in waiting
    assert sorted(pd.read_parquet(tmp_path / "out").source_id) == [item.source_id for item in clips(200)]


def test_a_run_uses_nodes_that_come_while_it_runs(cluster: "Cluster", start_on: Start, tmp_path: Path):
    process = start_on("--out", str(tmp_path / "out"), "--good", "400", "--seconds", "0.1", "--odd", "corrupt-1")
    while not any((tmp_path / "out").glob("part-*")):
        assert process.poll() is None

    node = cluster.add_node(num_cpus=2)
    _, err = process.communicate(timeout=240)
    cluster.remove_node(node)

    assert process.returncode == 0, err
    assert len(pd.read_parquet(tmp_path / "out")) == 400
