"""What an error of the Parquet reader means: that a part's bytes are wrong, or only that they did not come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from avemo_core.errors import DamagedPart


@contextmanager
def damage_named(where: str) -> Iterator[None]:
    """Say of wrong bytes where they are, and what to do; only they are a reason to delete a part.

    Args:
        where: the part, as a message may show it.

    Raises:
        DamagedPart: the reader found no Parquet file, or a page that does not fit its checksum.
        OSError, MemoryError: as the disk, the store or the machine raised them.
    """
    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        if _is_of_the_machine(error):
            raise
        raise DamagedPart(
            f"{where}: damaged, or no Parquet file ({error})\n  Delete it, and the next run of the job that wrote it does its clips again."
        ) from error


def _is_of_the_machine(error: BaseException) -> bool:
    """Of wrong bytes the reader says ArrowInvalid, or a bare OSError without a number; disks and stores give a kind or a number."""
    of_storage = isinstance(error, OSError) and (type(error) is not OSError or error.errno is not None)
    return of_storage or isinstance(error, MemoryError)
