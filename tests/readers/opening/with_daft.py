"""daft, by a recursive glob."""

import daft
from facts import main


def opened(folder: str) -> daft.DataFrame:
    return daft.read_parquet(f"{folder}/**/*.parquet").collect()


def columns(table: daft.DataFrame) -> dict[str, list[object]]:
    return table.to_pydict()


if __name__ == "__main__":
    main("daft", opened, columns)
