"""The types that the driver and its workers share: items, outcomes, reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import pyarrow as pa

from avemo_core.errors import AvemoError
from cluster.tables.rejects import Rejected
from cluster.tables.staging import Staged


class Item(Protocol):
    """One thing to do, e.g. a clip; must survive pickling."""

    @property
    def source_id(self) -> str:
        """Its unique id: a run leaves out items whose source_id is published."""

    @property
    def uri(self) -> str:
        """Its location, for rejects."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RowStream:
    """The rows of one source that may be too many for memory, computed while they are read.

    A MediaError from the iterator rejects the whole source.
    """

    source_id: str
    tables: Iterator[pa.Table]


Outcome: TypeAlias = pa.Table | Rejected | RowStream
"""Finished rows of one or more sources (a source's rows all in one table), a source that cannot be used, or a long source."""


class Worker(Protocol):
    """Does the work in its own process.

    It may have two more attributes, which `run.json` then shows: `stage_seconds: dict[str, float]`, the time spent in each
    stage so far, and `frames: int`, the frames seen so far. A run with a preflight also calls `sample()`, once a node, before any
    chunk: what it returns is held against the driver's own (cluster.pool.preflight).
    """

    def rows(self, chunk: Sequence[Any]) -> Iterator[Outcome]:
        """The outcome of each item, as soon as it is known.

        Items without an outcome, at its end or where it raises, are tried again and at last rejected as `failed`.
        """


WorkerFactory: TypeAlias = Callable[[], Worker]
"""Makes a worker inside its process; must survive pickling."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """What a worker's actor returns once its worker is made, or could not be."""

    name: str
    """Host and process."""
    host: str
    node: str
    """Ray's id of the node."""
    error: AvemoError | None = None
    """Why the worker could not be made, where trying again would not help."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerReport:
    """What a worker's actor returns to the driver: everything new since its last report."""

    worker: str
    """Host and process."""
    staged: tuple[Staged, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    mentioned: frozenset[str] = frozenset()
    """After a chunk: all of its sources that had an outcome, staged or not."""
    steps: int = 0
    """Outcomes, and tables of a stream, since the process started: while it grows, the worker makes progress."""
    stage_seconds: Mapping[str, float] = field(default_factory=dict)
    """Since the process started."""
    frames: int = 0
    """Since the process started."""
