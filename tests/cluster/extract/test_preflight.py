"""Real extraction on a cluster one of whose nodes is not set up."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from tests.waiting import ROOT, Job

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(600)]

HOLD = """
import sys, time
import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

@ray.remote(num_cpus=2)
class Holder:
    def holds(self):
        return True

ray.init(sys.argv[1], logging_level="ERROR")
holder = Holder.options(scheduling_strategy=NodeAffinitySchedulingStrategy(sys.argv[2], soft=False)).remote()
ray.get(holder.holds.remote())
print("held", flush=True)
time.sleep(600)
"""


def test_a_node_without_model_files_is_named_and_the_others_do_its_work(cluster: "Cluster", tiny_corpus: Path, tmp_path: Path):
    (good,) = cluster.worker_nodes
    bare = cluster.add_node(num_cpus=1, env_vars={"AVEMO_CACHE": str(tmp_path / "empty")})
    # The good node is held until the bare one is named: the two of them might else be through before a worker has started there.
    holder = Job([sys.executable, "-c", HOLD, cluster.address, good.node_id])
    holder.until(lambda: "held" in holder.out, "the good node is held")
    command = ["jobs/extract.py", "--clips", tiny_corpus / "clips.csv", "--out", tmp_path / "out", "--selection", "all", "--fps", "4"]

    job = Job([sys.executable, *command], {**os.environ, "PYTHONPATH": str(ROOT), "RAY_ADDRESS": cluster.address})
    job.until(lambda: "is not used" in job.err, "the bare node is named")
    holder.kill()
    code = job.ended()
    cluster.remove_node(bare)

    assert code == 0
    assert "is not used: ConfigError: model file" in job.err
    assert "`make setup` brings it" in job.err
    assert len(pd.read_parquet(tmp_path / "out")) == 7
