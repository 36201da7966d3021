"""The folder that a look becomes: made beside its place and moved there whole, never over what is no look."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path

from avemo_core.errors import ConfigError
from avemo_core.look.build import FILES, LOOK
from avemo_core.runtime.public import public
from cluster.storage import replaced as fresh
from cluster.storage.location import is_remote, open_folder, usable


def check_output(target: str) -> None:
    """Refuse a place that holds anything but an earlier look.

    Raises:
        ConfigError: what is there, and what to do.
    """
    shown = public(target)
    if not is_remote(target) and Path(target).is_file():
        raise ConfigError(f"{shown}: expected a folder for the look, found a file")
    with usable(target):
        folder = open_folder(target)
        others = sorted({*(entry.name for entry in folder.entries()), *folder.subfolders()} - set(FILES))
    if others:
        raise ConfigError(f"{shown}: holds something that is no look, such as {others[0]}; give another folder, or empty it")
    if folder.entries() and not _is_ours(folder.read(LOOK)):
        raise ConfigError(f"{shown}: holds files that no look wrote ({LOOK} is missing or another's); give another folder, or empty it")


def _is_ours(content: bytes | None) -> bool:
    try:
        found = json.loads(content or b"null")
    except ValueError:
        return False
    return isinstance(found, dict) and found.get("made_by") == "avemo"


def replaced(target: str) -> AbstractContextManager[Path]:
    """A fresh folder that takes the target's place if the block ends well.

    Args:
        target: absolute path or URL.
    """
    return fresh.replaced(target, lambda local, place: fresh.upload_marked(local, place, LOOK))
