"""From a location as users write it, a path or a URL, to the folder it names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import fsspec
from fsspec.implementations.local import LocalFileSystem

from avemo_core.errors import ConfigError, TableError
from avemo_core.runtime.public import public
from avemo_core.runtime.store_errors import said, unreachable
from cluster.storage.azure import is_azure, shorten_waits
from cluster.storage.folder import Folder
from cluster.storage.local import LocalFolder

_NO_LISTINGS: Final[dict[str, Any]] = {"use_listings_cache": False}
"""No cache of listings, which other processes outdate."""

_S3_OPTIONS: Final[dict[str, Any]] = {
    **_NO_LISTINGS,
    "config_kwargs": {"connect_timeout": 10, "read_timeout": 60, "retries": {"max_attempts": 1, "mode": "standard"}},
}
"""s3fs tries five times itself, so the client below it does not."""

_OPTIONS: Final = {"s3": _S3_OPTIONS, "s3a": _S3_OPTIONS} | dict.fromkeys(("abfs", "abfss", "az", "gs", "gcs"), _NO_LISTINGS)
"""Of the clients, by scheme; credentials and endpoints they take from the environment (docs/guides/stores.md)."""

_EXTRAS: Final = dict.fromkeys(("abfs", "abfss", "az"), ("adlfs", "azure")) | dict.fromkeys(("gs", "gcs"), ("gcsfs", "gcs"))
"""The package that opens a scheme, and the extra of avemo that brings it."""

_OF_ONE_PROCESS: Final = frozenset({"memory"})
_READ_ONLY: Final = frozenset({"data", "git", "github", "http", "https", "reference", "tar", "zip"})


def is_remote(location: str) -> bool:
    """Whether the location names a URL rather than a path on this machine's disks."""
    return "://" in location and not location.startswith(("file://", "local://"))


def check_extra(location: str) -> None:
    """Refuse a location whose client is an extra that is not installed.

    Raises:
        ConfigError: says the line that installs it.
    """
    package, extra = _EXTRAS.get(_scheme(location), ("", ""))
    if package and find_spec(package) is None:
        raise ConfigError(
            f"{public(location)}: expected the package {package}, which opens {_scheme(location)}://, and it is not installed\n"
            f"  Install it on every node: pip install --editable '.[{extra}]'"
        )


def check_output(location: str) -> None:
    """Refuse an output that no worker could write: in the memory of this process alone, or of a kind that is only read.

    Raises:
        ConfigError: it is one.
    """
    scheme, remedy = _scheme(location), "name a folder on a disk or in a store"
    if scheme in _OF_ONE_PROCESS:
        raise ConfigError(f"--out {location}: is in the memory of one process, which the workers do not see; {remedy}")
    if scheme in _READ_ONLY:
        raise ConfigError(f"--out {public(location)}: avemo only reads from {scheme}://; {remedy}")


@contextmanager
def usable(location: str) -> Iterator[None]:
    """Look at an output before any work is done for it.

    Raises:
        ConfigError: in place of the TableError of a place that refuses, or cannot be reached.
    """
    try:
        yield
    except TableError as error:
        raise ConfigError(f"{public(location)}: cannot be used as an output: {error}") from error


def open_folder(location: str) -> Folder:
    """The folder of a location: a local path, file://, s3://, abfs://, gs:// or any URL fsspec opens.

    Raises:
        ConfigError: fsspec knows no such protocol, or lacks the package for it; the client cannot even be made.
    """
    check_extra(location)
    try:
        fs, path = fsspec.core.url_to_fs(location, **_OPTIONS.get(_scheme(location), {}))
    except unreachable(ValueError, ImportError) as error:
        expected = "expected a local path, s3://, abfs://, gs:// or another URL that fsspec opens"
        raise ConfigError(f"{public(location)}: {expected}; {said(error)}") from error
    if isinstance(fs, LocalFileSystem):
        return LocalFolder(Path(path).absolute())
    if is_azure(fs):
        shorten_waits(fs)
    from cluster.storage.objects import ObjectFolder  # noqa: PLC0415 - spares each worker of a local run the import of an S3 client

    return ObjectFolder(fs, path, public(location))


def _scheme(location: str) -> str:
    """Of a URL; of a chain of file systems the first."""
    return location.partition("://")[0].partition("::")[0].lower() if "://" in location else ""
