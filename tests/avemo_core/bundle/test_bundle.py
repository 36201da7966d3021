"""The model as it is stored: what was saved comes back, and what is not a bundle is refused."""

import hashlib
import json
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from fsspec.implementations.local import LocalFileSystem
from safetensors.numpy import load_file, save_file

from avemo_core.bundle.bundle import Bundle
from avemo_core.bundle.config import ModelConfig
from avemo_core.bundle.pooled_classifier import PooledClassifier
from avemo_core.errors import BundleError
from avemo_core.features.preprocess.preprocessor import Preprocessor
from avemo_core.model.network import build
from tests.avemo_core.planted import Plan, planted

CONFIG = ModelConfig(width=4, selector_width=3, embedding=2, audio_components=5, shape_components=4, fusion_weight=0.5)


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    clips, _ = planted(Plan(clips=14, seed=0))
    preprocessor = Preprocessor.fit(clips, CONFIG)
    torch.manual_seed(0)
    members = tuple(dict(build(CONFIG, preprocessor.widths).state_dict()) for _ in range(2))
    return Bundle(
        config=CONFIG,
        preprocessor=preprocessor,
        members=members,
        feature_set="planted",
        pooled=PooledClassifier.fit(preprocessor.inputs(clips, preprocessor.gather(clips))),
        temperature=1.5,
        training={"preset": "paper"},
        metrics={"test": {"accuracy": 0.5}},
        history=[{"member": 0, "epoch": 1, "train_loss": 1.0, "train_accuracy": 0.5, "val_loss": 2.0, "val_accuracy": 0.25}],
        card="# A model",
    )


@pytest.fixture
def saved(bundle: Bundle, tmp_path: Path) -> Path:
    bundle.save(str(tmp_path / "model"))
    return tmp_path / "model"


def test_a_saved_bundle_comes_back_with_the_same_values(bundle: Bundle, saved: Path):
    loaded = Bundle.load(str(saved))

    assert loaded.model_id == bundle.model_id
    assert (loaded.temperature, loaded.metrics, loaded.history, loaded.card) == (1.5, bundle.metrics, bundle.history, "# A model")
    torch.testing.assert_close(dict(loaded.members[1]), dict(bundle.members[1]), rtol=0, atol=0)
    np.testing.assert_array_equal(loaded.preprocessor.whitening.audio_projection, bundle.preprocessor.whitening.audio_projection)


def test_a_bundle_holds_the_embeddings_from_before_and_after_training(bundle: Bundle, saved: Path):
    trained = dict(bundle.members[0]) | {"head.emotion_embeddings": torch.zeros(7, 2)}
    replace(bundle, members=(trained,)).save(str(saved))

    initial, learned = Bundle.load(str(saved)).embeddings()

    np.testing.assert_array_equal(initial, bundle.members[0]["head.initial_embeddings"])
    assert not learned.any()


def test_a_bundle_is_only_safetensors_json_parquet_and_markdown(saved: Path):
    suffixes = {path.suffix for path in saved.iterdir()}

    assert suffixes == {".safetensors", ".json", ".jsonl", ".parquet", ".md"}


def test_what_the_hub_shows_as_config_is_the_config_of_the_bundle(saved: Path):
    shown, described = (json.loads((saved / name).read_text()) for name in ("config.json", "model.json"))

    classes = dict(enumerate(described["emotions"]))
    assert shown == {
        "model_type": "avemo",
        "id2label": {str(number): emotion for number, emotion in classes.items()},
        "label2id": {emotion: number for number, emotion in classes.items()},
        **described["config"],
    }


@pytest.mark.parametrize("change", [{"temperature": 2.0}, {"feature_set": "another"}])
def test_whatever_changes_predictions_changes_the_model_id(bundle: Bundle, change: dict[str, object]):
    assert replace(bundle, **change).model_id != bundle.model_id


def test_another_weight_changes_the_model_id(bundle: Bundle):
    nudged = dict(bundle.members[0]) | {"head.b_n": torch.ones(7)}

    assert replace(bundle, members=(nudged, bundle.members[1])).model_id != bundle.model_id


@pytest.mark.parametrize("name", ["model.json", "model.safetensors"])
def test_a_missing_file_that_scoring_needs_is_named(saved: Path, name: str):
    (saved / name).unlink()

    with pytest.raises(BundleError, match=f"found no {name}"):
        Bundle.load(str(saved))


