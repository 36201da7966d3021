"""Training on Ray Train: by several workers, and going on after one was killed."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from threadpoolctl import threadpool_limits

from avemo_core.bundle.bundle import Bundle
from avemo_core.bundle.config import ModelConfig
from avemo_core.errors import AvemoError, TableError
from avemo_core.features.clip_features import from_table
from avemo_core.runtime.scratch import scratch_folder
from avemo_core.training import presets
from avemo_core.training.bundle_training import fit_bundle
from avemo_core.training.config import Recipe
from avemo_core.training.splits import split_of
from cluster.ray.session import session
from cluster.train.workers import TrainTask, _name, fit_on_workers
from tests.avemo_core.feature_rows import table
from tests.avemo_core.planted import Plan, planted
from tests.avemo_core.runtime.kept import open_files
from tests.waiting import PATIENCE_S

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PAPER = presets.paper()
SMALL = ModelConfig(width=6, selector_width=4, embedding=3, coarse="proportional", dropout=0.0)
LONG_ENOUGH_TO_BE_KILLED = replace(PAPER, model=replace(SMALL, dropout=0.5), fit=replace(PAPER.fit, epochs=8, patience=None))


@pytest.fixture(scope="module", autouse=True)
def _ray() -> Iterator[None]:
    with session(num_cpus=3):
        yield


def task(folder: Path, recipe: Recipe, checkpoint_s: float = 60.0) -> TrainTask:
    features = table(planted(Plan(clips=70, seed=1))[0])
    (folder / "features").mkdir(exist_ok=True)
    pq.write_table(features, folder / "features" / "part-0.parquet")
    return TrainTask(
        features=str(folder / "features"),
        out=str(folder / "model"),
        recipe=recipe,
        split=split_of(features),
        seeds=(0,),
        feature_set="planted",
        extraction={},
        request={},
        checkpoint_s=checkpoint_s,
    )


def alone(one: TrainTask) -> Bundle:
    """Trained in this process, without Ray; on one thread of BLAS too, as Ray has it on a worker of one CPU: sums depend on it."""
    torch.set_num_threads(1)
    clips = from_table(pq.read_table(one.features))
    with threadpool_limits(1):
        return fit_bundle(one.recipe, clips, one.split, one.seeds, one.feature_set)


def fitted(one: TrainTask, workers: int = 1) -> Bundle:
    fit_on_workers(one, workers=workers, gpus_per_worker=0)
    return Bundle.load(one.out)


def test_two_workers_train_what_one_trains_up_to_rounding(tmp_path: Path):
    recipe = replace(PAPER, model=SMALL, fit=replace(PAPER.fit, epochs=4, modality_dropout=0.2))

    one, two = alone(task(tmp_path, recipe)), fitted(task(tmp_path, recipe), workers=2)

    torch.testing.assert_close(dict(two.members[0]), dict(one.members[0]), rtol=1e-3, atol=1e-4)
    assert [epoch["train_loss"] for epoch in two.history] == pytest.approx([epoch["train_loss"] for epoch in one.history], rel=1e-4)


def test_after_its_worker_was_killed_a_training_goes_on_from_the_checkpoint_and_ends_in_the_same_bits(tmp_path: Path):
    one = task(tmp_path, LONG_ENOUGH_TO_BE_KILLED, checkpoint_s=0.0)
    undisturbed = alone(one)

    training = threading.Thread(target=fitted, args=(one,))
    training.start()
    epochs = checkpoints(one)
    next(epoch for epoch in epochs if epoch >= 4)
    train_worker().kill()
    went_on_at = [next(epochs), next(epochs)]  # the first may be one that was under way
    training.join()

    assert min(went_on_at) > 1
    assert_same_bits(Bundle.load(one.out), undisturbed)


def test_a_worker_that_shall_not_hold_them_in_memory_has_the_features_on_its_disk_and_ends_in_the_same_bits(tmp_path: Path):
    one = replace(task(tmp_path, LONG_ENOUGH_TO_BE_KILLED, checkpoint_s=0.0), on_disk=True)

    training = threading.Thread(target=fitted, args=(one,))
    training.start()
    next(checkpoints(one))
    nameless = [name for name in open_files(scratch_folder(), train_worker().pid) if name.endswith("(deleted)")]
    training.join()

    assert nameless
    assert_same_bits(Bundle.load(one.out), alone(one))


def test_a_finished_training_leaves_no_checkpoints_nor_those_of_features_before_a_correction(tmp_path: Path):
    one = task(tmp_path, replace(PAPER, model=SMALL, fit=replace(PAPER.fit, epochs=2)), checkpoint_s=0.0)
    before = Path(one.out) / _name(replace(one, content="before"))
    before.mkdir(parents=True)

    fitted(one)

    assert not list(Path(one.out).glob("_*"))


@pytest.mark.parametrize("workers", [1, 2])
def test_damaged_features_are_refused_and_leave_nothing_behind(tmp_path: Path, workers: int):
    one = task(tmp_path, PAPER)
    part = tmp_path / "features" / "part-0.parquet"
    rows = pq.read_table(part).to_pylist()
    rows[3]["audio"] = rows[3]["audio"][:-2]
    pq.write_table(pa.Table.from_pylist(rows, pq.read_schema(part)), part)

    with pytest.raises(TableError, match="The row is damaged"):
        fitted(one, workers)

    assert not any(Path(one.out).glob("*"))


def test_a_training_that_diverges_is_refused_and_leaves_nothing_behind(tmp_path: Path):
    steep = replace(PAPER, model=SMALL, fit=replace(PAPER.fit, learning_rate=1e30))
    one = task(tmp_path, steep)

    with pytest.raises(AvemoError, match="the training diverged"):
        fitted(one)

    assert not any(Path(one.out).glob("*"))


def checkpoints(one: TrainTask) -> Iterator[int]:
    """Epoch of each checkpoint as it comes."""
    state, seen = Path(one.out) / _name(one) / "state.pt", 0
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        if state.exists() and state.stat().st_mtime_ns > seen:
            seen, deadline_s = state.stat().st_mtime_ns, time.monotonic() + PATIENCE_S
            yield len(torch.load(state, weights_only=True)["current"]["history"])
        time.sleep(0.01)
    pytest.fail(f"no checkpoint came for {PATIENCE_S:.0f} s")


def train_worker() -> psutil.Process:
    return next(child for child in psutil.Process().children(recursive=True) if "RayTrainWorker" in " ".join(child.cmdline()))


def assert_same_bits(found: Bundle, expected: Bundle) -> None:
    np.testing.assert_equal(found.history, expected.history)
    torch.testing.assert_close(dict(found.members[0]), dict(expected.members[0]), rtol=0, atol=0)
