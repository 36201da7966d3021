"""The guide's way through a corpus on SLURM, with tasks that are killed, cut off and sent back into the queue."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.slurm.scheduler import Slurm

pytestmark = pytest.mark.timeout(2400)  # of which SLURM waits two minutes before it starts again what went back into the queue

ROOT = Path(__file__).parents[2]
SHARDS, CLUSTER = "cluster/slurm/shards.sbatch", "cluster/slurm/nodes.sbatch"


def _ids(table: Path) -> list[str]:
    return sorted(pd.read_parquet(table, columns=["clip_id"]).clip_id)


def _all_ids(clips: Path) -> list[str]:
    return sorted(pd.read_csv(clips).clip_id)


def _wait_until(is_true: Callable[[], object], within_s: float = 300.0) -> None:
    started_s = time.monotonic()
    while not is_true():
        assert time.monotonic() - started_s < within_s, "waited in vain"
        time.sleep(0.5)


def _driver_of(*words: str) -> int:
    """Process id of the command line that holds all these words."""
    lines = subprocess.run(["ps", "-ww", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout.splitlines()  # noqa: S607
    found = [int(line.split()[0]) for line in lines if "jobs/" in line and "bash" not in line and all(word in line for word in words)]
    assert len(found) == 1, found
    return found[0]


def test_an_array_extracts_every_clip_once_though_a_driver_is_killed_and_a_task_cut_off_and_all_are_scored(
    scheduler: Slurm, clips: Path, tmp_path: Path
):
    features, model, predictions, log = (tmp_path / name for name in ("features", "model", "predictions", "log-%a"))
    extract = ("extract", "--clips", str(clips), "--selection", "all", "--out", str(features))
    array = ("--array=1-2", "--cpus-per-task=1", f"--output={log}")

    job = scheduler.submit(*array, SHARDS, *extract, cwd=ROOT)
    parts = {shard: features / f"share-0000{shard}-of-00002" for shard in (1, 2)}
    _wait_until(lambda: any(parts[1].glob("part-*")))
    os.kill(_driver_of("extract", "--shard 1/2", str(features)), signal.SIGKILL)
    _wait_until(lambda: any(parts[2].glob("part-*")) or scheduler.states(job)[f"{job}_2"] == "COMPLETED")
    if scheduler.states(job)[f"{job}_2"] == "RUNNING":
        scheduler.call("scancel", "--batch", "--signal=USR1", f"{job}_2")  # what SLURM sends two minutes before the time limit
    for task, state in scheduler.wait(job).items():
        if state == "FAILED":
            scheduler.call("scontrol", "requeue", task)

    assert set(scheduler.wait(job).values()) == {"COMPLETED"}
    assert _ids(features) == _all_ids(clips)
    train = scheduler.submit("--nodes=1", "--cpus-per-task=1", f"--output={tmp_path / 'log-train'}", CLUSTER,
                             "train", "--features", str(features), "--preset", "paper", "--out", str(model), cwd=ROOT)  # fmt: skip
    score = ("score", "--features", str(features), "--model", str(model), "--out", str(predictions))
    job = scheduler.submit("--nodes=2", "--cpus-per-task=1", f"--dependency=afterok:{train}", f"--output={tmp_path / 'log-score'}",
                           CLUSTER, *score, cwd=ROOT)  # fmt: skip
    assert set(scheduler.wait(job).values()) == {"COMPLETED"}
    assert _ids(predictions) == _all_ids(clips)


def test_one_ray_over_all_nodes_of_a_job_does_every_clip_once_though_the_job_is_sent_back(scheduler: Slurm, clips: Path, tmp_path: Path):
    features, log = tmp_path / "features", tmp_path / "log"
    extract = ("extract", "--clips", str(clips), "--selection", "all", "--out", str(features))

    job = scheduler.submit("--nodes=2", "--cpus-per-task=1", f"--output={log}", CLUSTER, *extract, cwd=ROOT)
    _wait_until(lambda: any(features.glob("part-*")))
    scheduler.call("scancel", "--batch", "--signal=USR1", job)
    _wait_until(lambda: "back into the queue" in log.read_text())

    assert set(scheduler.wait(job).values()) == {"COMPLETED"}
    assert _ids(features) == _all_ids(clips)
    assert not list(ROOT.glob(".slurm-*")), "the nodes' meeting place stays"


def test_a_part_of_an_array_must_say_how_many_shards_there_are(scheduler: Slurm, clips: Path, tmp_path: Path):
    log = tmp_path / "log"

    job = scheduler.submit(
        "--array=2", "--cpus-per-task=1", f"--output={log}", SHARDS, "extract", "--clips", str(clips), "--out", "x", cwd=ROOT
    )

    assert set(scheduler.wait(job).values()) == {"FAILED"}
    assert "AVEMO_SHARDS=8 sbatch --array=3,5" in log.read_text()
