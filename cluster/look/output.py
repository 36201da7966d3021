"""The folder that a look becomes: made beside its place and moved there whole, never over what is no look."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from avemo_core.errors import ConfigError
from avemo_core.look.build import FILES, LOOK
from avemo_core.runtime.public import public
from cluster.storage.location import is_remote, open_folder

_UNFINISHED: Final = b'{"made_by": "avemo", "is_finished": false}\n'
"""What look.json says while files are on their way to a store: whoever comes next may begin again."""


def check_output(target: str) -> None:
    """Refuse a place that holds anything but an earlier look.

    Raises:
        ConfigError: what is there, and what to do.
    """
    shown = public(target)
    if not is_remote(target) and Path(target).is_file():
        raise ConfigError(f"{shown}: expected a folder for the look, found a file")
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


@contextmanager
def replaced(target: str) -> Iterator[Path]:
    """A fresh folder that takes the target's place if the block ends well; on a disk by a rename, in a store file by file.

    Args:
        target: absolute path or URL.
    """
    if is_remote(target):
        with tempfile.TemporaryDirectory(prefix="avemo-look-") as local:
            yield Path(local)
            _upload(Path(local), target)
        return
    place = Path(target)
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    try:
        fresh.chmod(0o755)  # mkdtemp lets its owner alone read it
        yield fresh
        if place.exists():
            shutil.rmtree(place)
        fresh.rename(place)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _upload(local: Path, target: str) -> None:
    """Put every file, delete those of an earlier look that this one does not have, and look.json last: then the look is whole."""
    folder = open_folder(target)
    before = {entry.name for entry in folder.entries()}
    folder.write(LOOK, _UNFINISHED)
    names = {path.name for path in local.iterdir()}
    for name in sorted(names - {LOOK}):
        folder.write(name, (local / name).read_bytes())
    for name in sorted(before - names):
        folder.delete(name)
    folder.write(LOOK, (local / LOOK).read_bytes())
