"""What Azure does otherwise than other stores: its client waits long, and a copy may go on after it was answered."""

from __future__ import annotations

import time
from typing import Any, Final

from fsspec import AbstractFileSystem
from fsspec.asyn import sync

_POLL_S: Final = 0.5
"""Between two looks at a copy that is under way."""

_CLIENT_WAITS: Final = {"initial_backoff": 1, "increment_base": 2, "random_jitter_range": 1}
"""Of its three tries again: about 1, 3 and 5 s, in place of 15, 18 and 24."""


def is_azure(fs: AbstractFileSystem) -> bool:
    """Whether it is adlfs, which is asked by its name: it is an extra."""
    return "abfs" in ((fs.protocol,) if isinstance(fs.protocol, str) else fs.protocol)


def shorten_waits(fs: AbstractFileSystem) -> None:
    """Let the client ask again soon: whoever calls it tries again too (`retries`), and the two waits multiply.

    Args:
        fs: of adlfs, which has no option for it. The clients of containers and blobs share the policy of the account's.
    """
    policy = fs.service_client._config.retry_policy  # noqa: SLF001 - the only way to it
    for name, value in _CLIENT_WAITS.items():
        setattr(policy, name, value)


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
