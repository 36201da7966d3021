"""A user's table as it lies there: csv, tsv, Parquet; read whole, nothing understood yet."""

from __future__ import annotations

import codecs
import csv
import io
import warnings
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from avemo_core.corpora.media_files import suffix_of
from avemo_core.errors import ConfigError
from avemo_core.runtime.public import public
from avemo_core.runtime.store_errors import unreachable

SUFFIXES: Final = (".csv", ".tsv", ".parquet")
"""Endings of a clips table."""

_SEPARATORS: Final = (",", ";", "\t")
"""Of a csv; a spreadsheet set to German writes semicolons."""

_SEPARATOR_LINE: Final = "sep="
"""How a spreadsheet's first line says the separator, as sep=;"""

_SAVE: Final = "save the table as UTF-8 (a spreadsheet calls it CSV UTF-8)"


def read_table(filesystem: Any, path: str, location: str) -> pd.DataFrame:  # noqa: ANN401 - fsspec is not typed
    """Read a table, its columns as they are called there; text of a csv stays text, whole numbers of Parquet stay whole beside a gap.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        if suffix_of(location) == ".parquet":
            return _parquet(filesystem, path)
        with filesystem.open(path, "rb") as file:
            return _csv(text_of(file.read()), "\t" if suffix_of(location) == ".tsv" else ",")
    except IsADirectoryError as error:
        message = "it is a folder; expected a file, or the parts of a table in a folder that ends in .parquet"
        raise ConfigError(f"cannot read the clips table {public(location)}: {message}") from error
    except unreachable(ValueError, csv.Error, pa.ArrowException) as error:
        raise ConfigError(f"cannot read the clips table {public(location)}: {error}") from error


def _parquet(filesystem: Any, path: str) -> pd.DataFrame:  # noqa: ANN401 - as above
    """A file, or a folder of parts; what is an index to pandas is a column here."""
    if filesystem.isdir(path):
        table = _parts(filesystem, path)
    else:
        with filesystem.open(path, "rb") as file:
            table = pq.ParquetFile(file).read()
    _check_once(table.column_names)
    frame: pd.DataFrame = table.to_pandas(integer_object_nulls=True, ignore_metadata=True)
    return frame


def _parts(filesystem: Any, path: str) -> pa.Table:  # noqa: ANN401 - as above
    """All parts with the columns of all: one of them may lack a column, or hold nothing but nulls in it."""
    files = [file for file in sorted(filesystem.find(path)) if not _is_aside(file[len(path) :])]
    if others := [file for file in files if suffix_of(file) != ".parquet"]:
        raise ValueError(f"it holds {others[0].rpartition('/')[2]}, which is no part of a table")
    if not files:
        raise ValueError("a folder without parts of a table")
    found = ds.dataset(files, filesystem=filesystem, format="parquet", partitioning=ds.partitioning(flavor="hive"), partition_base_dir=path)
    schemas = [fragment.physical_schema.remove_metadata() for fragment in found.get_fragments()]
    for schema in schemas:
        _check_once(schema.names)
    schema = pa.unify_schemas([*schemas, found.schema.remove_metadata()], promote_options="permissive")
    return found.replace_schema(schema).to_table()


def _is_aside(below: str) -> bool:
    """What writers of tables leave beside the parts: _SUCCESS, .part.crc."""
    return any(name.startswith((".", "_")) for name in below.strip("/").split("/"))


def _check_once(names: list[str]) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"two columns are called {twice[0]}; leave one of them")


def text_of(content: bytes) -> str:
    """UTF-8, or what its first bytes say: a spreadsheet's "Unicode text" is UTF-16. Lines end as they do anywhere.

    Raises:
        ValueError: another encoding; names the first line that is not UTF-8, or holds zeros as UTF-16 does whose mark was lost.
    """
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not is_utf16 and (zero := content.find(b"\0")) >= 0:
        raise ValueError(f"line {_line(content, zero)} holds a zero byte, as UTF-16 does and what is no text; {_SAVE}")
    try:
        text = content.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"line {_line(content, error.start)} is not {'UTF-16' if is_utf16 else 'UTF-8'}; {_SAVE}") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _line(content: bytes, place: int) -> int:
    """The line, from 1, that a byte is in."""
    return content[:place].count(b"\n") + 1


def _csv(text: str, usual: str) -> pd.DataFrame:
    separator, text = parted(text, usual)
    with warnings.catch_warnings():
        # Otherwise pandas drops what a row has beyond the header's columns, or takes its first field for a number of the row.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            return pd.read_csv(
                io.StringIO(text),
                sep=separator,
                dtype="string",
                keep_default_na=False,
                na_values=[""],
                index_col=False,
            )
        except pd.errors.ParserWarning as error:
            raise ValueError("a row has more fields than the header, perhaps by a comma at its end") from error


def parted(text: str, usual: str = ",") -> tuple[str, str]:
    """What parts a table's fields, by its first line sep=; or by its header, and the text from the header on."""
    if text[: len(_SEPARATOR_LINE)].lower() != _SEPARATOR_LINE:
        return _separator_of(text, usual), text
    first, _, text = text.partition("\n")
    return first[len(_SEPARATOR_LINE) :].strip(' "') or "\t", text


def _separator_of(text: str, usual: str) -> str:
    """The one that parts the header into most fields; the usual one where there is a tie."""
    header = next(filter(str.strip, text.split("\n")), "")
    return max((usual, *_SEPARATORS), key=lambda separator: len(next(csv.reader([header], delimiter=separator), ())))
