"""Dask's data frames."""

from typing import Any

import dask.dataframe as dd
import pandas as pd
from facts import main
from with_pandas import columns as pandas_columns


def opened(folder: str) -> pd.DataFrame:
    return dd.read_parquet(folder).compute(scheduler="sync")


def columns(table: pd.DataFrame) -> dict[str, list[Any]]:
    return pandas_columns(table)


if __name__ == "__main__":
    main("dask", opened, columns)
