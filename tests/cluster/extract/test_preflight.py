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

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_a_node_without_model_files_is_named_and_the_others_do_its_work(cluster: "Cluster", tiny_corpus: Path, tmp_path: Path):
    bare = cluster.add_node(num_cpus=1, env_vars={"AVEMO_CACHE": str(tmp_path / "empty")})
    command = ["jobs/extract.py", "--clips", tiny_corpus / "clips.csv", "--out", tmp_path / "out", "--selection", "all", "--fps", "4"]

    job = Job([sys.executable, *command], {**os.environ, "PYTHONPATH": str(ROOT), "RAY_ADDRESS": cluster.address})
    code = job.ended()
    cluster.remove_node(bare)

    assert code == 0
    assert "is not used: ConfigError: model file" in job.err
    assert "`make setup` brings it" in job.err
    assert len(pd.read_parquet(tmp_path / "out")) == 7
