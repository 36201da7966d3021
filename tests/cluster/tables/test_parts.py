import errno
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from aiohttp import ServerDisconnectedError
from botocore.exceptions import EndpointConnectionError

from avemo_core.errors import TableError
from avemo_core.runtime.parquet_errors import damage_named
from cluster.storage.location import open_folder
from cluster.tables.parquet import encode, part_name
from cluster.tables.parts import parquet_file, published_ids, read, read_group, row_groups, stored_schema
from cluster.tables.staging import Staging
from tests.cluster.beside import beside
from tests.cluster.stub import SCHEMA, rows


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "part-a.parquet").write_bytes(encode(pa.concat_tables([rows(f"a{index}") for index in range(120)])))
    (tmp_path / "part-b.parquet").write_bytes(encode(rows("b", 3)))
    return tmp_path


def test_a_folder_of_parts_without_a_record_is_a_table(table: Path):
    assert read(str(table)).num_rows == 123


def test_hidden_files_are_not_read(table: Path):
    (table / "_half.parquet").write_bytes(b"PAR1")
    (table / ".hidden.parquet").write_bytes(b"PAR1")

    assert read(str(table), columns=["clip_id"]).column_names == ["clip_id"]


def test_rows_come_by_row_group(table: Path):
    wide = pa.concat_tables([rows(f"w{index}", values=100_000) for index in range(120)])
    (table / "part-a.parquet").write_bytes(encode(wide))

    assert [group.num_rows for group in row_groups(str(table), ["source_id"])] == [41, 41, 38, 3]


def test_ids_are_those_of_the_sources_not_of_the_rows(table: Path):
    assert published_ids(open_folder(str(table))) == {*(f"a{index}" for index in range(120)), "b"}


def test_no_part_at_all_is_said(tmp_path: Path):
    with pytest.raises(TableError, match=r"a folder with part-\*\.parquet"):
        read(str(tmp_path))


def test_a_broken_part_is_named_with_what_to_do(table: Path):
    (table / "part-c.parquet").write_bytes(b"PAR1 cut off")

    with pytest.raises(TableError, match=r"(?s)part-c\.parquet: damaged, or no Parquet file.*Delete it"):
        read(str(table))


class _Cut(BytesIO):
    """A part on a store whose connection breaks behind the footer."""

    def __init__(self, content: bytes, error: Exception) -> None:
        super().__init__(content)
        self._error, self.broken = error, False

    def read(self, size: int | None = -1, /) -> bytes:
        if self.broken:
            raise self._error
        return super().read(size)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EIO, "an unknown code"),
        TimeoutError("no answer"),
        PermissionError("the token ran out"),
        ServerDisconnectedError(),
        EndpointConnectionError(endpoint_url="http://store"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_store_that_fails_is_no_reason_to_delete_a_part(table: Path, error: Exception):
    folder = open_folder(str(table))
    entry = folder.entries()[0]
    file = _Cut((table / entry.name).read_bytes(), error)
    parquet = parquet_file(file, entry, folder)
    file.broken = True

    with pytest.raises(TableError, match=r"cannot read .*part-a\.parquet, rows 0 to \d+:") as refused:
        read_group(parquet, 0, entry, folder)

    assert "elete" not in str(refused.value)


def test_a_flipped_bit_of_a_part_is_noticed_or_changes_no_value(table: Path):
    """200 flips all over a part: pages have checksums; of the footer, what is read of it is held against the schema."""
    part = table / "part-a.parquet"
    content, expected = part.read_bytes(), read(str(table), schema=SCHEMA).to_pylist()
    rng = np.random.default_rng(0)
    flips = zip(rng.integers(len(content), size=200).tolist(), rng.integers(8, size=200).tolist(), strict=True)

    found = [_read_flipped(part, content, place, bit) for place, bit in flips]

    assert [rows for rows in found if rows not in (None, expected)] == []
    assert sum(rows is None for rows in found) > 100


def _read_flipped(part: Path, content: bytes, place: int, bit: int) -> list[dict[str, object]] | None:
    """The rows of the table with one bit of a part turned over; None where it is refused."""
    part.write_bytes(content[:place] + bytes([content[place] ^ (1 << bit)]) + content[place + 1 :])
    try:
        return read(str(part.parent), schema=SCHEMA).to_pylist()
    except TableError:
        return None


def test_other_columns_than_expected_are_listed(table: Path):
    pq.write_table(rows("c").drop_columns(["values"]), table / "part-c.parquet")

    with pytest.raises(TableError, match="values: expected list<item: float>, found no such column"):
        read(str(table), schema=SCHEMA)


def test_a_missing_column_is_named(table: Path):
    with pytest.raises(TableError, match="none named label"):
        read(str(table), columns=["clip_id", "label"])


def test_field_meanings_are_kept_in_the_file(table: Path):
    assert stored_schema(str(table)).field("values").metadata[b"meaning"] == b"some values"


def test_the_name_of_a_part_depends_on_its_ids_alone():
    assert part_name(["b", "a"]) == part_name(["a", "b", "a"])
    assert part_name(["a"]) != part_name(["a", "b"])
    assert part_name(["ab"]) != part_name(["a", "b"])


def test_a_long_source_is_streamed_into_one_part(tmp_path: Path):
    staging = Staging(str(tmp_path), SCHEMA)

    staged = staging.write_stream("long", (rows("long", 30) for _ in range(4)))

    file = pq.ParquetFile(beside(tmp_path) / staged.name)
    assert (staged.rows, staged.source_ids, staged.size_bytes) == (120, ("long",), (beside(tmp_path) / staged.name).stat().st_size)
    assert (file.num_row_groups, file.metadata.num_rows) == (4, 120)


def test_rows_of_other_columns_are_not_staged(tmp_path: Path):
    with pytest.raises(TableError, match="values"):
        Staging(str(tmp_path), SCHEMA).write(rows("a").drop_columns(["values"]))


def test_memory_that_ran_out_is_no_damage():
    with pytest.raises(MemoryError), damage_named("part-a.parquet"):
        raise pa.lib.ArrowMemoryError("malloc of size 64 failed")
