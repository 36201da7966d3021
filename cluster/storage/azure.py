"""What Azure does otherwise than other stores: a copy may go on after it was answered."""

from __future__ import annotations

import time
from typing import Any, Final

from fsspec import AbstractFileSystem
from fsspec.asyn import sync

_POLL_S: Final = 0.5
"""Between two looks at a copy that is under way."""


def is_azure(fs: AbstractFileSystem) -> bool:
    """Whether it is adlfs, which is asked by its name: it is an extra."""
    return "abfs" in ((fs.protocol,) if isinstance(fs.protocol, str) else fs.protocol)


def wait_for_copy(fs: AbstractFileSystem, target: str) -> None:
    """Wait until a copy is complete: within an account it mostly is when it is answered, and adlfs asks no further.

    Args:
        fs: of adlfs.
        target: path of the copy.

    Raises:
        ConnectionError: the service gave the copy up; it may be asked for again.
    """
    while (status := sync(fs.loop, _status, fs, target)) == "pending":
        time.sleep(_POLL_S)
    if status not in {None, "success"}:
        raise ConnectionError(f"the service gave the copy up: {status}")


async def _status(fs: Any, path: str) -> str | None:  # noqa: ANN401 - adlfs is not typed
    """Of the last copy to the blob: pending, success, aborted or failed; None: nothing was copied there."""
    container, blob, _ = fs.split_path(path)
    async with fs.service_client.get_blob_client(container, blob) as client:
        properties = await client.get_blob_properties()
    status: str | None = properties.copy.status
    return status
