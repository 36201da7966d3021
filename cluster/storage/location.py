"""From a location as users write it, a path or a URL, to the folder it names."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import fsspec
from fsspec.implementations.local import LocalFileSystem

from avemo_core.errors import ConfigError
from avemo_core.runtime.public import public
from cluster.storage.folder import Folder
from cluster.storage.local import LocalFolder

_S3_OPTIONS: Final[dict[str, Any]] = {
    "use_listings_cache": False,
    "config_kwargs": {"connect_timeout": 10, "read_timeout": 60, "retries": {"max_attempts": 1, "mode": "standard"}},
}
"""No cache of listings, which other processes outdate; s3fs tries five times itself, so the client below it does not."""


def is_remote(location: str) -> bool:
    """Whether the location names a URL rather than a path on this machine's disks."""
    return "://" in location and not location.startswith(("file://", "local://"))


def open_folder(location: str) -> Folder:
    """The folder of a location: a local path, file://, s3:// or any URL fsspec opens.

    Raises:
        ConfigError: fsspec knows no such protocol, or lacks the package for it.
    """
    options = _S3_OPTIONS if location.startswith(("s3://", "s3a://")) else {}
    try:
        fs, path = fsspec.core.url_to_fs(location, **options)
    except (ValueError, ImportError) as error:
        raise ConfigError(f"{public(location)}: expected a local path, s3:// or another URL that fsspec opens; {error}") from error
    if isinstance(fs, LocalFileSystem):
        return LocalFolder(Path(path).absolute())
    from cluster.storage.objects import ObjectFolder  # noqa: PLC0415 - spares each worker of a local run the import of an S3 client

    return ObjectFolder(fs, path, public(location))
