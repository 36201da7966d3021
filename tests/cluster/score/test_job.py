import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from avemo_core.errors import ConfigError
from avemo_core.inference.predictor import Predictor
from cluster.pool.run import RunSummary
from cluster.score import job
from cluster.score.feature_rows import feature_rows
from cluster.score.job import ScoreOptions, score
from cluster.tables.existing import recorded
from cluster.tables.parts import read
from schemas.columns import differences
from schemas.predictions import PREDICTIONS, PROBABILITIES
from tests.cluster import generated
from tests.cluster.beside import beside

VERSION1 = Path(__file__).parents[2] / "version1"


@pytest.fixture(scope="module")
def features(table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> str:
    return generated.write_features(table, tmp_path_factory.mktemp("scored") / "features")


@pytest.fixture(scope="module")
def scored(features: str, model: str, ray_session: None, tmp_path_factory: pytest.TempPathFactory) -> RunSummary:  # noqa: ARG001 - Ray must run
    return score(ScoreOptions(features=features, model=model, out=str(tmp_path_factory.mktemp("predictions")), workers=1))


@pytest.fixture(scope="module")
def predictions(scored: RunSummary) -> str:
    return scored.uri


def test_every_row_of_the_features_gets_one_prediction(predictions: str, table: pa.Table):
    frame = pd.read_parquet(predictions)

    assert sorted(frame["clip_id"]) == sorted(table.column("clip_id").to_pylist())
    assert differences(PREDICTIONS, read(predictions).schema) == []


def test_what_was_not_right_with_a_clip_stands_beside_its_prediction(predictions: str, table: pa.Table):
    frame, features = (rows.to_pandas().set_index("clip_id").sort_index() for rows in (read(predictions), table))

    pd.testing.assert_frame_equal(frame[["fault", "decoded_share"]], features[["fault", "decoded_share"]])


def test_faults_are_counted_for_the_user_and_in_the_record(scored: RunSummary, predictions: str):
    assert scored.faults == recorded(predictions).runs[-1]["faults"] == {"breaks_off": 12, "damaged": 11}
    _, count, query = scored.line().split("\n")
    assert count == "23 of 56 rows with a fault (12 breaks_off, 11 damaged); in DuckDB:"
    assert len(duckdb.sql(query).fetchall()) == 23


def test_features_of_before_have_predictions_that_say_nothing_of_faults(table: pa.Table, model: str):
    rows = Predictor(generated.Bundle.load(model)).rows(table.drop_columns(["decoded_share", "fault", "sound_track"]))

    assert (rows.column("fault").null_count, rows.column("decoded_share").null_count) == (56, 56)


def test_attention_and_probabilities_are_shares(predictions: str):
    frame = pd.read_parquet(predictions)

    perception = np.stack([np.stack(steps) for steps in frame["perception"]])
    alignment = np.stack([np.stack(steps) for steps in frame["alignment"]])
    assert frame[list(PROBABILITIES)].sum(axis=1).to_numpy() == pytest.approx(np.ones(56), abs=1e-5)
    assert perception.sum(axis=1) == pytest.approx(np.ones((56, 7)), abs=1e-5)
    assert alignment.sum(axis=2) == pytest.approx(np.ones((56, 6)), abs=1e-5)


def test_the_driver_scores_as_one_process_does(predictions: str, table: pa.Table, model: str):
    predictor = Predictor(generated.Bundle.load(model))
    alone = predictor.rows(table, predictor.gather(table)).to_pandas().set_index("clip_id").sort_index()

    spread = pd.read_parquet(predictions).set_index("clip_id").sort_index()

    np.testing.assert_allclose(spread[list(PROBABILITIES)], alone[list(PROBABILITIES)], atol=1e-5)


def test_scoring_again_leaves_everything_as_it_is(predictions: str, features: str, model: str):
    before = pd.read_parquet(predictions)

    summary = score(ScoreOptions(features=features, model=model, out=predictions, workers=1))

    assert (summary.done, summary.skipped) == (0, 56)
    pd.testing.assert_frame_equal(pd.read_parquet(predictions), before)


def test_a_subject_once_written_never_changes_and_new_ones_are_added(scored: RunSummary, table: pa.Table, model: str, tmp_path: Path):
    predictions = str(tmp_path / "predictions")
    shutil.copytree(scored.uri, predictions)
    shutil.copytree(beside(scored.uri), beside(predictions))
    before = pd.read_parquet(beside(predictions) / "subjects.parquet").set_index("subject")
    more = pa.Table.from_pylist(
        [
            row | {"clip_id": f"more-{i}", "source_id": f"more-{i}", "subject": ("train-0", "newcomer")[i]}
            for i, row in enumerate(table.slice(0, 2).to_pylist())
        ],
        schema=table.schema,
    )
    grown = generated.write_features(pa.concat_tables([table, more]), tmp_path / "grown")

    score(ScoreOptions(features=grown, model=model, out=predictions, workers=1))

    after = pd.read_parquet(beside(predictions) / "subjects.parquet").set_index("subject")
    assert set(after.index) - set(before.index) == {"newcomer"}
    pd.testing.assert_frame_equal(after.loc[before.index], before)
    assert len(pd.read_parquet(predictions)) == 58


def test_features_of_another_feature_set_are_refused_with_both_shown(model: str, tmp_path: Path):
    features = generated.write_features(generated.rows(3, feature_set="other features"), tmp_path / "features", sizes=())

    with pytest.raises(ConfigError, match=r"(?s)expected: generated features.*found:    other features.*`score --clips` does"):
        score(ScoreOptions(features=features, model=model, out=str(tmp_path / "out")))


def test_a_model_and_features_of_two_media_versions_are_refused_and_the_older_one_is_named(features: str, model: str, tmp_path: Path):
    with pytest.raises(ConfigError, match=r"The model was trained on features of media version 1, .* train again"):
        score(ScoreOptions(features=features, model=str(VERSION1 / "model-paper"), out=str(tmp_path / "out")))
    with pytest.raises(ConfigError, match=r"The features are of media version 1, .* extract the clips again"):
        score(ScoreOptions(features=str(VERSION1 / "features"), model=model, out=str(tmp_path / "out")))


def test_predictions_of_another_model_are_refused(predictions: str, features: str, bundle: generated.Bundle, tmp_path: Path):
    other = str(tmp_path / "model")
    replace(bundle, temperature=2 * bundle.temperature).save(other)

    with pytest.raises(ConfigError, match="made with other settings"):
        score(ScoreOptions(features=features, model=other, out=predictions))


@pytest.mark.parametrize(("features", "clips"), [(None, None), ("features", "clips.csv")])
def test_score_takes_features_or_clips_and_not_both(features: str | None, clips: str | None):
    with pytest.raises(ConfigError, match="one of them"):
        ScoreOptions(model="model", out="out", features=features, clips=clips)


def test_a_missing_model_or_table_is_refused(model: str, tmp_path: Path):
    with pytest.raises(ConfigError, match="nowhere"):
        score(ScoreOptions(features="features", model="nowhere", out=str(tmp_path / "out")))
    with pytest.raises(ConfigError, match="nowhere"):
        score(ScoreOptions(features="nowhere", model=model, out=str(tmp_path / "out")))


def test_a_source_in_several_row_groups_is_one_item(tmp_path: Path):
    rows = generated.rows(20).to_pylist()
    long = pa.Table.from_pylist(
        [row | {"source_id": "long" if 3 <= i < 17 else row["source_id"]} for i, row in enumerate(rows)], schema=generated.SCHEMA
    )
    features = generated.write_features(long, tmp_path / "features", sizes=())

    items = {item.source_id: (item.first_group, item.last_group) for item in feature_rows(features)}

    assert items["long"] == (0, 2)
    assert len(items) == 7


def test_a_dry_run_counts_rows_without_a_prediction_and_writes_nothing(features: str, predictions: str, model: str, tmp_path: Path):
    begun = job.dry_run(ScoreOptions(features=features, model=model, out=predictions))
    fresh = job.dry_run(ScoreOptions(features=features, model=model, out=str(tmp_path / "out")))

    assert (begun.clips, begun.done, begun.to_do) == (56, 56, 0)
    assert (fresh.done, fresh.to_do) == (0, 56)
    assert fresh.to_do_bytes > 0
    assert not (tmp_path / "out").exists()


def test_how_people_were_normalised_stands_in_the_record_and_another_way_is_another_table(predictions: str, features: str, model: str):
    found = recorded(predictions).about["subject_normalisation"]

    assert found["how"] == "on"
    assert "train again for a model that reads what they show" in found["in_words"][0]
    with pytest.raises(ConfigError, match="subject_normalisation"):
        score(ScoreOptions(features=features, model=model, out=predictions, subject_normalisation="off"))
    with pytest.raises(ConfigError, match="trained without it"):
        score(ScoreOptions(features=features, model=model, out=predictions, subject_normalisation="auto"))