@pytest.mark.parametrize(
    ("name", "told", "nothing"),
    [
        ("metrics.json", "metrics", {}),
        ("metrics.jsonl", "history", ()),
        ("split.parquet", "split", None),
        ("README.md", "card", ""),
        ("config.json", "card", "# A model"),
    ],
)
def test_without_a_file_that_scoring_does_not_need_a_bundle_is_the_same_model(
    bundle: Bundle, saved: Path, name: str, told: str, nothing: object
):
    (saved / name).unlink()

    loaded = Bundle.load(str(saved))

    assert loaded.model_id == bundle.model_id
    assert getattr(loaded, told) == nothing


@pytest.mark.parametrize("name", ["model.json", "model.safetensors", "metrics.json", "metrics.jsonl", "split.parquet"])
def test_a_damaged_file_is_refused(saved: Path, name: str):
    (saved / name).write_bytes((saved / name).read_bytes()[:-20])

    with pytest.raises(BundleError):
        Bundle.load(str(saved))


def test_a_pickle_in_the_place_of_the_weights_is_never_run(saved: Path, tmp_path: Path):
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (tmp_path / "ran",)

    (saved / "model.safetensors").write_bytes(pickle.dumps(Bomb()))

    with pytest.raises(BundleError):
        Bundle.load(str(saved))
    assert not (tmp_path / "ran").exists()


def test_a_weight_of_another_shape_is_refused(saved: Path):
    arrays = load_file(saved / "model.safetensors")
    save_file(arrays | {"members.0.head.b_n": np.zeros(3, np.float32)}, saved / "model.safetensors")
    rehash(saved)

    with pytest.raises(BundleError, match="b_n"):
        Bundle.load(str(saved))


@pytest.mark.parametrize("change", [{"format": 99}, {"emotions": ["happy"]}, {"config": {"wings": 2}}])
def test_a_description_this_version_does_not_know_is_refused(saved: Path, change: dict[str, object]):
    about = json.loads((saved / "model.json").read_text())
    (saved / "model.json").write_text(json.dumps(about | change))

    with pytest.raises(BundleError, match="train again"):
        Bundle.load(str(saved))


def test_a_place_that_cannot_be_written_is_a_bundle_error(bundle: Bundle, tmp_path: Path):
    (tmp_path / "file").write_text("")

    with pytest.raises(BundleError, match="written"):
        bundle.save(str(tmp_path / "file" / "model"))


def rehash(saved: Path) -> None:
    about = json.loads((saved / "model.json").read_text())
    about["weights_sha256"] = hashlib.sha256((saved / "model.safetensors").read_bytes()).hexdigest()
    (saved / "model.json").write_text(json.dumps(about))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"members": 0}, "weights of every network, found 0"),
        ({"members": 10**9}, "weights of every network, found 2"),
        ({"temperature": float("nan")}, "temperature above 0, found nan"),
        ({"temperature": 0.0}, "temperature above 0"),
        ({"training": None}, "training"),
        ({"extraction": None}, "extraction"),
    ],
)
def test_a_description_that_could_score_nothing_is_refused(saved: Path, change: dict[str, object], message: str):
    described = json.loads((saved / "model.json").read_text())
    (saved / "model.json").write_text(json.dumps(described | change))

    with pytest.raises(BundleError, match=message):
        Bundle.load(str(saved))


def test_weights_that_are_no_numbers_are_refused(bundle: Bundle, tmp_path: Path):
    spoilt = {name: torch.full_like(value, float("nan")) if name == "head.b_n" else value for name, value in bundle.members[1].items()}
    replace(bundle, members=(bundle.members[0], spoilt)).save(str(tmp_path / "spoilt"))

    with pytest.raises(BundleError, match=r"NaN or infinity in members\.1\.head\.b_n"):
        Bundle.load(str(tmp_path / "spoilt"))


def test_a_save_that_is_cut_off_leaves_the_file_that_was_there(bundle: Bundle, saved: Path, monkeypatch: pytest.MonkeyPatch):
    before = (saved / "model.safetensors").read_bytes()

    def full_disk(_: object, path: str, value: bytes, **__: object) -> None:
        Path(path).write_bytes(value[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(LocalFileSystem, "pipe_file", full_disk)
    with pytest.raises(BundleError, match="No space left"):
        bundle.save(str(saved))

    assert (saved / "model.safetensors").read_bytes() == before
