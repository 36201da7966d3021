"""Folds that others have published, so that figures can be held against theirs: by name, or from a csv."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from avemo_core.corpora import leakage
from avemo_core.corpora.layouts.coded_names import crema_d_fold
from avemo_core.corpora.layouts.ravdess import FOLDS as RAVDESS
from avemo_core.errors import ConfigError
from avemo_core.runtime.public import public

_CREMA_D_ACTORS: Final = range(1001, 1092)

_SHOWN: Final = 5


@dataclass(frozen=True, kw_only=True)
class FoldList:
    """Which fold each person's or each clip's clips are held out in."""

    location: str
    """For messages: the corpus, or the file."""
    by: Literal["clip_id", "subject"]
    folds: Mapping[str, str]
    """Subject or clip_id -> fold."""

    def assign(self, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        """The fold of each row.

        Args:
            rows: clip_id and subject.

        Raises:
            ConfigError: a row is in none, or there are fewer than two.
        """
        found = [self.folds.get(row[self.by]) for row in rows]
        without = [row["clip_id"] for row, fold in zip(rows, found, strict=True) if fold is None]
        if without:
            raise ConfigError(
                f"--folds {self.location}: expected a fold for the {self.by} of every labelled clip, found {len(without)} of {len(rows)} "
                f"without one, among them {', '.join(map(public, without[:_SHOWN]))}\n"
                f"  It names {len(self.folds):,}, as {', '.join(list(self.folds)[:_SHOWN])}. Complete it, or extract its clips alone."
            )
        known = [fold for fold in found if fold is not None]
        if len(set(known)) < 2:
            raise ConfigError(f"--folds {self.location}: expected at least two folds among the labelled clips, found {len(set(known))}")
        return known

    def unmatched(self, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        """What the list names and no row has."""
        return sorted(set(self.folds) - {row[self.by] for row in rows})


PUBLISHED: Final[Mapping[str, FoldList]] = {
    "ravdess": FoldList(location="ravdess", by="subject", folds={f"ravdess-{actor:02}": RAVDESS[actor] for actor in sorted(RAVDESS)}),
    "crema-d": FoldList(location="crema-d", by="subject", folds={f"crema-d-{actor}": crema_d_fold(actor) for actor in _CREMA_D_ACTORS}),
}
"""By the name that --folds takes; subjects are named as the layouts name them, and sources stand there."""


def read_fold_list(content: str, location: str) -> FoldList:
    """A csv with the columns fold and either clip_id or subject.

    Args:
        content: of the file.
        location: for messages.

    Raises:
        ConfigError: it has other columns, a cell is empty, or one name has two folds.
    """
    reader = csv.DictReader(io.StringIO(content))
    columns = reader.fieldnames or []
    keys = [name for name in ("clip_id", "subject") if name in columns]
    if "fold" not in columns or len(keys) != 1:
        raise ConfigError(
            f"--folds {location}: expected a csv with the columns fold and clip_id, or fold and subject; found {', '.join(columns)}"
        )
    by: Literal["clip_id", "subject"] = "clip_id" if keys == ["clip_id"] else "subject"
    folds: dict[str, set[str]] = {}
    for row in reader:
        name, fold = (row[by] or "").strip(), (row["fold"] or "").strip()
        if not name or not fold:
            raise ConfigError(
                f"--folds {location}: line {reader.line_num}: expected {by} and fold, found {name or 'nothing'} and {fold or 'nothing'}"
            )
        folds.setdefault(name, set()).add(fold)
    if torn := {name: sorted(found) for name, found in folds.items() if len(found) > 1}:
        raise ConfigError(f"--folds {location}: expected one fold a {by}, found several:\n{leakage.named(torn)}")
    return FoldList(location=location, by=by, folds={name: found.pop() for name, found in folds.items()})
