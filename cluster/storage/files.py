"""Single files of a location, written and read as a folder's are: whole, and again where a store fails in passing."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from cluster.storage.folder import Folder
from cluster.storage.location import is_remote, open_folder


def write_file(location: str, content: bytes) -> None:
    """Write one file.

    Raises:
        TableError: the place refuses.
    """
    folder, name = _split(location)
    folder.write(name, content)


def read_file(location: str) -> bytes | None:
    """The content of one file; None where there is none.

    Raises:
        TableError: the place refuses.
    """
    folder, name = _split(location)
    return folder.read(name)


def save_file(location: str, save: Callable[[str], None]) -> None:
    """Write one file that `save` writes to the path it is given.

    Raises:
        TableError: the place refuses.
    """
    if not is_remote(location):
        save(location)
        return
    with tempfile.TemporaryDirectory(prefix="avemo-") as local:
        file = Path(local) / "file"
        save(str(file))
        write_file(location, file.read_bytes())


def _split(location: str) -> tuple[Folder, str]:
    folder, _, name = location.rpartition("/")
    return open_folder(folder or "."), name
