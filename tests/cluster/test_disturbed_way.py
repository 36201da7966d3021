"""Extract, train and score on object storage, on a cluster that loses a node, under a driver that is killed: as if nothing had been."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import s3fs

from schemas.predictions import PROBABILITIES
from tests.jobs.commands import ENVIRONMENT, ROOT, job

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

COPIES = 10


@pytest.fixture
def corpus(tiny_corpus: Path, tmp_path: Path) -> Path:
    """The tiny corpus's clips under many names, one subject a split."""
    table = pd.read_csv(tiny_corpus / "clips.csv")[["clip_id", "path", "label", "subject", "split"]]
    table["path"] = [str(tiny_corpus / path) for path in table["path"]]
    many = pd.concat([table.assign(clip_id=table["clip_id"] + f"-{copy:02}") for copy in range(COPIES)])
    many.assign(subject=many["split"]).to_csv(tmp_path / "clips.csv", index=False)
    return tmp_path / "clips.csv"


def started(cluster: "Cluster", name: str, *arguments: str) -> "subprocess.Popen[str]":
    """The command, under way on the cluster."""
    command = [sys.executable, f"jobs/{name}.py", *arguments]
    environment = ENVIRONMENT | os.environ | {"RAY_ADDRESS": cluster.address}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603


def ended_well(process: "subprocess.Popen[str]") -> None:
    printed, _ = process.communicate(timeout=240)
    assert process.returncode == 0, printed


def wait_for(location: str) -> None:
    """Until an object is there, and a while longer, so that workers are at it."""
    files = s3fs.S3FileSystem(use_listings_cache=False)
    while not files.exists(location):
        time.sleep(0.2)
    time.sleep(6)


def test_a_disturbed_way_on_s3_gives_what_an_undisturbed_local_one_gives(corpus: Path, tmp_path: Path, cluster: "Cluster", s3: str):
    local = [str(tmp_path / name) for name in ("features", "model", "predictions")]
    remote = [f"{s3}/{name}" for name in ("features", "model", "predictions")]
    extract = ("--clips", str(corpus), "--selection", "all", "--limit", str(7 * COPIES))
    job("extract", *extract, "--out", local[0], "--precision", "float32")
    job("train", "--features", local[0], "--out", local[1], "--preset", "paper")
    job("score", "--features", local[0], "--model", local[1], "--out", local[2])

    killed = started(cluster, "extract", *extract, "--out", remote[0], "--precision", "float32")
    wait_for(f"{remote[0]}.avemo/lock")
    killed.kill()
    killed.communicate()
    again = started(cluster, "extract", *extract, "--out", remote[0], "--precision", "float32")
    wait_for(f"{remote[0]}.avemo/lock")
    cluster.remove_node(cluster.worker_nodes.copy().pop(), allow_graceful=False)
    cluster.add_node(num_cpus=2)
    ended_well(again)
    ended_well(started(cluster, "train", "--features", remote[0], "--out", remote[1], "--preset", "paper"))
    ended_well(started(cluster, "score", "--features", remote[0], "--model", remote[1], "--out", remote[2]))

    for undisturbed, disturbed in ((local[0], remote[0]), (local[2], remote[2])):
        one, two = (pd.read_parquet(where).sort_values("clip_id", ignore_index=True) for where in (undisturbed, disturbed))
        pd.testing.assert_frame_equal(one[["clip_id", "label", "split"]], two[["clip_id", "label", "split"]])
        assert len(one) == 7 * COPIES
    values = [np.stack(pd.read_parquet(where).sort_values("clip_id")["shape"].str[0]) for where in (local[0], remote[0])]
    probabilities = [pd.read_parquet(where).sort_values("clip_id")[list(PROBABILITIES)].to_numpy() for where in (local[2], remote[2])]
    np.testing.assert_allclose(values[0], values[1], atol=1e-4)
    np.testing.assert_allclose(probabilities[0], probabilities[1], atol=0.01)
