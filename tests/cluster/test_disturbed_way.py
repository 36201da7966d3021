"""Extract, train and score on object storage, on a cluster that loses a node, under a driver that is killed: as if nothing had been."""

import os
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import s3fs

from schemas.predictions import PROBABILITIES
from tests.cluster.store import FaultyProxy
from tests.jobs.commands import ENVIRONMENT, job
from tests.waiting import Job

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]

COPIES = 5


@pytest.fixture
def corpus(tiny_corpus: Path, tmp_path: Path) -> Callable[[str], str]:
    """A function that writes a table of the tiny corpus's clips under many names, one subject a split; their files lie in a folder."""

    def write(folder: str) -> str:
        table = pd.read_csv(tiny_corpus / "clips.csv")[["clip_id", "path", "label", "subject", "split"]]
        many = pd.concat([table.assign(clip_id=table["clip_id"] + f"-{copy:02}") for copy in range(COPIES)])
        location = tmp_path / f"{uuid.uuid4().hex}.csv"
        many.assign(path=f"{folder}/" + many["path"], subject=many["split"]).to_csv(location, index=False)
        return str(location)

    return write


def started(cluster: "Cluster", name: str, *arguments: str) -> Job:
    """The command, under way on the cluster."""
    return Job([sys.executable, f"jobs/{name}.py", *arguments], ENVIRONMENT | os.environ | {"RAY_ADDRESS": cluster.address})


def wait_for_work(extraction: Job, proxy: FaultyProxy) -> None:
    """Until workers have read two files since the call."""

    def read() -> set[tuple[str, int]]:
        return {(name, given) for name, given in list(proxy.given_bytes.items()) if name.endswith(".mp4")}

    before = read()
    extraction.until(lambda: len(read() - before) >= 2, "two files were read")


def test_a_disturbed_way_on_s3_gives_what_an_undisturbed_local_one_gives(
    corpus: Callable[[str], str], tiny_corpus: Path, tmp_path: Path, cluster: "Cluster", s3: str, proxy: FaultyProxy
):
    local = [str(tmp_path / name) for name in ("features", "model", "predictions")]
    remote = [f"{s3}/{name}" for name in ("features", "model", "predictions")]
    s3fs.S3FileSystem().put(str(tiny_corpus), f"{s3}/corpus", recursive=True)
    extract = ("--selection", "all", "--precision", "float32")
    job("extract", *extract, "--clips", corpus(str(tiny_corpus)), "--out", local[0])
    job("train", "--features", local[0], "--out", local[1], "--preset", "paper")
    job("score", "--features", local[0], "--model", local[1], "--out", local[2])

    extract = (*extract, "--clips", corpus(f"{s3}/corpus"), "--out", remote[0])
    killed = started(cluster, "extract", *extract)
    wait_for_work(killed, proxy)
    killed.kill()
    again = started(cluster, "extract", *extract)
    wait_for_work(again, proxy)
    cluster.remove_node(cluster.worker_nodes.copy().pop(), allow_graceful=False)
    cluster.add_node(num_cpus=2)
    codes = [again.ended()]
    codes.append(started(cluster, "train", "--features", remote[0], "--out", remote[1], "--preset", "paper").ended())
    codes.append(started(cluster, "score", "--features", remote[0], "--model", remote[1], "--out", remote[2]).ended())

    assert codes == [0, 0, 0]
    for undisturbed, disturbed in ((local[0], remote[0]), (local[2], remote[2])):
        one, two = (pd.read_parquet(where).sort_values("clip_id", ignore_index=True) for where in (undisturbed, disturbed))
        pd.testing.assert_frame_equal(one[["clip_id", "label", "split"]], two[["clip_id", "label", "split"]])
        assert len(one) == 7 * COPIES
    values = [np.stack(pd.read_parquet(where).sort_values("clip_id")["shape"].str[0]) for where in (local[0], remote[0])]
    probabilities = [pd.read_parquet(where).sort_values("clip_id")[list(PROBABILITIES)].to_numpy() for where in (local[2], remote[2])]
    np.testing.assert_allclose(values[0], values[1], atol=1e-4)
    np.testing.assert_allclose(probabilities[0], probabilities[1], atol=0.01)
