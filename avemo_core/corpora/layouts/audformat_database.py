"""An audformat database as a corpus: `db.yaml` says which column of its tables holds the emotion, and which the speaker.

Source: audformat's documentation, https://audeering.github.io/audformat.
"""

from __future__ import annotations

import math
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple

import yaml

from avemo_core.corpora.layouts.layout import Contents, Layout, Opened, Recording, Request, split_of
from avemo_core.corpora.layouts.understood import LayoutRow
from avemo_core.errors import ConfigError

HEADER: Final = PurePosixPath("db.yaml")
EMOTION: Final = "emotion"
SPEAKER: Final = "speaker"
_SHOWN: Final = 3
_STORED: Final = frozenset({".csv", ".parquet"})
"""How tables are stored; audformat's third way, pickled files, is never read: they may run any code."""


class _Segment(NamedTuple):
    """Where in which file a label stands."""

    file: str
    start_s: float | None
    stop_s: float | None


class _Labelled(NamedTuple):
    label: str | None
    split: str | None


def _open(contents: Contents, _request: Request) -> Opened | None:
    headers = [path for path in contents.lists if path.name == HEADER.name]
    if not headers:
        return None
    if len(headers) > 1:
        raise ConfigError(f"several audformat databases: {', '.join(map(str, headers[:_SHOWN]))}; give the folder of one of them")
    root = headers[0].parent
    try:
        import audformat  # noqa: PLC0415 - few need it
    except ImportError as error:
        raise ConfigError(
            f"{HEADER}: an audformat database, but the package audformat is missing; install it: pip install --editable '.[audformat]'"
        ) from error
    tables = _tables(contents, root)
    segments, speakers = _read(audformat, contents, [headers[0], *tables])
    rows: dict[str, list[LayoutRow]] = defaultdict(list)
    for segment, (label, split) in segments.items():
        path = root / segment.file
        rows[path.as_posix()].append(
            LayoutRow(
                path=path,
                label=label,
                split=split,
                subject=speakers.get(segment.file),
                start_s=segment.start_s,
                stop_s=segment.stop_s,
                clip_id=_clip_id(path, segment),
            )
        )

    def recording(path: PurePosixPath) -> Recording:
        found = rows.get(path.as_posix())
        return Recording(rows=tuple(found), performance=path.as_posix()) if found else Recording(left_out="in no table of the database")

    return Opened(recording=recording, lists=[headers[0], *tables], listed=rows)


def _read(audformat: Any, contents: Contents, lists: Sequence[PurePosixPath]) -> tuple[dict[_Segment, _Labelled], dict[str, str]]:  # noqa: ANN401 - not annotated
    """The labels of all tables with an emotion, and the speaker of every file that has one."""
    with tempfile.TemporaryDirectory(prefix="avemo-audformat-") as place:
        _copy(contents, lists, Path(place))
        try:
            database = audformat.Database.load(place, load_data=True)
            return _segments(database), _speakers(database)
        except (KeyError, RuntimeError, TypeError, ValueError, OSError) as error:
            raise ConfigError(
                f"{HEADER}: cannot be read as an audformat database, whose tables are csv or Parquet files: {error}"
            ) from error


def _copy(contents: Contents, lists: Sequence[PurePosixPath], place: Path) -> None:
    """Header and tables, without pickled files, as audformat reads them: from a folder on this machine."""
    header = contents.read(lists[0])
    try:
        yaml.safe_load(header)  # audformat itself would carry out what a hostile header asks for
    except yaml.YAMLError as error:
        raise ConfigError(f"{HEADER}: cannot be read as YAML: {error}") from error
    (place / HEADER).write_bytes(header)
    for path in lists[1:]:
        (place / path.name).write_bytes(contents.read(path))


def _tables(contents: Contents, root: PurePosixPath) -> list[PurePosixPath]:
    return [path for path in contents.lists if path.parent == root and path.name.startswith("db.") and path.suffix in _STORED]


def _segments(database: Any) -> dict[_Segment, _Labelled]:  # noqa: ANN401
    found: dict[_Segment, _Labelled] = {}
    names = [(table_id, column) for table_id in database.tables if (column := _column(database, table_id, EMOTION))]
    if not names:
        raise ConfigError(f"{HEADER}: no table with an emotion; expected a column, or a scheme of one, that is called {EMOTION}")
    for table_id, column in names:
        table = database[table_id]
        split = _split(database, table)
        for segment, label in _values(table, column):
            labelled = _Labelled(label, split or (found[segment].split if segment in found else None))
            if segment in found and found[segment].label != label:
                raise ConfigError(f"{HEADER}: its tables disagree on {segment.file}: {found[segment].label} and {label} (table {table_id})")
            found[segment] = labelled
    return found


def _speakers(database: Any) -> dict[str, str]:  # noqa: ANN401
    found = {}
    for table_id in database.tables:
        if column := _column(database, table_id, SPEAKER):
            found.update(
                {segment.file: f"{database.name}-{speaker}" for segment, speaker in _values(database[table_id], column) if speaker}
            )
    return found


def _column(database: Any, table_id: str, wanted: str) -> str | None:  # noqa: ANN401
    """The column of that name, or the only one of that scheme."""
    columns = database[table_id].columns
    if wanted in columns:
        return wanted
    of_scheme = [name for name, column in columns.items() if column.scheme_id == wanted]
    if len(of_scheme) > 1:
        raise ConfigError(f"{HEADER}: table {table_id} has several columns of the scheme {wanted}: {', '.join(of_scheme)}; expected one")
    return of_scheme[0] if of_scheme else None


def _values(table: Any, column: str) -> Iterator[tuple[_Segment, str | None]]:  # noqa: ANN401
    values = table[column].get()
    for index, value, is_missing in zip(values.index, values, values.isna(), strict=True):
        file, start, stop = index if isinstance(index, tuple) else (index, None, None)
        # A segment that begins with its file has no start of its own, so that whole files are the same clip in all tables.
        segment = _Segment(PurePosixPath(file).as_posix(), _seconds(start) or None, _seconds(stop))
        yield segment, None if is_missing else str(value)


def _seconds(time: Any) -> float | None:  # noqa: ANN401
    """Seconds of a pandas time; None where there is none, whose seconds are not a number."""
    seconds = math.nan if time is None else float(time.total_seconds())
    return None if math.isnan(seconds) else seconds


def _split(database: Any, table: Any) -> str | None:  # noqa: ANN401
    """The split of a table: train, dev or test; audformat's type `other` is none."""
    split = database.splits.get(table.split_id) if table.split_id else None
    return split_of(str(split.type)) if split else None


def _clip_id(path: PurePosixPath, segment: _Segment) -> str | None:
    if segment.start_s is None and segment.stop_s is None:
        return None
    stop = "" if segment.stop_s is None else f"{segment.stop_s:.3f}"
    return f"{path.with_suffix('').as_posix()}@{segment.start_s or 0:.3f}-{stop}"


AUDFORMAT: Final = Layout(name="audformat", open=_open, side_file="db.yaml, the header of a database,")
