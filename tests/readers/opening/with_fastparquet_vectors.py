"""fastparquet, through pandas, asked for the lists of vectors."""

import pandas as pd
from facts import KEY, main
from fastparquet import ParquetFile
from with_pandas import columns

VECTORS = {"shape", "appearance", "audio", "perception", "alignment", "window_time_s"}


def opened(folder: str) -> pd.DataFrame:
    found = [name for name in ParquetFile(folder).columns if name in VECTORS]
    return pd.read_parquet(folder, engine="fastparquet", columns=[KEY, *found])


if __name__ == "__main__":
    main("fastparquet", opened, columns)
