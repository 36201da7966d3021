"""The fields of tables that are text, csv and ARFF, as the programs write them that make features."""

import csv
import re
from collections.abc import Sequence
from io import StringIO
from typing import Any, Final

import pandas as pd

from avemo_core.corpora.table.file import parted
from avemo_core.own_tables.formats import CLIP

_TEXTS: Final = (CLIP, "name", "file")
"""Columns that name clips: 007 is not 7, and NA is a name."""
_NAN: Final = ("", "nan", "NaN", "-nan", "nan(ind)", "-nan(ind)", "-1.#IND", "1.#QNAN", "NA", "N/A", "None", "null", "?")
"""As programs write that there is no number; Windows nan(ind) or 1.#QNAN, in OpenFace's frames without a face; ? in ARFF."""
_ATTRIBUTE: Final = re.compile(r"@attribute\s+(?:(?P<quote>['\"])(?P<quoted>.+?)(?P=quote)|(?P<bare>\S+))\s", re.IGNORECASE)

_DECIMAL_COMMA: Final = re.compile(r"[-+]?\d+,\d+([eE][-+]?\d+)?")


def delimited(text: str) -> pd.DataFrame:
    """The table of a csv or tsv file, whatever its separator, with blanks around fields or none.

    Raises:
        ValueError: two columns of one name, or what pandas says.
    """
    separator, rows = parted(text.lstrip("\n"))
    head = next(csv.reader([rows.partition("\n")[0]], delimiter=separator, skipinitialspace=True), [])
    names = [name.strip() for name in head]
    if twice := next((name for place, name in enumerate(names) if name and name in names[:place]), None):  # pandas would call it x.1
        raise ValueError(f"the column {twice} comes twice: which one is meant?")
    frame: pd.DataFrame = pd.read_csv(StringIO(rows), sep=separator, skipinitialspace=True, **_as_names_and_numbers(head))
    return frame


def arff(text: str) -> pd.DataFrame:
    """The table of an ARFF file, as openSMILE writes them: attributes by name, data by comma. scipy's reader refuses texts.

    Raises:
        ValueError: it has no data, or sparse rows; or what pandas says.
    """
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("%")]
    begins = next((place for place, line in enumerate(lines) if line.strip().lower() == "@data"), None)
    if begins is None:
        raise ValueError("no @data in it")
    if any(line.lstrip().startswith("{") for line in lines[begins + 1 :]):
        raise ValueError("its rows are sparse ({1 0.5}): save it with a value for every attribute, in Weka by the filter SparseToNonSparse")
    names = [found["quoted"] or found["bare"] for line in lines[:begins] if (found := _ATTRIBUTE.match(line))]
    data = StringIO("\n".join(lines[begins + 1 :]))
    frame: pd.DataFrame = pd.read_csv(data, header=None, names=names, quotechar="'", **_as_names_and_numbers(names))
    return frame


def described(field: Any) -> str:  # noqa: ANN401 - whatever a cell holds
    """A field that is no number, for a message, with a remedy where there is one: 1,500 may be one and a half or fifteen hundred."""
    if not isinstance(field, str):
        return "none" if pd.isna(field) else str(field)
    if not _DECIMAL_COMMA.fullmatch(field.strip()):
        return repr(field)
    return f"{field!r}; write a decimal point, as pandas does: read_csv(TABLE, sep=';', decimal=',').to_csv(TABLE, index=False)"


def _as_names_and_numbers(columns: Sequence[str]) -> dict[str, Any]:
    """How pandas is to read fields: clips' names as they are written, and in all others what is no number as NaN."""
    texts = [column for column in columns if column.strip() in _TEXTS]
    numbers = dict.fromkeys(set(columns) - set(texts), _NAN)
    return {"dtype": dict.fromkeys(texts, str), "keep_default_na": False, "na_values": numbers}
