from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from avemo_core.errors import ConfigError, StorageFailed
from avemo_core.extraction.config import ExtractionConfig
from avemo_core.features.preprocess.subjects import SubjectStatistics
from avemo_core.inference.predictor import Predictor
from cluster.pool.run import RunSummary
from cluster.score import job
from cluster.score.feature_rows import feature_rows
from cluster.score.job import ScoreOptions, score
from cluster.score.worker import ScoreWorker
from cluster.tables.parquet import writer as parquet_writer
from cluster.tables.parts import read
from schemas.columns import differences
from schemas.predictions import PREDICTIONS, PROBABILITIES
from tests.cluster import generated
from tests.cluster.beside import beside


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return generated.rows(56)


@pytest.fixture(scope="module")
def model(table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> str:
    location = str(tmp_path_factory.mktemp("model"))
    generated.bundle(table).save(location)
    return location


@pytest.fixture(scope="module")
def features(table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> str:
    return generated.write_features(table, tmp_path_factory.mktemp("scored") / "features")


@pytest.fixture(scope="module")
def predictions(features: str, model: str, ray_session: None, tmp_path_factory: pytest.TempPathFactory) -> str:  # noqa: ARG001 - Ray must run
    out = str(tmp_path_factory.mktemp("predictions"))
    score(ScoreOptions(features=features, model=model, out=out, workers=1))
    return out


def test_every_row_of_the_features_gets_one_prediction(predictions: str, table: pa.Table):
    frame = pd.read_parquet(predictions)

    assert sorted(frame["clip_id"]) == sorted(table.column("clip_id").to_pylist())
    assert differences(PREDICTIONS, read(predictions).schema) == []


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


def test_a_subject_once_written_never_changes_and_new_ones_are_added(predictions: str, table: pa.Table, model: str, tmp_path: Path):
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


def test_a_row_that_is_no_number_is_one_reject_and_the_others_are_scored(table: pa.Table, model: str, ray_session: None, tmp_path: Path):  # noqa: ARG001
    spoilt = table.slice(0, 9).to_pylist()
    spoilt[4]["audio"][0][0] = float("nan")
    features = generated.write_features(pa.Table.from_pylist(spoilt, schema=table.schema), tmp_path / "features", sizes=())

    summary = score(ScoreOptions(features=features, model=model, out=str(tmp_path / "out"), workers=1))

    assert summary.done == 8
    assert pd.read_parquet(beside(tmp_path / "out") / "rejects")[["source_id", "stage", "reason"]].to_numpy().tolist() == [
        ["clip-004", "score", "failed"]
    ]
    assert "NaN or infinite values in 1 clips, among them clip-004" in pd.read_parquet(beside(tmp_path / "out") / "rejects")["detail"][0]


def test_a_long_source_with_a_value_that_is_no_number_is_a_reject_too(table: pa.Table, model: str, ray_session: None, tmp_path: Path):  # noqa: ARG001
    """Of a source whose rows fill two row groups, one row is damaged."""
    column = table.column_names.index("source_id")
    one = table.slice(0, 4).set_column(column, table.schema.field("source_id"), pa.array(["long"] * 4))
    audio = one.column_names.index("audio")
    damaged = one.set_column(audio, table.schema.field("audio"), pa.array([*one["audio"].to_pylist()[:3], _nan(one, 3)], one["audio"].type))
    (tmp_path / "features").mkdir()
    with pq.ParquetWriter(tmp_path / "features" / "part-0.parquet", table.schema) as writer:
        for rows in (damaged.slice(0, 2), damaged.slice(2, 2), table.slice(8, 3)):
            writer.write_table(rows)

    summary = score(ScoreOptions(features=str(tmp_path / "features"), model=model, out=str(tmp_path / "out"), workers=1))

    assert (summary.done, dict(summary.rejected)) == (3, {"failed": 1})
    assert pd.read_parquet(beside(tmp_path / "out") / "rejects")["source_id"].tolist() == ["long"]


def test_a_damaged_row_is_one_reject_where_subjects_are_gathered_too(table: pa.Table, model: str, ray_session: None, tmp_path: Path):  # noqa: ARG001
    spoilt = table.slice(0, 9).to_pylist()
    spoilt[4]["has_face"] = spoilt[4]["has_face"][:-1]
    features = generated.write_features(pa.Table.from_pylist(spoilt, schema=table.schema), tmp_path / "features", sizes=())

    summary = score(ScoreOptions(features=features, model=model, out=str(tmp_path / "out"), workers=1))

    assert (summary.done, dict(summary.rejected)) == (8, {"failed": 1})
    assert "The row is damaged" in pd.read_parquet(beside(tmp_path / "out") / "rejects")["detail"][0]


def test_a_damaged_row_group_is_a_reject_for_each_of_its_sources_naming_part_and_rows(
    table: pa.Table,
    model: str,
    ray_session: None,  # noqa: ARG001
    tmp_path: Path,
):
    features = tmp_path / "features"
    features.mkdir()
    with parquet_writer(features / "part-0.parquet", table.schema) as writer:
        writer.write_table(table.slice(0, 9), row_group_size=3)
    _turn_a_bit(features / "part-0.parquet", row_group=1, column="audio")

    summary = score(ScoreOptions(features=str(features), model=model, out=str(tmp_path / "out"), workers=1))

    rejects = pd.read_parquet(beside(tmp_path / "out") / "rejects")
    assert (summary.done, dict(summary.rejected)) == (6, {"failed": 3})
    assert sorted(rejects["source_id"]) == ["clip-003", "clip-004", "clip-005"]
    assert rejects["detail"].str.contains("part-0.parquet, rows 3 to 5: damaged", regex=False).all()


@pytest.mark.parametrize("groups", [1, 2], ids=["short sources", "a long source"])
def test_rows_that_a_store_does_not_give_are_tried_again_and_no_rejects(
    table: pa.Table, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, groups: int
):
    features = generated.write_features(table.slice(0, 3), tmp_path / "features", sizes=())
    worker = ScoreWorker(model, features, SubjectStatistics().to_table(), on_gpu=False)
    chunk = [replace(item, last_group=item.first_group + groups - 1) for item in feature_rows(features)]

    def cut_off(_parquet: object, index: int, *_: object) -> pa.Table:
        raise StorageFailed(f"cannot read row group {index}")

    monkeypatch.setattr("cluster.score.feature_rows.read_group", cut_off)

    with pytest.raises(StorageFailed):
        list(chain.from_iterable(outcome.tables for outcome in worker.rows(chunk)))


def test_statistics_that_lack_a_damaged_row_group_are_not_kept(
    table: pa.Table,
    model: str,
    ray_session: None,  # noqa: ARG001
    tmp_path: Path,
):
    """Else they would stay so after the part is extracted again."""
    features, out = tmp_path / "features", tmp_path / "out"
    features.mkdir()
    names = pa.array([*["whole"] * 3, *["torn"] * 3, *["torn", "whole", "whole"]])
    rows = table.slice(0, 9).set_column(table.column_names.index("subject"), table.schema.field("subject"), names)
    with parquet_writer(features / "part-0.parquet", table.schema) as writer:
        writer.write_table(rows, row_group_size=3)
    whole = (features / "part-0.parquet").read_bytes()
    _turn_a_bit(features / "part-0.parquet", row_group=1, column="audio")

    score(ScoreOptions(features=str(features), model=model, out=str(out), workers=1))
    kept_while_damaged = pd.read_parquet(beside(out) / "subjects.parquet")[["subject", "clips"]].to_numpy().tolist()
    (features / "part-0.parquet").write_bytes(whole)
    score(ScoreOptions(features=str(features), model=model, out=str(out), workers=1, retry_rejects=True))

    assert kept_while_damaged == [["whole", 5]]
    assert sorted(pd.read_parquet(beside(out) / "subjects.parquet")[["subject", "clips"]].to_numpy().tolist()) == [
        ["torn", 4],
        ["whole", 5],
    ]


def _turn_a_bit(part: Path, *, row_group: int, column: str) -> None:
    """In the middle of a column's only page."""
    group = pq.ParquetFile(part).metadata.row_group(row_group)
    columns = [group.column(index) for index in range(group.num_columns)]
    (chunk,) = [one for one in columns if one.path_in_schema.startswith(f"{column}.")]
    content = bytearray(part.read_bytes())
    content[chunk.data_page_offset + chunk.total_compressed_size // 2] ^= 1
    part.write_bytes(content)


def _nan(rows: pa.Table, row: int) -> list[list[float]]:
    return [[float("nan")] * len(step) for step in rows["audio"][row].as_py()]


def test_scoring_of_clips_whose_extraction_was_stopped_stops_too(
    model: str, tiny_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Else the subjects' statistics would be fixed by the clips that happened to be done."""
    stopped = RunSummary(uri="", done=1, rows=1, rejected={}, skipped=0, seconds=1.0, interrupted=True)
    monkeypatch.setattr(job, "extract_with", lambda *_: stopped)
    monkeypatch.setattr(job.provenance, "from_json", lambda _: (ExtractionConfig(), None))

    with pytest.raises(KeyboardInterrupt):
        score(ScoreOptions(clips=str(tiny_corpus / "clips.csv"), model=model, out=str(tmp_path / "out")))

    assert not list(beside(tmp_path / "out").glob("subjects*"))


def test_features_of_another_feature_set_are_refused_with_both_shown(model: str, tmp_path: Path):
    features = generated.write_features(generated.rows(3, feature_set="other features"), tmp_path / "features", sizes=())

    with pytest.raises(ConfigError, match=r"(?s)expected: generated features.*found:    other features"):
        score(ScoreOptions(features=features, model=model, out=str(tmp_path / "out")))


def test_predictions_of_another_model_are_refused(predictions: str, features: str, tmp_path: Path):
    other = str(tmp_path / "model")
    generated.bundle(generated.rows(56, seed=1)).save(other)

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
