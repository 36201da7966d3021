"""`log/`: what happened during each run on a table, as JSON lines that programs can read."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Final

from avemo_core.errors import TableError
from avemo_core.runtime.public import public
from cluster.storage.folder import Folder

FOLDER: Final = "log"

_LINES: Final = 100_000
"""Most lines of one run: about 20 MB, written whole each time, since objects cannot be appended to."""


class RunLog(logging.Handler):
    """The events of one run and the warnings of Python's logging, in the order they came.

    Args:
        folder: of the table.
        run: a name for the run, unique in the table.
    """

    def __init__(self, folder: Folder, run: str) -> None:
        super().__init__(logging.WARNING)
        self._folder, self._file = folder, f"{FOLDER}/{run}.jsonl"
        self._lines: list[str] = []
        self._written = 0
        self._guard = threading.Lock()

    def note(self, event: str, **facts: object) -> None:
        """Keep an event with its facts, which must be JSON values."""
        line = json.dumps({"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **_safe(facts)})
        with self._guard:
            if len(self._lines) < _LINES:
                self._lines.append(line)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a warning of Python's logging."""
        self.note("log", level=record.levelname, logger=record.name, message=record.getMessage())

    def write(self) -> None:
        """Write everything so far, if something came since the last time."""
        with self._guard:
            lines = list(self._lines)
        if len(lines) > self._written:
            self._written = len(lines)
            self._folder.write(self._file, ("\n".join(lines) + "\n").encode())


def _safe(fact: Any) -> Any:  # noqa: ANN401 - JSON values
    """The fact without credentials, however deep they lie in it."""
    if isinstance(fact, str):
        return public(fact)
    if isinstance(fact, Mapping):
        return {name: _safe(inner) for name, inner in fact.items()}
    return [_safe(inner) for inner in fact] if isinstance(fact, (list, tuple)) else fact


@contextmanager
def run_log(folder: Folder, run: str) -> Iterator[RunLog]:
    """The log of a run, which for the length of the block also gets the warnings of this package."""
    log = RunLog(folder, run)
    package = logging.getLogger("cluster")
    package.addHandler(log)
    try:
        yield log
    finally:
        package.removeHandler(log)
        # A storage that refuses the log must not hide the error that ended the run.
        with suppress(TableError):
            log.write()
