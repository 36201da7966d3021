import json
import re
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from avemo_core.errors import TableError
from avemo_core.reading import read_predictions
from schemas.rejects import REJECTS
from tests.avemo_core.report import made
from tests.cluster.beside import beside

GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "query.md").read_text()
QUERIES = {
    section.partition("\n")[0]: dict(re.findall(r"```python (\w+)\n(.*?)```", section, re.DOTALL)) for section in GUIDE.split("\n## ")[1:]
}
ANSWERS = {query: blocks for query, blocks in QUERIES.items() if "pandas" in blocks}
OTHERS = [(query, tool) for query, blocks in ANSWERS.items() for tool in blocks if tool != "pandas"]
PREDICTIONS = made.replaced(made.predictions(40), label=[None, *made.predictions(40).column("label").to_pylist()[1:]])
REJECT = {"clip_id": "x", "source_id": "x", "uri": "u", "stage": "read", "detail": "", "attempts": 1, "worker": "w", "time": 0}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with two predictions tables of the same clips, in parts, and what is known of the clips."""
    _write(tmp_path / "predictions", PREDICTIONS)
    _write(tmp_path / "other", made.replaced(made.predictions(40, seed=1), clip_id=made.predictions(40).column("clip_id").to_pylist()))
    rows = [{**REJECT, "reason": reason} for reason in ("missing", "decode_failed", "missing")]
    (beside(tmp_path / "predictions") / "rejects").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows, REJECTS), beside(tmp_path / "predictions") / "rejects" / "reject-0.parquet")
    # The clips were extracted first, by `score --clips`; their rejects were copied among those of the predictions.
    (beside(tmp_path / "predictions") / "features.avemo" / "rejects").mkdir(parents=True)
    of_features = beside(tmp_path / "predictions") / "features.avemo" / "rejects" / "reject-0.parquet"
    pq.write_table(pa.Table.from_pylist(rows[1:2], REJECTS), of_features)
    (beside(tmp_path / "predictions") / "run.json").write_text(json.dumps({}))
    places = pd.DataFrame({"clip_id": [f"clip-{clip:05d}" for clip in range(40)], "place": ["studio", "street"] * 20})
    places.to_csv(tmp_path / "metadata.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _write(folder: Path, table: pa.Table) -> None:
    folder.mkdir()
    pq.write_table(table.slice(0, 25), folder / "part-0.parquet")
    pq.write_table(table.slice(25), folder / "part-1.parquet")


def _into_shards(folder: Path) -> None:
    """Move each part into a subfolder, as `--shard` writes them."""
    for number, part in enumerate(sorted(folder.glob("part-*")), 1):
        shard = folder / f"share-{number:05}-of-00002"
        shard.mkdir()
        part.rename(shard / part.name)


def answer(query: str, tool: str) -> pd.DataFrame:
    return carried_out(query, tool)["answer"].reset_index(drop=True)


def carried_out(query: str, tool: str) -> dict[str, Any]:
    """The names that a query of the guide leaves."""
    names: dict[str, Any] = {"__name__": "query"}
    exec(compile(QUERIES[query][tool], f"{query} ({tool})", "exec"), names)  # noqa: S102 - the guide's own queries
    return names


@pytest.mark.parametrize(("query", "tool"), OTHERS)
def test_every_tool_gives_the_same_answer(folder: Path, query: str, tool: str):  # noqa: ARG001 - the queries read the folder
    expected = answer(query, "pandas")

    found = answer(query, tool)

    assert len(expected) > 1
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=1e-6)


def test_every_query_is_asked_in_three_tools():
    assert {query: {"pandas", "duckdb", "polars"} - set(blocks) for query, blocks in ANSWERS.items()} == {query: set() for query in ANSWERS}
    assert len(ANSWERS) > 5


@pytest.mark.parametrize("tool", ["pandas", "duckdb", "polars"])
def test_shards_are_read_as_one_table(folder: Path, tool: str):
    expected = answer("Where the model was sure and wrong", tool)
    _into_shards(folder / "predictions")

    found = answer("Where the model was sure and wrong", tool)

    pd.testing.assert_frame_equal(found, expected)


def test_sure_errors_are_the_wrong_clips_of_highest_confidence(folder: Path):  # noqa: ARG001 - as above
    found = answer("Where the model was sure and wrong", "pandas")

    rows = PREDICTIONS.to_pandas()
    wrong = rows[rows["label"].notna() & (rows["label"] != rows["predicted"])]
    assert found["confidence"].tolist() == sorted(wrong["confidence"], reverse=True)[:10]


def test_peaks_are_the_highest_weights_of_the_predicted_emotion(folder: Path):  # noqa: ARG001 - as above
    found = answer("When in each clip the predicted emotion shows most", "pandas")

    row = PREDICTIONS.to_pylist()[7]
    weights = np.array(row["perception"])[:, made.EMOTIONS.index(row["predicted"])]
    assert found["time_s"][7] == pytest.approx(row["step_time_s"][weights.argmax()])
    assert found["weight"][7] == pytest.approx(weights.max())


def test_offsets_are_the_weighted_mean_distance_from_the_step(folder: Path):  # noqa: ARG001 - as above
    found = answer("How far from the picture the model listens", "pandas").set_index("clip_id")["offset_s"]

    row = PREDICTIONS.to_pylist()[7]
    distances = np.array(row["window_time_s"]) - np.array(row["step_time_s"])[:, None]
    assert found["clip-00007"] == pytest.approx(np.nansum(np.array(row["alignment"]) * distances) / len(distances), abs=1e-6)
    assert "clip-00003" not in found  # it has no sound


def test_arrays_have_the_shapes_that_the_guide_says(folder: Path):  # noqa: ARG001 - as above
    found = carried_out("Attentions as arrays", "avemo")

    steps = len(found["clip"]["step_time_s"])
    assert [found["clip"][name].shape for name in ("perception", "alignment", "window_time_s")] == [(steps, 7), (steps, 4), (steps, 4)]
    assert found["clips"].attrs["units"]["step_time_s"] == "s"


# What to avoid


def test_np_array_of_a_cell_of_pandas_is_no_matrix(folder: Path):
    cell = pd.read_parquet(folder / "predictions")["perception"].iloc[0]

    assert np.array(cell).ndim == 1
    assert np.stack(cell).shape == (len(cell), 7)


def test_a_glob_over_a_parent_folder_takes_rejects_for_clips(folder: Path):
    def count(pattern: str) -> int:
        return int(duckdb.sql(f"SELECT count(*) FROM read_parquet('{pattern}', union_by_name = true)").fetchall()[0][0])  # noqa: S608

    assert count("predictions/**/*.parquet") == 40
    assert count(f"{folder}/predictions*/**/*.parquet") == 44


def test_pandas_reads_a_flipped_bit_unless_it_is_told_to_check(folder: Path):
    part = folder / "predictions" / "part-0.parquet"
    pq.write_table(PREDICTIONS, part, compression="none", use_dictionary=False, write_page_checksum=True)
    content = bytearray(part.read_bytes())
    content[content.index(b"clip-00007") + 9] ^= 1
    part.write_bytes(content)

    assert "clip-00006" in pd.read_parquet(part)["clip_id"].tolist()
    with pytest.raises(OSError, match="CRC"):
        pd.read_parquet(part, page_checksum_verification=True)
    with pytest.raises(TableError, match="damaged"):
        read_predictions(part)


def test_what_pandas_wrote_back_is_refused(folder: Path):
    (folder / "again").mkdir()
    pd.read_parquet(folder / "predictions").to_parquet(folder / "again" / "part-0.parquet")

    with pytest.raises(TableError, match="perception: expected list<item: fixed_size_list"):
        read_predictions(folder / "again")
