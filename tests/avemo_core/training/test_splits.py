"""Which clips train, which validate, which test."""

import pyarrow as pa
import pytest

from avemo_core.errors import ConfigError
from avemo_core.training.splits import SPLIT_COLUMNS, split_of


def identity(*rows: tuple[str | None, str | None, str | None]) -> pa.Table:
    """Clips of (subject, label, split)."""
    records = [dict(zip(SPLIT_COLUMNS, (f"clip-{i}", f"clip-{i}", *row), strict=True)) for i, row in enumerate(rows)]
    return pa.Table.from_pylist(records, pa.schema([(name, pa.string()) for name in SPLIT_COLUMNS]))


def test_a_subject_in_two_splits_is_refused_with_the_names():
    rows = identity(
        ("ann", "happy", "train"), ("ann", "sad", "test"), ("bob", "sad", "val"), ("bob", "sad", "train"), ("cy", "sad", "test")
    )

    with pytest.raises(ConfigError, match=r"ann: test, train\n\s+bob: train, val") as error:
        split_of(rows)

    assert "cy" not in str(error.value)


def test_a_null_subject_is_nobody_and_may_be_everywhere():
    split = split_of(identity((None, "happy", "train"), (None, "sad", "test")))

    assert split.counts() == {"train": 1, "test": 1}


def test_a_split_made_here_keeps_every_subject_in_one_part():
    split = split_of(identity(*((f"subject-{i % 10}", "happy", None) for i in range(60))))

    assigned = {(row["subject"], row["split"]) for row in split.rows.to_pylist()}
    assert split.made
    assert len(assigned) == 10
    assert set(split.counts()) == {"train", "val", "test"}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("a", None, "train")], "labelled"),
        ([("a", "bored", "train")], "bored"),
        ([("a", "happy", "train"), ("b", "happy", None)], "1 of 2"),
        ([("a", "happy", "test")], "split train"),
    ],
)
def test_a_table_that_cannot_be_trained_on_is_refused(rows: list[tuple[str, str, str]], message: str):
    with pytest.raises(ConfigError, match=message):
        split_of(identity(*rows))
