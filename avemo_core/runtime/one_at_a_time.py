"""What one process must do before another may begin."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from avemo_core.runtime import weights


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Wait until no other process of this user is in a block of this name, on machines that share the model cache.

    Where that folder cannot be written, or its file system knows no locks, nobody waits.

    Args:
        name: of what is done there; the lock is a file of this name in the cache.
    """
    try:
        folder = weights.cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / f"{name}.lock").open("a")
    except OSError:
        yield
        return
    with file:  # which lets go of the lock, as does the end of the process, whatever ends it
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
