"""Every reader opens our tables and finds the values that were written; `make test-readers` runs this, the everyday tests do not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.cluster.beside import beside
from tests.readers import limits, tables
from tests.readers.opening import facts
from tests.readers.reader import READERS

Answers = Callable[[str, str], dict[str, Any]]

READ = [(reader, table) for reader in READERS for table in tables.NAMES if (reader, table) not in limits.REFUSED]
OF_PREDICTIONS = [(reader, table) for reader, table in READ if table in {"predictions", "sharded_predictions"} and "," not in reader]


def _facts(reader: str, table: str) -> dict[str, Any]:
    """What the reader must find in a table: what was written, less what it cannot hold."""
    columns: dict[str, Any] = tables.of(table).to_pydict()
    for limit in limits.LIMITS:
        for name in limit.columns(table) if (limit.reader, table in limit.tables) == (reader, True) else ():
            columns[name] = limit.becomes and limit.becomes(columns[name])
    return facts.of_table({name: values for name, values in columns.items() if values is not None})


@pytest.mark.parametrize(("reader", "table"), READ)
def test_every_row_is_read_once_and_no_reject_among_them(found: Answers, reader: str, table: str):
    assert found(reader, table).get("rows") == tables.of(table).num_rows, found(reader, table)


@pytest.mark.parametrize(("reader", "table"), READ)
def test_every_value_is_the_one_that_was_written(found: Answers, reader: str, table: str):
    assert found(reader, table)["columns"] == _facts(reader, table)["columns"]


@pytest.mark.parametrize(("reader", "table"), OF_PREDICTIONS)
def test_has_sound_tells_a_row_without_sound_from_one_without_steps(found: Answers, reader: str, table: str):
    rows = tables.of(table)

    assert {row["alignment"] is None for row in rows.to_pylist() if not row["alignment"]} == {True, False}
    assert found(reader, table)["columns"]["has_sound"] == facts.of_table(rows.to_pydict())["columns"]["has_sound"]


@pytest.mark.parametrize(("reader", "table"), limits.REFUSED)
def test_what_a_reader_cannot_read_it_refuses_and_does_not_misread(found: Answers, reader: str, table: str):
    assert limits.REFUSED[reader, table] in found(reader, table)["error"]


@pytest.mark.parametrize("table", tables.NAMES)
def test_a_table_has_rejects_beside_its_parts_and_not_among_them(folders: dict[str, Path], table: str):
    parts = list(folders[table].rglob("*.*"))
    rejects = list(beside(folders[table]).rglob("reject-*.parquet"))

    assert {path.name[:5] for path in parts} == {"part-"}
    assert sum(pq.read_metadata(path).num_rows for path in parts) == tables.of(table).num_rows
    assert sum(pq.read_metadata(path).num_rows for path in rejects) >= 1


def test_a_missing_java_is_said_in_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(RuntimeError, match=r"^Spark 4 needs Java 17 or newer, and no `java` is on the PATH"):
        READERS["Spark 4"].run([tmp_path])
