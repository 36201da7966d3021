"""chdb, which is ClickHouse in a process, by a recursive glob."""

import io

import chdb
import pyarrow as pa
from facts import main


def opened(folder: str) -> pa.Table:
    query = f"SELECT * FROM file('{folder}/**/*.parquet', Parquet) SETTINGS output_format_arrow_string_as_string = 1"  # noqa: S608 - the test's own
    return pa.ipc.open_file(io.BytesIO(chdb.query(query, "Arrow").bytes())).read_all()


def columns(table: pa.Table) -> dict[str, list[object]]:
    return table.to_pydict()


if __name__ == "__main__":
    main("chdb", opened, columns)
