"""pandas, with its own engine for Parquet: pyarrow."""

from typing import Any

import pandas as pd
from facts import main


def opened(folder: str) -> pd.DataFrame:
    return pd.read_parquet(folder)


def columns(table: pd.DataFrame) -> dict[str, list[Any]]:
    return {name: _values(table[name]) for name in table.columns}


def _values(column: pd.Series) -> list[Any]:
    return [None if null else value for value, null in zip(column.tolist(), column.isna(), strict=True)]


if __name__ == "__main__":
    main("pandas", opened, columns)
