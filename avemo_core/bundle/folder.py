"""The files of a bundle's folder, wherever fsspec opens it."""

import fsspec

from avemo_core.errors import BundleError
from avemo_core.runtime.files import write_bytes
from avemo_core.runtime.store_errors import said, unreachable


def write_file(folder: str, name: str, content: bytes) -> None:
    """Write one file, whole or not at all.

    Raises:
        BundleError: the place cannot be written.
    """
    location = _inside(folder, name)
    try:
        write_bytes(location, content)
    except unreachable() as error:
        raise BundleError(f"{location}: cannot be written: {said(error)}") from error


def remove_file(folder: str, name: str) -> None:
    """Delete one file where there is one.

    Raises:
        BundleError: it cannot be deleted.
    """
    location = _inside(folder, name)
    filesystem, path = fsspec.core.url_to_fs(location)
    try:
        filesystem.rm_file(path)
    except FileNotFoundError:
        return
    except unreachable() as error:
        raise BundleError(f"{location}: cannot be deleted: {said(error)}") from error


def read_file(folder: str, name: str) -> bytes | None:
    """The content of one file; None where the place can be read and has no such file.

    Raises:
        BundleError: the place cannot be read, or fsspec lacks the package for it.
    """
    location = _inside(folder, name)
    try:
        filesystem, path = fsspec.core.url_to_fs(location)
        content: bytes = filesystem.cat_file(path)
    except FileNotFoundError:
        return None
    except unreachable(ValueError, ImportError) as error:
        raise BundleError(f"{location}: expected a file of a model bundle, found a place that cannot be read: {said(error)}") from error
    return content


def _inside(folder: str, name: str) -> str:
    return f"{folder.rstrip('/')}/{name}"
