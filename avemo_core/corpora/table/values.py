"""The values of a clips table's columns as the schema has them: text, seconds, splits, regions."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from avemo_core.corpora.layouts import SPLIT_ALIASES
from avemo_core.errors import ConfigError

_WHOLE: Final = r"[+-]?\d+(?:\.0+)?"
_POINT_ZERO: Final = r"^([+-]?(?:0|[1-9]\d*))\.0+$"
_DECIMAL_COMMA: Final = re.compile(r"[+-]?\d+,\d+")
"""As German spreadsheets write numbers."""
_CLOCK: Final = re.compile(r"(?:(?P<hours>\d+):(?=\d\d?:))?(?P<minutes>\d+):(?P<seconds>\d{1,2}(?:[.,]\d*)?)")
"""[hh:]mm:ss.fff; a comma as in subtitles."""
_SHOWN: Final = 5

NOTHING: Final = frozenset({"nan", "NaN", "NAN", "none", "None", "NONE", "null", "Null", "NULL", "<NA>", "NaT"})
"""What pandas, Python and databases write where there is nothing. `NA` and `Nan` are names of people too."""


def plain_text(values: pd.Series) -> pd.Series:
    """Text without blanks around it, null where nothing is left."""
    text = values.astype("string").str.strip()
    return text.mask(text == "")


def names(values: pd.Series) -> pd.Series:
    """Names as text. Where every one is a whole number, `1.0` is `1`: pandas makes it of 1 in a column with a gap; `01` stays `01`."""
    if pd.api.types.is_float_dtype(values.dtype) or values.dtype == object:
        values = pd.Series([_whole(value) for value in values], index=values.index, dtype=object)
    text = plain_text(values)
    present = text.dropna()
    if present.str.fullmatch(_WHOLE).all() and present.str.contains(".", regex=False).any():
        return text.str.replace(_POINT_ZERO, r"\1", regex=True)
    return text


def known(values: pd.Series) -> pd.Series:
    """Names, null where a program wrote that there is nothing: two clips without a subject are not both of a person called nan."""
    text = names(values)
    return text.mask(text.isin(NOTHING))


def _whole(value: Any) -> Any:  # noqa: ANN401 - whatever a table holds
    return int(value) if isinstance(value, float) and value.is_integer() else value


def seconds(values: pd.Series, column: str, location: str) -> pd.Series:
    """Seconds: of numbers, with a point or a comma, of [hh:]mm:ss.fff, of time spans.

    Raises:
        ConfigError: a value is none of these; names the first one's row, counted from 1.
    """
    if pd.api.types.is_timedelta64_dtype(values.dtype):
        return pd.Series(pd.to_timedelta(values).dt.total_seconds()).astype("Float64")
    if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        return values.astype("Float64")
    text = plain_text(values)
    text = text.mask(text.isin(NOTHING))
    text = text.mask(text.str.fullmatch(_DECIMAL_COMMA).fillna(value=False), text.str.replace(",", ".", regex=False))
    numbers = pd.to_numeric(text, errors="coerce").astype("Float64")
    clocks = text[(numbers.isna() & text.notna()).to_numpy(bool)].map(_clock_s).astype("Float64")
    numbers = numbers.fillna(clocks)
    if (unread := numbers.isna() & text.notna()).any():
        row = int(unread.argmax())
        raise ConfigError(f"{location}: column {column} is to hold seconds or [hh:]mm:ss.fff; row {row + 1} has {text.iloc[row]!r}")
    return numbers


def _clock_s(text: str) -> float | None:
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    hours, minutes, rest = int(match["hours"] or 0), int(match["minutes"]), float(match["seconds"].replace(",", "."))
    if rest >= 60 or (match["hours"] and minutes >= 60):
        return None
    return 3600.0 * hours + 60.0 * minutes + rest


def splits(values: pd.Series, location: str) -> pd.Series:
    """Train, val, test; also as others write them, such as Train, dev, validation.

    Raises:
        ConfigError: another word.
    """
    text = known(values)
    aliases: Mapping[str, str] = {word: SPLIT_ALIASES[word.lower()] for word in text.dropna().unique() if word.lower() in SPLIT_ALIASES}
    unknown = sorted(set(text.dropna().unique()) - set(aliases))
    if unknown:
        expected = f"train, val, test ({', '.join(sorted(SPLIT_ALIASES))}) or empty"
        raise ConfigError(f"{location}: split is one of {expected}, found {', '.join(map(repr, unknown[:_SHOWN]))}")
    return text.map(aliases).astype("string")


def regions(values: pd.Series, location: str) -> pd.Series:
    """Lists of x0, y0, x1, y1, of lists or of text such as `0,0,0.5,1`; None where there is none.

    Raises:
        ConfigError: not four shares of the picture with x0 < x1 and y0 < y1; names the first one's row, counted from 1.
    """
    rows = []
    for row, value in enumerate(values, 1):
        numbers = _numbers(value)
        if numbers is not None and not _is_region(numbers):
            form = "expected x0,y0,x1,y1 as shares of the picture, 0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1"
            raise ConfigError(f"{location}: region of row {row}: {form}, found {value!r}")
        rows.append(numbers)
    return pd.Series(rows, index=values.index, dtype=object)


def _numbers(value: Any) -> list[float] | None:  # noqa: ANN401 - whatever a table holds
    """The numbers of a region; None for none; empty for what is no list of numbers."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, str):
        value = value.strip().strip("[]()").replace(";", " ").replace(",", " ").split()
        if not value:
            return None
    try:
        numbers = [float(number) for number in value]
        return None if numbers and all(map(math.isnan, numbers)) else numbers
    except (TypeError, ValueError):
        return []


def _is_region(numbers: list[float]) -> bool:
    if len(numbers) != 4:
        return False
    x0, y0, x1, y1 = numbers
    return 0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1
