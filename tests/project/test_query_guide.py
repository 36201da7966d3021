import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.rejects import REJECTS
from tests.avemo_core.report import made

GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "query.md").read_text()
QUERIES = {
    section.partition("\n")[0]: dict(re.findall(r"```python (\w+)\n(.*?)```", section, re.DOTALL)) for section in GUIDE.split("\n## ")[1:]
}
PREDICTIONS = made.replaced(made.predictions(40), label=[None, *made.predictions(40).column("label").to_pylist()[1:]])
REJECT = {"clip_id": "x", "source_id": "x", "uri": "u", "stage": "read", "detail": "", "attempts": 1, "worker": "w", "time": 0}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with two predictions tables of the same clips, in parts, and what is known of the clips."""
    _write(tmp_path / "predictions", PREDICTIONS)
    _write(tmp_path / "other", made.replaced(made.predictions(40, seed=1), clip_id=made.predictions(40).column("clip_id").to_pylist()))
    rows = [{**REJECT, "reason": reason} for reason in ("missing", "decode_failed", "missing")]
    (tmp_path / "predictions" / "_rejects").mkdir()
    pq.write_table(pa.Table.from_pylist(rows, REJECTS), tmp_path / "predictions" / "_rejects" / "part-0.parquet")
    (tmp_path / "predictions" / "_run.json").write_text(json.dumps({}))
    places = pd.DataFrame({"clip_id": [f"clip-{clip:05d}" for clip in range(40)], "place": ["studio", "street"] * 20})
    places.to_csv(tmp_path / "metadata.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _write(folder: Path, table: pa.Table) -> None:
    folder.mkdir()
    pq.write_table(table.slice(0, 25), folder / "part-0.parquet")
    pq.write_table(table.slice(25), folder / "part-1.parquet")


def answer(query: str, tool: str) -> pd.DataFrame:
    names: dict[str, pd.DataFrame] = {"__name__": "query"}
    exec(compile(QUERIES[query][tool], f"{query} ({tool})", "exec"), names)  # noqa: S102 - the guide's own queries
    return names["answer"].reset_index(drop=True)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("tool", ["duckdb", "polars"])
def test_every_tool_gives_the_same_answer(folder: Path, query: str, tool: str):  # noqa: ARG001 - the queries read the folder
    expected = answer(query, "pandas")

    found = answer(query, tool)

    assert len(expected) > 1
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=1e-6)


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
