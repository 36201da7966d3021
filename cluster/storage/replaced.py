"""A folder made whole before it takes its place: on a disk by a rename, in a store file by file."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from avemo_core.errors import ConfigError
from cluster.storage.location import is_remote, open_folder, usable

UNFINISHED: Final = b'{"made_by": "avemo", "is_finished": false}\n'
"""What a marker says while files are on their way to a store: whoever comes next may begin again."""

_WRITERS: Final = 16
"""Files sent to a store at once."""


@contextmanager
def replaced(target: str, upload: Callable[[Path, str], None]) -> Iterator[Path]:
    """A fresh folder that takes the target's place if the block ends well; if not, the target stays as it is.

    On a disk it is made beside the target, so that the last step is a rename.

    Args:
        target: absolute path or URL.
        upload: brings the folder's files to a store, where no folder can be renamed.

    Raises:
        ConfigError: nothing can be written beside the target, or in the store.
    """
    if is_remote(target):
        _check_writable(target)
        with tempfile.TemporaryDirectory(prefix="avemo-") as local:
            yield Path(local)
            upload(Path(local), target)
        return
    place = Path(target)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    except OSError as error:
        raise ConfigError(f"--out {target}: cannot be used as an output: {error.strerror or error}") from error
    try:
        fresh.chmod(0o755)  # mkdtemp lets its owner alone read it
        yield fresh
        if place.exists():
            shutil.rmtree(place)
        fresh.rename(place)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _check_writable(target: str) -> None:
    """Put an empty object and take it away: a store that refuses says so before the work, not after it."""
    with usable(target):
        folder, name = open_folder(target), f".avemo-{uuid.uuid4().hex}"
        folder.write(name, b"")
        folder.delete(name)


def upload_marked(local: Path, target: str, marker: str, page: str | None = None) -> None:
    """Put every file, delete those of an earlier folder that this one does not have, and the marker last: then all is there.

    Args:
        local: a folder.
        target: URL.
        marker: the file that says whether the folder is finished.
        page: the file that a browser opens, which shows the others; put when they are there.
    """
    folder = open_folder(target)
    before = set(folder.tree())
    folder.write(marker, UNFINISHED)
    names = {path.relative_to(local).as_posix() for path in local.rglob("*") if path.is_file()}
    with ThreadPoolExecutor(_WRITERS, "upload") as writers:
        for _ in writers.map(lambda name: folder.write(name, (local / name).read_bytes()), sorted(names - {marker, page})):
            pass
    if page is not None:
        folder.write(page, (local / page).read_bytes())
    for name in sorted(before - names):
        folder.delete(name)
    folder.write(marker, (local / marker).read_bytes())
