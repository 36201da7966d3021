"""A correction of predictions that is killed at any change."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from avemo_core.inference.predictor import Predictor
from cluster.score.corrections import correct
from cluster.tables.table import open_table
from tests.cluster import generated
from tests.cluster.killing_store import Killed, KillingStore
from tests.cluster.score.corrected import CHANGES, begun, by_clip, changed


@pytest.mark.slow
def test_a_correction_killed_at_any_change_ends_as_one_that_was_not(table: pa.Table, model: str, tmp_path: Path):
    """Above all: persons whose statistics are gone are not forgotten with the row that showed the change."""
    features = generated.write_features(table, tmp_path / "features")
    corrected = generated.write_features(changed(table, CHANGES), tmp_path / "corrected")
    KillingStore.store.clear()
    predictor = begun("killing://bucket/out", model, table, features)
    start = {name: file.getvalue() for name, file in KillingStore.store.items()}

    expected, changes = _killed_at(None, start, corrected, predictor)

    assert changes >= 8
    assert [_killed_at(change, start, corrected, predictor)[0] for change in range(changes)] == [expected] * changes


def _killed_at(change: int | None, start: Mapping[str, bytes], features: str, predictor: Predictor) -> tuple[list[object], int]:
    out = "killing://bucket/out"
    KillingStore.store.clear()
    KillingStore.reset()
    store = KillingStore()
    for name, content in start.items():
        store.pipe_file(name, content)
    KillingStore.reset(change)
    try:
        _correct(out, features, predictor)
    except Killed:
        _correct(out, features, predictor)
    changes = KillingStore.changes
    KillingStore.reset()
    subjects = pd.read_parquet(f"{out}.avemo/subjects.parquet", filesystem=store)["subject"].tolist()
    assert not store.exists(f"{out}.avemo/remeasured.json")
    return [by_clip(out).index.tolist(), by_clip(out)["label"].tolist(), subjects], changes


def _correct(out: str, features: str, predictor: Predictor) -> None:
    with open_table(out, predictor.schema, {}) as predictions:
        correct(predictions, features, out, by_subject=True, accepted=False)
