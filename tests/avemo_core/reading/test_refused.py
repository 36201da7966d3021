"""What is refused, and what is said then."""

from pathlib import Path

import numpy as np
import pytest

from avemo_core.errors import ConfigError, TableError
from avemo_core.reading import read_predictions, read_rejects
from cluster.tables.parquet import encode
from tests.avemo_core.reading.written import PREDICTIONS, unequal
from tests.avemo_core.report import made
from tests.cluster import generated


def outcome(part: Path, content: bytes, place: int, expected: list[dict[str, object]]) -> str:
    """What reading comes to after one bit was flipped."""
    flipped = bytearray(content)
    flipped[place // 8] ^= 1 << place % 8
    part.write_bytes(flipped)
    try:
        found = read_predictions(part.parent)
    except TableError:
        return "refused"
    return "same" if len(found) == len(expected) and not unequal(found, expected) and list(found) == PREDICTIONS.column_names else "other"


def test_no_flipped_bit_is_read_as_another_value(tmp_path: Path):
    table = made.predictions(4, (5, 9))
    content = encode(table)
    places = np.random.default_rng(0).integers(8 * len(content), size=200)

    found = [outcome(tmp_path / "part-0.parquet", content, int(place), table.to_pylist()) for place in places]

    assert set(found) == {"refused", "same"}
    assert found.count("refused") > 50


def test_damage_is_said_with_the_part_and_what_to_do(folder: Path):
    part = folder / "part-1.parquet"
    part.write_bytes(part.read_bytes()[:-100])

    with pytest.raises(TableError, match=r"part-1\.parquet: damaged.*\n  Delete it, and the next run"):
        read_predictions(folder)


def test_where_no_table_is_the_message_says_so(tmp_path: Path):
    with pytest.raises(TableError, match=r"expected: a folder with part-\*\.parquet"):
        read_predictions(tmp_path / "nowhere")
    with pytest.raises(TableError, match=r"expected: a folder with part-\*\.parquet"):
        read_rejects(tmp_path / "nowhere")


def test_features_are_no_predictions(tmp_path: Path):
    generated.write_features(generated.rows(28), tmp_path / "features")

    with pytest.raises(TableError, match="perception: expected list"):
        read_predictions(tmp_path / "features")


def test_a_column_that_is_not_there_is_named(folder: Path):
    with pytest.raises(TableError, match="none named emotion"):
        read_predictions(folder, ["clip_id", "emotion"])


def test_a_location_that_fsspec_does_not_know_is_refused():
    with pytest.raises(ConfigError, match="expected a local path"):
        read_predictions("nowhere://predictions")
