"""Say what a corpus folder was understood as, and write it as a clips table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import pyarrow as pa

from avemo_core.corpora import leakage
from avemo_core.corpora.clips_csv import clips_csv
from avemo_core.corpora.corpus_folder import open_corpus
from avemo_core.corpora.folders import Files, about_the_rest
from avemo_core.corpora.labels import emotion, is_label
from avemo_core.corpora.layouts import LayoutRow, Understood, understand
from avemo_core.corpora.options import ReadOptions
from avemo_core.errors import ConfigError
from avemo_core.runtime.public import public
from cluster.ray.session import resolve
from cluster.storage.location import open_folder
from schemas.emotions import EMOTIONS

_SHOWN: Final = 12
"""Folds and labels that a line names before it breaks off."""


@dataclass(frozen=True, kw_only=True)
class CorporaOptions:
    """Which corpus, and where its clips table goes."""

    clips: str
    """Folder of a corpus, local or s3://."""
    out: str
    """The clips table to write, a .csv file that is not there yet, local or s3://."""
    reading: ReadOptions = field(default_factory=ReadOptions)
    """How the corpus is read, as every command reads it."""

    def __post_init__(self) -> None:
        """Refuse requests that make no sense."""
        if not self.out.lower().endswith(".csv"):
            raise ConfigError(f"--out {self.out}: expected the name of a .csv file")


@dataclass(frozen=True, kw_only=True)
class CorpusSummary:
    """What was understood, and where it was written."""

    out: str
    understood: Understood
    """With the rows as they were written."""
    notes: tuple[str, ...] = ()
    """What the layout did not read of names and tables, what the user's words for labels did, and who is in several splits."""

    def lines(self) -> list[str]:
        """The summary as a user reads it."""
        return [*_lines(self.understood), *self.notes, f"done: {len(self.understood.rows):,} clips in {self.out}"]


def write_clips_table(options: CorporaOptions) -> CorpusSummary:
    """Read the corpus's names and lists, and write its clips table; no clip is opened.

    Raises:
        ConfigError: the folder is not there or follows no layout; a fold is needed or unknown; the csv exists already.
        TableError: the storage refuses.
    """
    corpus, out = resolve(options.clips), resolve(options.out)
    try:
        reading = options.reading
        files = Files(folder=open_corpus(corpus), address=corpus)
        found = understand(files.folder, layout=reading.layout, fold=reading.fold, song=reading.song)
    except ConfigError as error:
        raise ConfigError(f"{public(corpus)}: {error}") from error
    understood, notes = _as_asked(found, reading)
    notes = (*about_the_rest(found, files, reading), *notes)
    table_folder, _, name = out.rpartition("/")
    content = clips_csv(understood.rows, corpus, table_folder)
    if not open_folder(table_folder or "/").create(name, content.encode()):
        raise ConfigError(f"{public(out)}: is there already, perhaps with corrections; give another name, or move it away")
    return CorpusSummary(out=public(out), understood=understood, notes=notes)


def _as_asked(found: Understood, reading: ReadOptions) -> tuple[Understood, tuple[str, ...]]:
    """With the user's words for labels in place of the corpus's, and without clips of others where they are to be left out.

    Raises:
        ConfigError: no clip is left.
    """
    mapped = reading.label_map()
    words = Counter(row.label.strip().lower() for row in found.rows if row.label)
    rows = [replace(row, label=mapped.get(row.label.strip().lower(), row.label)) if row.label else row for row in found.rows]
    others = [row for row in rows if row.label and not is_label(row.label)] if reading.skip_other_labels else []
    if others:
        rows = [row for row in rows if not row.label or is_label(row.label)]
    if not rows:
        raise ConfigError("no clip is left: all have labels outside the seven emotions")
    left_out = {**found.left_out, **({"labels outside the seven emotions": [row.path for row in others]} if others else {})}
    notes = [f"label {word} is written as {target}, as --map-label says: {words[word]:,} clips" for word, target in mapped.items()]
    return replace(found, rows=rows, left_out=left_out), (*notes, *_people(rows, reading))


def _people(rows: Sequence[LayoutRow], reading: ReadOptions) -> Iterator[str]:
    """Who is in several splits: every command that reads the table refuses that unless it is allowed."""
    table = pa.table({name: pa.array([getattr(row, name) for row in rows], pa.string()) for name in ("subject", "split")})
    if people := list(leakage.in_several_splits(table, "subject")):
        remedy = f"allowed by {leakage.WAIVER}" if reading.same_people_in_splits else f"to read the table, {leakage.WAIVER} is needed"
        yield f"in several splits: {_named(people)}; {remedy}"


def _lines(understood: Understood) -> Iterator[str]:
    rows = understood.rows
    yield f"layout: {understood.layout}"
    yield f"clips: {len(rows):,}, {_ranges(rows)}in {len({row.path for row in rows}):,} files"
    yield f"labels: {_labels(rows)}"
    yield f"subjects: {len({row.subject for row in rows} - {None}):,}{_rest([row.subject for row in rows], 'clips of nobody known')}"
    yield f"splits: {_counts([row.split for row in rows if row.split])}{_rest([row.split for row in rows], 'in none')}"
    yield f"folds: {_named(understood.folds)}; taken: {understood.fold or 'none'}"
    if understood.lists:
        yield f"lists: {_named([path.as_posix() for path in understood.lists])}"
    for rule, paths in understood.left_out.items():
        yield f"left out: {len(paths):,}, {rule}; the first is {paths[0]}"


def _ranges(rows: Sequence[LayoutRow]) -> str:
    ranges = sum(row.start_s is not None or row.stop_s is not None for row in rows)
    return f"{ranges:,} of them ranges, " if ranges else ""


def _labels(rows: Sequence[LayoutRow]) -> str:
    """Clips by emotion; labels of no emotion in the corpus's own words."""
    inside, outside = Counter[str](), Counter[str]()
    for row in rows:
        if row.label is not None:
            try:
                inside[emotion(row.label)] += 1
            except ConfigError:
                outside[row.label] += 1
    said = ", ".join(f"{name} {inside[name]:,}" for name in EMOTIONS if inside[name]) or "none of the seven emotions"
    beside = f"; outside the seven: {_counts(list(outside.elements()))}" if outside else ""
    return said + beside + _rest([row.label for row in rows], "without a label")


def _counts(values: Sequence[str]) -> str:
    counts = sorted(Counter(values).items())
    return _named([f"{value} {count:,}" for value, count in counts])


def _named(values: Sequence[str]) -> str:
    return ", ".join([*values[:_SHOWN], *([f"and {len(values) - _SHOWN} more"] if len(values) > _SHOWN else [])]) or "none"


def _rest(values: Sequence[str | None], what: str) -> str:
    missing = sum(value is None for value in values)
    return f"; {what} {missing:,}" if missing else ""
