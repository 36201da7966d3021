"""The folder that an export becomes: made beside its place and moved there whole, never over what is no export of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from avemo_core.errors import ConfigError
from avemo_core.runtime.public import public
from cluster.storage import replaced as fresh
from cluster.storage.location import is_remote, open_folder, usable

MARKER: Final = "export.json"
"""Says that a folder is an export, and of how many files, so that a new one may take its place."""


def check_output(target: str, predictions: str) -> None:
    """Refuse a place that holds anything but an earlier export, or one that somebody has changed since: annotators write in it.

    Raises:
        ConfigError: what is there, and what to do.
    """
    shown = public(target)
    if f"{target.rstrip('/')}/".startswith(f"{predictions.rstrip('/')}/"):
        raise ConfigError(f"{shown}: is in the predictions table, which holds its parts and nothing else; give another folder")
    if not is_remote(target) and Path(target).is_file():
        raise ConfigError(f"{shown}: expected a folder for the export, found a file")
    with usable(target):
        folder = open_folder(target)
        names, subfolders = [entry.name for entry in folder.entries()], folder.subfolders()
    if not names and not subfolders:
        return
    marker = folder.read(MARKER)
    if marker == fresh.UNFINISHED:
        return
    if marker is None:
        raise ConfigError(f"{shown}: holds something that is no export ({MARKER} is missing); give another folder, or empty it")
    changed = [] if is_remote(target) else _changed(Path(target))
    if changed or subfolders or len(names) - 1 != _files_of(marker):
        example = f", such as {changed[0]}" if changed else ""
        raise ConfigError(f"{shown}: was changed after it was exported{example}; give another folder, or move what is yours out of it")


@contextmanager
def replaced(target: str, about: dict[str, Any]) -> Iterator[Path]:
    """A fresh folder that takes the target's place if the block ends well.

    Args:
        target: absolute path or URL.
        about: what the marker says of the export, beside the number of its files.
    """
    with fresh.replaced(target, lambda local, place: fresh.upload_marked(local, place, MARKER)) as folder:
        yield folder
        _mark(folder, about)


def _mark(folder: Path, about: dict[str, Any]) -> None:
    """Write the marker, the last of all files: whatever is newer was changed by somebody else."""
    files = sum(1 for _ in folder.iterdir())
    (folder / MARKER).write_text(json.dumps({"made_by": "avemo", **about, "files": files}) + "\n", encoding="utf-8")


def _files_of(marker: bytes) -> int | None:
    """How many files the export had; None where the marker is not one of ours."""
    try:
        found = json.loads(marker)
    except ValueError:
        return None
    return found.get("files") if isinstance(found, dict) else None


def _changed(folder: Path) -> list[str]:
    """Files that are newer than the marker."""
    exported_ns = (folder / MARKER).stat().st_mtime_ns
    return sorted(path.name for path in folder.iterdir() if path.stat().st_mtime_ns > exported_ns)
