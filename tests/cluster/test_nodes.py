from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from tests.cluster.stub import clips
from tests.waiting import Job

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(900)]

Start = Callable[..., Job]


def test_a_run_outlives_the_loss_of_its_only_node_and_goes_on_on_a_new_one(cluster: "Cluster", start_on: Start, tmp_path: Path):
    worker_node = cluster.worker_nodes.copy().pop()
    job = start_on("--out", str(tmp_path / "out"), "--good", "200", "--seconds", "0.05")
    job.until(lambda: any(tmp_path.glob("out/part-*")), "a first part")

    cluster.remove_node(worker_node, allow_graceful=False)
    job.until(lambda: "go back" in job.err, "word of the lost worker")
    # Said again and again: the first time Ray may not have noticed yet that the node is gone.
    job.until(lambda: "the cluster has 1 node with 0 CPU" in job.err, "word that no node is left")
    said = job.err
    cluster.add_node(num_cpus=2)

    assert job.ended() == 0
    assert "worker" in next(line for line in said.splitlines() if "go back" in line)
    assert "waiting for a worker: each needs 1 CPU" in next(line for line in said.splitlines() if "with 0 CPU" in line)
    assert sorted(pd.read_parquet(tmp_path / "out").source_id) == [item.source_id for item in clips(200)]


def test_a_node_that_differs_is_named_and_not_used_and_one_that_comes_later_is_held_to_the_same(
    cluster: "Cluster", start_on: Start, tmp_path: Path
):
    different = cluster.add_node(num_cpus=2, env_vars={"STUB_SAMPLE": "1.25"})
    job = start_on("--out", str(tmp_path / "out"), "--good", "300", "--seconds", "0.1", "--checked", "--scratch", str(tmp_path))
    job.until(lambda: any(tmp_path.glob("out/part-*")), "a first part")
    late = cluster.add_node(num_cpus=2, env_vars={"STUB_SAMPLE": "raise"})
    job.until(lambda: job.err.count("is not used") == 2, "word of both")

    code = job.ended()
    for node in (different, late):
        cluster.remove_node(node)

    assert code == 0
    assert sorted(pd.read_parquet(tmp_path / "out").source_id) == [item.source_id for item in clips(300)]
    assert "1.25 differs from 1.0" in job.err
    assert "RuntimeError: no kernel image is available" in job.err
    assert len(list(tmp_path.glob("sampled-*"))) == 3  # one of each node


def test_a_run_whose_nodes_all_differ_ends_with_a_sentence(cluster: "Cluster", start_on: Start, tmp_path: Path):
    usual = cluster.worker_nodes.copy().pop()
    cluster.remove_node(usual)
    nodes = [cluster.add_node(num_cpus=1, env_vars={"STUB_SAMPLE": number}) for number in ("1.25", "2.0")]

    code = start_on("--out", str(tmp_path / "out"), "--good", "10", "--checked").ended()
    for node in nodes:
        cluster.remove_node(node)
    cluster.add_node(num_cpus=2)

    assert code == 1
    assert not list(tmp_path.glob("out/*"))


def test_a_run_uses_nodes_that_come_while_it_runs(cluster: "Cluster", start_on: Start, tmp_path: Path):
    job = start_on("--out", str(tmp_path / "out"), "--good", "400", "--seconds", "0.1", "--odd", "corrupt-1")
    job.until(lambda: any(tmp_path.glob("out/part-*")), "a first part")

    node = cluster.add_node(num_cpus=2)
    code = job.ended()
    cluster.remove_node(node)

    assert code == 0
    assert len(pd.read_parquet(tmp_path / "out")) == 400
