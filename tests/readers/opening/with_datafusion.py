"""DataFusion: it opens a folder, and descends into its subfolders when it is told to."""

import pyarrow as pa
from datafusion import SessionConfig, SessionContext
from facts import main


def opened(folder: str) -> pa.Table:
    config = SessionConfig({"datafusion.execution.listing_table_ignore_subdirectory": "false"})
    return SessionContext(config).read_parquet(f"{folder}/").to_arrow_table()


def columns(table: pa.Table) -> dict[str, list[object]]:
    return table.to_pydict()


if __name__ == "__main__":
    main("datafusion", opened, columns)
