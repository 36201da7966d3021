"""polars."""

import polars as pl
from facts import main


def opened(folder: str) -> pl.DataFrame:
    return pl.read_parquet(folder)


def columns(table: pl.DataFrame) -> dict[str, list[object]]:
    return table.to_dict(as_series=False)


if __name__ == "__main__":
    main("polars", opened, columns)
