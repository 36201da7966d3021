"""A table of predictions."""

from pathlib import Path

import pytest

from tests.avemo_core.reading.written import PREDICTIONS, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Predictions in two parts."""
    write(tmp_path / "predictions", PREDICTIONS.slice(0, 7), "part-0.parquet")
    return write(tmp_path / "predictions", PREDICTIONS.slice(7), "part-1.parquet")
