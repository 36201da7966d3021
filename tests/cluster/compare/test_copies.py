"""Which clips a comparison is made on where some are copies."""

import pyarrow as pa
import pytest

from avemo_core.errors import ConfigError
from avemo_core.features.clip_features import from_table
from cluster.compare.job import CompareOptions, _clips_and_folds
from tests.cluster import generated

ROWS = generated.rows(28)


def with_a_twin(table: pa.Table) -> pa.Table:
    """The last clip, of test-1, has the bytes of the first one, of train-0."""
    contents = table.column("content_sha256").to_pylist()
    return table.set_column(table.column_names.index("content_sha256"), "content_sha256", [[*contents[:-1], contents[0]]])


def compared(table: pa.Table, **options: object) -> tuple[list[str], dict[str, object]]:
    """Ids of the clips, and what is said."""
    clips, _, said = _clips_and_folds(table, from_table(table), CompareOptions(features="f", out="o", **options))
    return [clip.clip_id for clip in clips], said


@pytest.mark.parametrize("folds", ["split", "subject"])
def test_copies_in_two_parts_are_refused_or_dropped_and_said(folds: str):
    table = with_a_twin(ROWS)

    with pytest.raises(ConfigError, match=r"clip-000 \(train.*clip-027 \(test|clip-027 \(test.*clip-000 \(train"):
        compared(table, folds=folds)
    kept, said = compared(table, folds=folds, drop_copies=True)

    assert kept == [f"clip-{number:03}" for number in range(27)]
    assert said == {"copies_left_out": ["clip-027"]}


@pytest.mark.parametrize("folds", ["split", "subject"])
def test_without_copies_every_clip_is_compared(folds: str):
    assert compared(ROWS, folds=folds) == ([f"clip-{number:03}" for number in range(28)], {})
