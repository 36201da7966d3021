"""pyarrow, page checksums verified where the version can."""

import pyarrow as pa
import pyarrow.parquet as pq
from facts import main


def opened(folder: str) -> pa.Table:
    return pq.read_table(folder, page_checksum_verification=True)


def columns(table: pa.Table) -> dict[str, list[object]]:
    return table.to_pydict()


if __name__ == "__main__":
    main("pyarrow", opened, columns)
