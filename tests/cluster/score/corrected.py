"""Corrections of a features table, and predictions begun before them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa

from avemo_core.inference.predictor import Predictor
from cluster.score.corrections import correct
from cluster.tables.parquet import encode
from cluster.tables.parts import read
from cluster.tables.table import open_table
from tests.cluster import generated


def changed(table: pa.Table, changes: Mapping[int, Mapping[str, Any] | None]) -> pa.Table:
    """The rows with other values; None takes one out."""
    rows = table.to_pylist()
    rows = [row | (changes.get(index) or {}) for index, row in enumerate(rows) if changes.get(index, {}) is not None]
    return pa.Table.from_pylist(rows, schema=table.schema)


def by_clip(location: str) -> pd.DataFrame:
    frame = read(location).to_pandas().set_index("clip_id").sort_index()
    assert frame.index.is_unique
    return frame


OTHER = generated.rows(1, seed=9).to_pylist()[0]


CHANGES = {
    0: {"label": "sad", "split": "val"},
    3: {"subject": "test-0"},
    10: {name: OTHER[name] for name in ("shape", "appearance", "audio")} | {"content_sha256": "f" * 64},
    17: None,
}
"""Clip 3 was of train-1, clip 10 is of train-0 and clip 17 of val-1."""


def begun(out: str, model: str, table: pa.Table, features: str, clips: int | None = None) -> Predictor:
    """Predictions of a features table, or of its first clips, as a run leaves them, without Ray."""
    predictor = Predictor(generated.Bundle.load(model))
    with open_table(out, predictor.schema, {}) as predictions:
        correct(predictions, features, out, by_subject=True, accepted=False)
        statistics = predictor.gather(table)
        predictions.keep("subjects.parquet", encode(statistics.to_table()))
        scored = table.slice(0, clips)
        for start in range(0, len(scored), 14):
            predictions.publish(predictions.staging.write(predictor.rows(scored.slice(start, 14), statistics)))
    return predictor
