"""A user's table as it lies there: csv, tsv, Parquet; read whole, nothing understood yet."""

from __future__ import annotations

import csv
import io
import warnings
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from avemo_core.corpora.media_files import suffix_of
from avemo_core.errors import ConfigError
from avemo_core.runtime.public import public
from avemo_core.runtime.store_errors import UNREACHABLE

SUFFIXES: Final = (".csv", ".tsv", ".parquet")
"""Endings of a clips table."""

_SEPARATORS: Final = (",", ";", "\t")
"""Of a csv; a spreadsheet set to German writes semicolons."""


def read_table(filesystem: Any, path: str, location: str) -> pd.DataFrame:  # noqa: ANN401 - fsspec is not typed
    """Read a table, its columns as they are called there; text of a csv stays text, whole numbers of Parquet stay whole beside a gap.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        if suffix_of(location) == ".parquet":
            return _parquet(filesystem, path)
        with filesystem.open(path, "rb") as file:
            return _csv(file.read(), "\t" if suffix_of(location) == ".tsv" else None)
    except (*UNREACHABLE, ValueError, pa.ArrowException) as error:
        raise ConfigError(f"cannot read the clips table {public(location)}: {error}") from error


def _parquet(filesystem: Any, path: str) -> pd.DataFrame:  # noqa: ANN401 - as above
    """A file, or a folder of parts; what is an index to pandas is a column here."""
    if filesystem.isdir(path):
        table = pq.read_table(path, filesystem=filesystem)
    else:
        with filesystem.open(path, "rb") as file:
            table = pq.read_table(file)
    frame: pd.DataFrame = table.to_pandas(integer_object_nulls=True, ignore_metadata=True)
    return frame


def _csv(content: bytes, separator: str | None) -> pd.DataFrame:
    with warnings.catch_warnings():
        # Otherwise pandas drops what a row has beyond the header's columns, or takes its first field for a number of the row.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            return pd.read_csv(
                io.BytesIO(content),
                sep=separator or _separator(content),
                dtype="string",
                keep_default_na=False,
                na_values=[""],
                encoding="utf-8-sig",
                index_col=False,
            )
        except pd.errors.ParserWarning as error:
            raise ValueError("a row has more fields than the header, perhaps by a comma at its end") from error


def _separator(content: bytes) -> str:
    """The one that parts the header into most fields; the comma where there is a tie."""
    header = content.partition(b"\n")[0].decode("utf-8-sig", "replace")
    return max(_SEPARATORS, key=lambda separator: len(next(csv.reader([header], delimiter=separator), ())))
