"""Every command on each kind of store, under keys with odd letters, and drivers that are killed on the way."""

import json
import os
import sys
import threading
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from avemo_core.bundle.bundle import Bundle
from cluster.ray.session import session
from cluster.storage.files import read_file
from cluster.storage.location import open_folder
from cluster.train.workers import fit_on_workers
from schemas.predictions import PROBABILITIES
from tests.cluster import generated
from tests.cluster.train.test_workers import LONG_ENOUGH_TO_BE_KILLED, alone, assert_same_bits, task, train_worker
from tests.jobs.commands import ENVIRONMENT
from tests.stores.servers import Store
from tests.waiting import Job, until

pytestmark = pytest.mark.timeout(3600)

COPIES = 3

PATIENT_S = 900.0
"""For a training on a machine that others use: it took 222 s on one with thirty waiting processes."""


def started(name: str, *arguments: str) -> Job:
    """The command under way."""
    return Job([sys.executable, f"jobs/{name}.py", *arguments], ENVIRONMENT | os.environ)


def done(name: str, *arguments: object) -> None:
    """The command, run to its good end."""
    assert started(name, *map(str, arguments)).ended(PATIENT_S) == 0


def put(local: Path, location: str) -> None:
    """Copy a folder to a store."""
    folder = open_folder(location)
    for file in filter(Path.is_file, local.rglob("*")):
        folder.write(file.relative_to(local).as_posix(), file.read_bytes())


def many(tiny_corpus: Path) -> bytes:
    """A table of the tiny corpus's clips under several names, one subject a split."""
    table = pd.read_csv(tiny_corpus / "clips.csv")[["clip_id", "path", "label", "split"]]
    copies = pd.concat([table.assign(clip_id=table["clip_id"] + f"-{copy}") for copy in range(COPIES)])
    return copies.assign(subject=copies["split"]).to_csv(index=False).encode()


def test_killed_drivers_go_on_from_clips_to_the_report(store: Store, tiny_corpus: Path):
    corpus, features, model, predictions, report = (
        f"{store.location}/{name}" for name in ("corpus", "features", "model", "predictions", "report")
    )
    put(tiny_corpus, corpus)
    open_folder(corpus).write("many clips.csv", many(tiny_corpus))
    clips = f"{corpus}/many clips.csv"
    train = ("train", "--features", features, "--out", model, "--preset", "paper")
    said = ""

    extract = ("extract", "--clips", clips, "--selection", "all", "--out", features)
    killed = started(*extract)
    killed.until(lambda: sum(name.endswith(".mp4") for name in list(store.proxy.given_bytes)) >= 2, "two files were read")
    killed.kill()
    again = started(*extract)
    assert again.ended(PATIENT_S) == 0
    killed = started(*train)
    killed.until(lambda: open_folder(model).read("lock") is not None, "the lock of the model")
    killed.kill()
    trained = started(*train)
    assert trained.ended(PATIENT_S) == 0
    scored = started("score", "--features", features, "--model", model, "--out", predictions)
    assert scored.ended(PATIENT_S) == 0
    shown = started("report", "--predictions", predictions, "--model", model, "--clips", clips, "--out", report, "--media-clips", "2")
    assert shown.ended(PATIENT_S) == 0
    for one in (again, trained, scored, shown):
        said += one.out + one.err

    rows, scores = (pd.read_parquet(where).sort_values("clip_id", ignore_index=True) for where in (features, predictions))
    assert rows["clip_id"].tolist() == scores["clip_id"].tolist() == sorted(pd.read_csv(BytesIO(many(tiny_corpus)))["clip_id"])
    np.testing.assert_allclose(scores[list(PROBABILITIES)].sum(axis=1), 1, atol=1e-5)
    assert not [name for name in open_folder(model).tree() if "/" in name]
    assert open_folder(model).read("lock") is None
    assert {"index.html", "report.json"} <= set(open_folder(report).tree())
    assert store.secret not in said
    assert "Traceback" not in said


def test_a_comparison_a_selection_and_weights_are_written(store: Store, tiny_corpus: Path, tmp_path: Path):
    generated.write_features(generated.rows(28), tmp_path / "features")
    put(tmp_path / "features", f"{store.location}/features")
    put(tiny_corpus, f"{store.location}/corpus")
    put(people(tmp_path / "people"), f"{store.location}/people")
    selection, weights, table = (f"{store.location}/{name}" for name in ("selection", "face weights", "compared"))

    done("compare", "--features", f"{store.location}/features", "--out", table, "--repeats", 1, "--preset", "paper")
    done("select", "--clips", f"{store.location}/corpus/clips.csv", "--out", selection, "--keep", 16, "--trees", 4)
    pictures = ("--identities", f"{store.location}/people", "--aligned", "--network", "resnet29")
    done("pretrain", *pictures, "--out", weights, "--held-out", 0.34, "--epochs", 1, "--batch", 8)

    assert {"table.json", "predictions.parquet"} <= set(open_folder(table).tree())
    assert json.loads(read_file(f"{selection}.metrics.json") or b"")["kept"] == 16
    assert json.loads(read_file(f"{weights}.metrics.json") or b"")["network"] == "resnet29"
    assert {read_file(selection) is None, read_file(weights) is None} == {False}
    left = [name for name in open_folder(store.location).tree() if ".faces/" in name or ".pretraining/" in name]
    assert left == []


def people(folder: Path) -> Path:
    """Aligned faces of five people, each a pattern of colours with noise on it."""
    draw = np.random.default_rng(0)
    for person in range(5):
        pattern = draw.integers(40, 216, (4, 4, 3))
        (folder / f"person {person}").mkdir(parents=True)
        for number in range(3):
            noisy = np.kron(pattern, np.ones((16, 16, 1))) + draw.normal(0, 12, (64, 64, 3))
            cv2.imwrite(str(folder / f"person {person}" / f"{number}.png"), noisy.clip(0, 255).astype(np.uint8))
    return folder


def test_after_its_worker_was_killed_a_training_goes_on_from_the_checkpoint_in_the_store(store: Store, tmp_path: Path):
    one = replace(task(tmp_path, LONG_ENOUGH_TO_BE_KILLED, checkpoint_s=0.0), out=f"{store.location}/model")
    undisturbed = alone(one)

    with session(num_cpus=2):
        training = threading.Thread(target=fit_on_workers, args=(one,), kwargs={"workers": 1, "gpus_per_worker": 0})
        training.start()
        until(lambda: any(name.startswith("_training-") for name in open_folder(one.out).tree()), "a checkpoint")
        train_worker().kill()
        training.join()

    assert_same_bits(Bundle.load(one.out), undisturbed)
    assert not [name for name in open_folder(one.out).tree() if name.startswith("_training-")]  # SeaweedFS lists folders that were emptied
