"""Table 1 on Ray: what is written, and that held-out people stay held out."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import ray

from avemo_core.errors import ConfigError
from avemo_core.evaluation.comparison import ENCODINGS
from avemo_core.evaluation.folds import Fold
from avemo_core.features.clip_features import ClipFeatures, from_table
from avemo_core.report.table1 import compared_of
from avemo_core.training import presets
from cluster.compare.job import CompareOptions, compare
from cluster.compare.results import POOLED
from cluster.compare.tasks import ForestOptions, preprocess_fold, selected_columns
from tests.cluster import generated

pytestmark = [pytest.mark.usefixtures("ray_session")]


def test_columns_are_selected_by_the_train_part_of_the_fold_alone():
    table = generated.rows(28)
    clips = from_table(table)
    telling = [_with_column(clip, 3, 5.0 * number) for number, clip in enumerate(clips[:14])]
    misleading = [_with_column(clip, 7, 5.0 * number) for number, clip in enumerate(clips[14:])]
    fold = Fold("one", {"train": np.arange(14), "test": np.arange(14, 28)})
    recipe = presets.paper("average")

    whole, alone = (
        ray.get(preprocess_fold.remote([*telling, *rest], fold, recipe, ForestOptions(keep=1, trees=10)))
        for rest in (misleading, clips[14:])
    )

    np.testing.assert_array_equal(whole.inputs["train"][0].appearance, alone.inputs["train"][0].appearance)
    assert whole.widths.appearance == 1


@pytest.mark.slow
@pytest.mark.parametrize("folds", ["split", "subject", "3"])
@pytest.mark.parametrize("preset", ["best", "paper"])
def test_a_comparison_writes_a_table_that_the_report_reads_and_the_probabilities_behind_it(tmp_path: Path, folds: str, preset: str):
    features = generated.write_features(generated.rows(28), tmp_path / "features")

    table = compare(CompareOptions(features=features, out=str(tmp_path / "out"), folds=folds, preset=preset, repeats=2)).table

    stored = json.loads((tmp_path / "out" / "table.json").read_text())
    predictions = pd.read_parquet(tmp_path / "out" / "predictions.parquet")
    first = predictions[(predictions.model == ENCODINGS["perception"]) & (predictions.run == 0)]
    measured = (predictions.predicted == predictions.label).groupby([predictions.model, predictions.run]).mean().groupby("model").mean()
    rows = {row["model"]: row["test"]["mean"] for row in table["rows"]}
    assert stored == json.loads(json.dumps(table))
    assert [row.model for row in compared_of(stored)] == list(rows)
    assert list(rows)[:4] == list(ENCODINGS.values())
    assert first.clip_id.is_unique
    assert rows == pytest.approx(measured.to_dict())
    assert stored["interval_over"]["test"] == {"unit": "people", "count": 2 if folds == "split" else 6}
    assert all(row["uar"]["test"]["low"] <= row["uar"]["test"]["mean"] <= row["uar"]["test"]["high"] for row in stored["rows"])
    assert [row["difference"] and set(row["difference"]) for row in stored["rows"][:2]] == [None, {"to", "mean", "low", "high", "uar"}]


@pytest.mark.slow
def test_clips_with_a_val_split_alone_are_compared_on_it(tmp_path: Path):
    table = generated.rows(28)
    column = table.column_names.index("split")
    splits = pa.array(["val" if subject == table["subject"][0].as_py() else "train" for subject in table["subject"].to_pylist()])
    features = generated.write_features(table.set_column(column, table.schema.field("split"), splits), tmp_path / "features")

    rows = compare(CompareOptions(features=features, out=str(tmp_path / "out"), preset="paper", repeats=1)).table["rows"]

    predictions = pd.read_parquet(tmp_path / "out" / "predictions.parquet")
    assert set(predictions.clip_id) == set(table.filter(pa.compute.equal(splits, "val"))["clip_id"].to_pylist())
    assert [row["difference"] is None for row in rows] == [True] + [False] * (len(rows) - 1)


def test_features_that_are_not_there_are_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match="no such file"):
        compare(CompareOptions(features=str(tmp_path / "none"), out=str(tmp_path / "out")))


def test_one_subject_alone_cannot_be_left_out(tmp_path: Path):
    table = generated.rows(14)
    column = table.column_names.index("subject")
    table = table.set_column(column, table.schema.field("subject"), pa.array(["one"] * 14))
    (tmp_path / "features").mkdir()
    pq.write_table(table, tmp_path / "features" / "part-0.parquet")

    with pytest.raises(ConfigError, match="at least two subjects"):
        compare(CompareOptions(features=str(tmp_path / "features"), out=str(tmp_path / "out"), folds="subject"))


def _with_column(clip: ClipFeatures, column: int, value: float) -> ClipFeatures:
    appearance = clip.appearance.copy()
    appearance[:, column] = value
    return replace(clip, appearance=appearance)


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["best", "paper"])
def test_on_sound_alone_the_models_that_read_it_are_compared_and_the_other_is_left_out_by_name(
    tmp_path: Path, preset: str, capfd: pytest.CaptureFixture[str]
):
    features = generated.write_features(generated.without_faces(generated.rows(28)), tmp_path / "features")

    table = compare(CompareOptions(features=features, out=str(tmp_path / "out"), preset=preset, repeats=1)).table

    models = [row["model"] for row in table["rows"]]
    assert models[:4] == [*(name for encoding, name in ENCODINGS.items() if encoding != "appearance"), POOLED]
    assert table["modalities"] == "sound"
    said = capfd.readouterr().err
    assert "compare: no faces: models of sound alone" in said
    assert "compare: left out: average encoding (appearance only), as no clip has a face" in said


@pytest.mark.slow
def test_on_faces_alone_all_models_are_compared_and_an_emotion_without_clips_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    silent = generated.without_sound(generated.rows(28))
    features = generated.write_features(silent.filter(pc.not_equal(silent.column("label"), "fear")), tmp_path / "features")

    table = compare(CompareOptions(features=features, out=str(tmp_path / "out"), repeats=1)).table

    assert [row["encoding"] for row in table["rows"]][:4] == list(ENCODINGS)
    assert table["modalities"] == "face"
    assert "compare: no clip of fear to learn from" in capfd.readouterr().err


def test_a_fold_whose_train_part_shows_no_face_keeps_the_first_columns():
    clips = from_table(generated.without_faces(generated.rows(7)))

    assert selected_columns(clips, ForestOptions(keep=3, trees=10)).tolist() == [0, 1, 2]
