"""Whether places that a run would read or write can be reached from here."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Final

from avemo_core.errors import AvemoError
from avemo_core.runtime.public import public
from avemo_core.runtime.store_errors import unreachable
from cluster.doctor.finding import Finding, fine, wrong
from cluster.storage.location import is_remote, open_folder

_PATIENCE_S: Final = 30.0
"""A run tries a store for two minutes; whoever asks by hand wants to know sooner."""
_REMEDY: Final = "Check the address, the credentials in this environment (docs/guides/cluster.md) and the network between here and there."


def check_read(location: str) -> Finding:
    """Whether a file, or a folder with something in it, is there."""
    return _within(f"{public(location)} can be read", f"{public(location)} cannot be read", lambda: _list(location))


def check_write(location: str) -> Finding:
    """Whether a file can be put into the folder there, created exclusively, read back and taken away; nothing else there is touched."""
    return _within(f"{public(location)} can be written", f"{public(location)} cannot be written", lambda: _write(location))


def _list(location: str) -> str:
    if not is_remote(location) and Path(location).is_file():
        return "a file"
    folder = open_folder(location)
    count = len(folder.entries()) + len(folder.subfolders())
    if count:
        return f"{count:,} files and folders"
    parent, _, name = location.rstrip("/").rpartition("/")
    if is_remote(location) and any(entry.name == name for entry in open_folder(parent).entries()):
        return "a file"
    raise AvemoError("nothing lies there")


def _write(location: str) -> str:
    folder, name = open_folder(location), f".avemo-doctor-{uuid.uuid4().hex}"
    try:
        if not folder.create(name, b"avemo") or folder.read(name) != b"avemo":
            raise AvemoError("what was written does not come back")
        if folder.create(name, b"other"):
            raise AvemoError("it gives one name to two writers, so that a lock on it would hold nobody off")
    finally:
        folder.delete(name)
    return "a file was put there, read back and taken away"


def _within(done: str, failed: str, attempt: Callable[[], str]) -> Finding:
    """The attempt's finding; it runs in a thread that nobody waits for any longer than `_PATIENCE_S`."""
    findings: list[Finding] = []

    def run() -> None:
        try:
            findings.append(fine("store", f"{done}: {attempt()}"))
        except unreachable(AvemoError) as error:
            findings.append(wrong("store", f"{failed}: {' '.join(public(str(error)).split())}", _REMEDY))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(_PATIENCE_S)
    return findings[0] if findings else wrong("store", f"{failed}: no answer within {_PATIENCE_S:g} s", _REMEDY)
