"""Bundles that version 1 wrote (tests/version1, format 2) are read as the same models, and written again in today's format."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from avemo_core.bundle.bundle import Bundle

MADE = Path(__file__).parents[2] / "version1"
MODELS = [MADE / "model-best", MADE / "model-paper"]


def described(folder: Path) -> dict[str, object]:
    return json.loads((folder / "model.json").read_text())


@pytest.mark.parametrize("folder", MODELS, ids=lambda folder: folder.name)
def test_a_model_of_version_1_has_the_id_the_card_and_the_history_that_it_was_saved_with(folder: Path):
    bundle = Bundle.load(str(folder))

    assert described(folder)["format"] == 2
    assert bundle.model_id == described(folder)["model_id"]
    assert bundle.card == (folder / "README.md").read_text()
    np.testing.assert_equal(bundle.history, pq.read_table(folder / "history.parquet").to_pylist())


@pytest.mark.parametrize("folder", MODELS, ids=lambda folder: folder.name)
def test_a_model_of_version_1_saved_again_is_the_same_in_the_format_of_today(folder: Path, tmp_path: Path):
    before = Bundle.load(str(folder))

    before.save(str(tmp_path))
    after = Bundle.load(str(tmp_path))

    assert described(tmp_path) == described(folder) | {"format": 3}
    assert hashlib.sha256((tmp_path / "model.safetensors").read_bytes()).hexdigest() == described(folder)["weights_sha256"]
    assert (after.model_id, after.metrics, after.card) == (before.model_id, before.metrics, before.card)
    assert after.split.equals(before.split)
    np.testing.assert_equal(after.history, before.history)
