"""Rows and parts that are damaged, and such as a store does not give."""

from dataclasses import replace
from itertools import chain
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from avemo_core.errors import StorageFailed
from avemo_core.features.preprocess.subjects import SubjectStatistics
from cluster.score.feature_rows import feature_rows
from cluster.score.job import ScoreOptions, score
from cluster.score.worker import ScoreWorker
from cluster.tables.parquet import writer as parquet_writer
from tests.cluster import generated
from tests.cluster.beside import beside


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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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
