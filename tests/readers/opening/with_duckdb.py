"""DuckDB, by a recursive glob: it opens no folder."""

import duckdb
from facts import main


def opened(folder: str) -> duckdb.DuckDBPyConnection:
    return duckdb.execute(f"CREATE OR REPLACE TABLE opened AS FROM '{folder}/**/*.parquet'")


def columns(connection: duckdb.DuckDBPyConnection) -> dict[str, list[object]]:
    rows = connection.execute("FROM opened").fetchall()
    return {column[0]: [row[place] for row in rows] for place, column in enumerate(connection.description)}


if __name__ == "__main__":
    main("duckdb", opened, columns)
