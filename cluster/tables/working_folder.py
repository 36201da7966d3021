"""The working folder beside an output: a killed run goes on from it, and a run that ends well empties it and removes it.

Everything happens under the folder's lock, from before the first file to after the last but the lock's own:

    working_folder:  lock --> work --> finalise: rejects to OUT.rejects.parquet, then delete all but lock --> unlock --> rmdir
                     |----------------------- another run is refused (TableLocked) -----------------------|   (a)

At (a) another run may begin: it puts its `lock` there, rmdir refuses a folder that is not empty, and the folder stays with it.
Were the folder deleted as a whole, the other run would lose its lock and its first files.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from cluster.storage.files import write_file
from cluster.storage.local import LocalFolder
from cluster.storage.location import open_folder
from cluster.storage.lock import Lock, LockOptions, locked
from cluster.storage.owner import is_own_file
from cluster.tables.parquet import encode
from cluster.tables.rejects import read_rejects


@contextmanager
def working_folder(location: str, options: LockOptions | None = None) -> Iterator[Lock]:
    """Hold the folder's lock for the length of the block; a folder that `finalise` emptied is removed after it.

    A block that raises leaves what it wrote there.

    Raises:
        ConfigError: it cannot be written, or its store cannot keep two runs apart.
        TableLocked: another run works there.
    """
    folder = open_folder(location)
    try:
        with locked(location, options) as lock:
            yield lock
    finally:
        if isinstance(folder, LocalFolder):
            # Not a recursive delete: by now another run may have put its lock there, and then the folder must stay.
            with suppress(OSError):
                folder.path.rmdir()


def finalise(working: str, *, lock: Lock, table: str, out: str) -> None:
    """Empty a working folder whose output is written, and keep its rejects as OUT.rejects.parquet.

    The caller is inside `working_folder`. The lock's own files stay, so that no other run begins among files that are being deleted.

    Args:
        working: the folder.
        lock: of the folder.
        table: the table in it whose rejects are kept.
        out: the output's file.

    Raises:
        TableLocked: the lock is no longer ours, so that the files are another run's.
    """
    lock.check()
    write_file(f"{out}.rejects.parquet", encode(read_rejects(table)))
    folder = open_folder(working)
    for name in folder.subfolders():
        folder.drop(name)
    for entry in folder.entries():
        if not is_own_file(entry.name):
            folder.delete(entry.name)
