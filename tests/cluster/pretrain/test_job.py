import json
import os
import signal
import threading
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import psutil
import pytest

from avemo_core.appearance import networks
from avemo_core.errors import ConfigError, TableLocked
from avemo_core.identity import identity_pictures
from avemo_core.identity.training import PretrainConfig
from avemo_core.runtime import safetensors_file
from cluster.pool.run import PoolOptions
from cluster.pretrain.face_alignments import alignments_location, find_alignments
from cluster.pretrain.job import Pretrained, PretrainOptions, pretrain
from cluster.pretrain.workers import PretrainTask, train_on_workers
from cluster.storage.lock import locked
from tests.waiting import until

PEOPLE, EACH = 6, 4


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Aligned faces of six people, each a pattern of colours with noise on it."""
    folder, draw = tmp_path_factory.mktemp("people"), np.random.default_rng(0)
    for person in range(PEOPLE):
        pattern = draw.integers(40, 216, (4, 4, 3))
        (folder / f"person-{person}").mkdir()
        for number in range(EACH):
            noisy = np.kron(pattern, np.ones((16, 16, 1))) + draw.normal(0, 12, (64, 64, 3))
            cv2.imwrite(str(folder / f"person-{person}" / f"{number}.png"), noisy.clip(0, 255).astype(np.uint8))
    (folder / "person-0" / "broken.jpg").write_bytes(b"no picture")
    return folder


def options(people: Path, out: Path, *, workers: int = 1) -> PretrainOptions:
    return PretrainOptions(
        identities=str(people),
        out=str(out),
        network="resnet29",
        aligned=True,
        held_out=0.34,
        epochs=2,
        batch=5,
        augment=False,
        dropout=0.0,
        workers=workers,
    )


def test_shipped_weights_are_those_of_resnet29_only(tmp_path: Path):
    with pytest.raises(ConfigError, match="--network resnet29"):
        PretrainOptions(identities="people", out=str(tmp_path / "out"), start="shipped")


@pytest.mark.parametrize("held_out", [-0.1, 1.0])
def test_the_share_held_out_is_a_share(tmp_path: Path, held_out: float):
    with pytest.raises(ConfigError, match="--held-out"):
        PretrainOptions(identities="people", out=str(tmp_path / "out"), held_out=held_out)


def test_missing_weights_to_start_from_are_refused_before_ray_starts(people: Path, tmp_path: Path):
    with pytest.raises(ConfigError, match="gone does not exist"):
        pretrain(PretrainOptions(identities=str(people), out=str(tmp_path / "out"), start="/gone"))


def test_a_learning_rate_of_nothing_is_not_taken_for_none(tmp_path: Path):
    with pytest.raises(ConfigError, match="--learning-rate must be a number above 0, not 0"):
        PretrainOptions(identities="people", out=str(tmp_path / "out"), learning_rate=0.0).config()


@pytest.mark.usefixtures("ray_session")
def test_two_runs_cannot_train_into_one_file(people: Path, tmp_path: Path):
    with locked(f"{tmp_path / 'out'}.pretraining"), pytest.raises(TableLocked, match=r"out\.pretraining: another run holds this output"):
        pretrain(options(people, tmp_path / "out"))


def test_other_pictures_and_pictures_aligned_in_another_way_have_a_table_of_their_own(people: Path):
    pictures = identity_pictures.pictures_of(str(people))

    tables = {
        alignments_location(some, side_px=150, aligned=aligned, folder="work")
        for some in (pictures, pictures[1:])
        for aligned in (False, True)
    }

    assert len(tables) == 4


def test_what_was_not_measured_is_said_with_its_reason():
    figures = {
        "accuracy": None,
        "chance": 0.25,
        "people": 4,
        "people_held_out": 2,
        "held_out": None,
        "pictures": 8,
        "rejected": {},
        "lost": 0,
    }

    lines = Pretrained(out="out", metrics=figures, seconds=1.0).lines()

    assert lines[:2] == [
        "identity: not measured: nobody trained on has three pictures",
        "verification: not measured: nobody held out has two pictures",
    ]


def test_given_weights_are_tuned_more_gently_than_weights_drawn_at_random(tmp_path: Path):
    drawn = PretrainOptions(identities="people", out=str(tmp_path / "out"), network="resnet29").config()
    given = PretrainOptions(identities="people", out=str(tmp_path / "out"), network="resnet29", start="shipped").config()

    assert given.learning_rate < drawn.learning_rate


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("ray_session")
def test_one_worker_and_two_come_to_the_same_weights_up_to_rounding(people: Path, tmp_path: Path):
    alone = pretrain(options(people, tmp_path / "one"))
    shared = pretrain(options(people, tmp_path / "two", workers=2))

    one, two = (safetensors_file.read(str(tmp_path / name), "weights").arrays for name in ("one", "two"))
    np.testing.assert_allclose(
        np.concatenate([values.ravel() for values in one.values()]), np.concatenate([two[name].ravel() for name in one]), atol=1e-5
    )
    assert shared.metrics["eer"] == pytest.approx(alone.metrics["eer"], abs=0.02)
    assert alone.metrics["rejected"] == {"decode_failed": 1}
    assert networks.load("resnet29", str(tmp_path / "one")).feature_map_shape == (128, 8, 8)
    beside = ("", ".metrics.json", ".rejects.parquet")
    assert sorted(path.name for path in tmp_path.iterdir()) == [name + what for name in ("one", "two") for what in beside]
    assert pd.read_parquet(tmp_path / "one.rejects.parquet").source_id.tolist() == ["person-0/broken.jpg"]


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("ray_session")
def test_a_worker_killed_on_the_way_costs_nothing_but_time(people: Path, tmp_path: Path):
    or_interrupt = _history(people, tmp_path / "whole")
    threading.Thread(target=_kill_after_a_checkpoint, args=(tmp_path / "killed",), daemon=True).start()
    killed = _history(people, tmp_path / "killed")

    assert killed == or_interrupt
    assert (tmp_path / "killed" / "was-killed").exists()


def _history(people: Path, folder: Path) -> list[dict[str, float]]:
    """What is measured after each epoch of a training that draws variations, with a checkpoint after its first step."""
    alignments, out = f"{folder}.faces", f"{folder}.weights"
    pictures = identity_pictures.pictures_of(str(people))
    find_alignments(pictures, side_px=150, aligned=True, location=alignments, options=PoolOptions(workers=1))
    task = PretrainTask(
        alignments=alignments,
        folder=str(folder),
        out=out,
        network="resnet29",
        start=None,
        held_out=0.0,
        config=PretrainConfig(epochs=3, batch=5),
        about={},
        checkpoint_s=0.0,
    )
    train_on_workers(task, workers=1, gpus_per_worker=0.0)
    history: list[dict[str, float]] = json.loads(Path(f"{out}.metrics.json").read_text())["history"]
    return history


def _kill_after_a_checkpoint(folder: Path) -> None:
    """Kill the training worker among this process's own descendants as soon as there is a checkpoint."""
    until(lambda: any(folder.glob("training-*/state.pt")), "a first checkpoint")
    workers = [process for process in psutil.Process().children(recursive=True) if "RayTrainWorker" in " ".join(process.cmdline())]
    (folder / "was-killed").touch()
    os.kill(workers[0].pid, signal.SIGKILL)
