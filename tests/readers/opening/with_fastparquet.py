"""fastparquet, through pandas, asked for the columns with one value a row."""

import pandas as pd
from facts import main
from fastparquet import ParquetFile
from with_pandas import columns


def opened(folder: str) -> pd.DataFrame:
    children = ParquetFile(folder).schema.root["children"]
    scalars = [name for name, element in children.items() if not element.num_children]
    return pd.read_parquet(folder, engine="fastparquet", columns=scalars)


if __name__ == "__main__":
    main("fastparquet", opened, columns)
