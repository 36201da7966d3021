"""fastparquet, through pandas, asked for every column."""

import pandas as pd
from facts import main
from with_pandas import columns


def opened(folder: str) -> pd.DataFrame:
    return pd.read_parquet(folder, engine="fastparquet")


if __name__ == "__main__":
    main("fastparquet", opened, columns)
