"""Rows whose file was not in order, counted."""

from collections import Counter

import pyarrow as pa


def fault_counts(table: pa.Table) -> dict[str, int]:
    """How many rows have which fault, most frequent first.

    Args:
        table: rows of a predictions table.
    """
    return dict(Counter(fault for fault in table.column("fault").to_pylist() if fault is not None).most_common())
