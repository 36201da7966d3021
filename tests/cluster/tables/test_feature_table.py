"""What a features table says of itself, and what training and comparing refuse because of it."""

import json
from pathlib import Path

import numpy as np
import pytest

from avemo_core.appearance.seen import NOTHING_SEEN, SeenClips
from avemo_core.appearance.selection import Selection
from avemo_core.errors import ConfigError, TableLocked
from avemo_core.extraction.config import ExtractionConfig
from cluster.compare.job import CompareOptions, compare
from cluster.pretrain.job import PretrainOptions, pretrain
from cluster.storage.lock import locked
from cluster.tables import provenance
from cluster.tables.feature_table import holds_whole_map, provenance_of, seen_by_selection
from cluster.tables.paths import sibling
from cluster.train.job import TrainOptions, train_model
from tests.cluster import generated

WHOLE = {"selection": {"indices": [0, 1, 2, 3], "map_shape": [1, 2, 2]}}
SOME = {"selection": {"indices": [2, 0], "map_shape": [1, 2, 2]}}


def record(folder: Path, extraction: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    record = Path(sibling(str(folder))) / "run.json"
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps({"fingerprint": {"feature_set": "made"}, "about": {"extraction": extraction}}))


def test_a_table_that_several_drivers_wrote_is_known_by_its_shards(tmp_path: Path):
    record(tmp_path / "share-00001-of-00002", SOME)
    record(tmp_path / "share-00002-of-00002", SOME)

    assert provenance_of(str(tmp_path)) == {"fingerprint": {"feature_set": "made"}, "about": {"extraction": SOME}}


def test_a_table_without_a_record_says_nothing(tmp_path: Path):
    assert provenance_of(str(tmp_path)) == {}
    assert not holds_whole_map({})


@pytest.mark.parametrize("seen", [SeenClips.of(["ann"], ["ab" * 32]), NOTHING_SEEN, None])
def test_what_a_selection_has_seen_goes_with_the_features_made_by_it(tmp_path: Path, seen: SeenClips | None):
    selection = Selection(
        indices=np.array([2, 0], np.int64),
        importances=np.array([1, 0], np.float32),
        network="resnet29",
        network_sha256="ab" * 32,
        feature_map_shape=(1, 2, 2),
        seen=seen,
    )
    record(tmp_path, provenance.to_json(ExtractionConfig(), selection))

    found = provenance_of(str(tmp_path))

    assert seen_by_selection(found) == seen
    assert provenance.from_json(found["about"]["extraction"])[1].seen == seen


@pytest.mark.parametrize("shard", ["", "share-00001-of-00001"])
def test_the_first_values_of_an_unranked_feature_map_are_not_taken_for_the_best(tmp_path: Path, shard: str):
    features = generated.write_features(generated.rows(14), tmp_path / "features" / shard)
    record(Path(features), WHOLE)

    with pytest.raises(ConfigError, match="unranked"):
        train_model(TrainOptions(features=str(tmp_path / "features"), out=str(tmp_path / "model")))


@pytest.mark.usefixtures("ray_session")
def test_more_workers_than_this_machine_has_cores_are_refused_and_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    features = generated.write_features(generated.rows(14), tmp_path / "features")

    with pytest.raises(ConfigError, match="3 workers need 1 CPU each"):
        train_model(TrainOptions(features=features, out=str(tmp_path / "model"), workers=3))


@pytest.mark.usefixtures("ray_session")
def test_pretraining_says_so_before_it_looks_for_faces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    for person in ("ann", "bob", "cy"):
        (tmp_path / "people" / person).mkdir(parents=True)
        for name in ("1.png", "2.png", "3.png"):
            (tmp_path / "people" / person / name).touch()

    with pytest.raises(ConfigError, match="3 workers need 1 CPU each"):
        pretrain(PretrainOptions(identities=str(tmp_path / "people"), out=str(tmp_path / "weights"), workers=3, held_out=0.0))

    assert not (tmp_path / "weights.pretraining").exists()


def test_a_selection_is_ranked():
    assert not holds_whole_map({"about": {"extraction": SOME}})
    assert holds_whole_map({"about": {"extraction": WHOLE}})


def test_what_is_no_table_is_not_written_over_one(tmp_path: Path):
    features = generated.write_features(generated.rows(14), tmp_path / "features")
    other = generated.write_features(generated.rows(7), tmp_path / "other")
    record(Path(other), SOME)
    shared = tmp_path / "shared"
    record(shared / "share-00001-of-00002", SOME)

    for out in (features, other, str(shared)):
        with pytest.raises(ConfigError, match="a table lies there"):
            train_model(TrainOptions(features=features, out=out, preset="paper"))
        with pytest.raises(ConfigError, match="a table lies there"):
            compare(CompareOptions(features=features, out=out))


@pytest.mark.usefixtures("ray_session")
def test_two_trainings_cannot_write_one_model(tmp_path: Path):
    features = generated.write_features(generated.rows(14), tmp_path / "features")

    with locked(str(tmp_path / "model")), pytest.raises(TableLocked, match="another run holds this output"):
        train_model(TrainOptions(features=features, out=str(tmp_path / "model"), preset="paper"))
