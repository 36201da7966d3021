"""`run.json`: with which settings a table was made, and what each run on it did."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from avemo_core.errors import TableError
from cluster.storage.location import open_folder
from cluster.tables import format1
from cluster.tables.paths import RECORD, sibling

CONVERTED: Final = "converted"
"""Of `about`: from which table of format 1 the rows came, and the runs on that."""

CLIPS_READ: Final = "clips"
"""Of `about`: which clips were read, and how: avemo_core.corpora.understood.Clips.about."""

_RUNS_KEPT: Final = 50

_PACKAGES: Final = ("avemo", "av", "numpy", "opencv-python-headless", "pyarrow", "ray", "torch")


@dataclass(frozen=True, kw_only=True, slots=True)
class RunCounts:
    """What one run did."""

    done: int = 0
    """Sources whose rows it published."""
    rows: int = 0
    faults: Mapping[str, int] = field(default_factory=dict)
    """Rows it published of which something was not right, by fault."""
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Rejects it wrote, by reason."""
    skipped: int = 0
    """Sources that had a row or a reject before it started."""
    seconds: float = 0.0
    stage_seconds: Mapping[str, float] = field(default_factory=dict)
    """Seconds in each stage, summed over workers."""
    frames: int = 0
    frames_per_s: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRecord:
    """The content of `run.json`."""

    fingerprint: Mapping[str, Any]
    """Everything that changes the values."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """Further facts about the table that change no values."""
    versions: Mapping[str, str] = field(default_factory=dict)
    totals: Mapping[str, Any] = field(default_factory=dict)
    """Of the whole table, at the end of the last run: rejects by reason, parts, bytes."""
    runs: tuple[Mapping[str, Any], ...] = ()
    """The latest runs, oldest first: started, ended (ISO 8601), outcome and RunCounts."""

    def encode(self) -> bytes:
        """As indented JSON."""
        content = {"fingerprint_sha256": fingerprint_sha256(self.fingerprint), **asdict(self)}
        return json.dumps(content, indent=2, sort_keys=False).encode() + b"\n"

    def with_run(self, run: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
        """The runs with one more, without the oldest beyond fifty."""
        return (*self.runs, run)[-_RUNS_KEPT:]


def read_record(location: str) -> RunRecord | None:
    """The record of a table of either format; None if there is none.

    Raises:
        TableError: there is one, but it cannot be understood.
    """
    for folder, name in ((open_folder(sibling(location)), RECORD), (open_folder(location), format1.RECORD)):
        if (content := folder.read(name)) is not None:
            return _decoded(content, f"{folder.uri}/{name}")
    return None


def _decoded(content: bytes, where: str) -> RunRecord:
    try:
        fields = json.loads(content)
        fields.pop("fingerprint_sha256", None)
        return RunRecord(**{**fields, "runs": tuple(fields.get("runs", ()))})
    except (ValueError, TypeError, AttributeError) as error:
        raise TableError(f"{where}: expected a run record as avemo writes it; {error}") from error


def fingerprint_sha256(fingerprint: Mapping[str, Any]) -> str:
    """One hash of all settings, whatever their order."""
    return hashlib.sha256(json.dumps(fingerprint, sort_keys=True).encode()).hexdigest()


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that make the values."""
    return {"python": platform.python_version(), **{name: found for name in _PACKAGES if (found := _version(name))}}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
