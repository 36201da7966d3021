"""Writing a file whole or not at all, wherever it is."""

import fsspec
from fsspec.implementations.local import LocalFileSystem


def write_bytes(location: str, content: bytes) -> None:
    """Write one file, and its folder where there is none.

    On a disk it is written under a name nobody reads and then moved; a store shows an object only when it is whole.

    Raises:
        one of store_errors.unreachable(): the place cannot be written.
    """
    filesystem, path = fsspec.core.url_to_fs(location)
    folder, _, name = path.rpartition("/")
    filesystem.makedirs(folder, exist_ok=True)
    if not isinstance(filesystem, LocalFileSystem):
        filesystem.pipe_file(path, content)
        return
    staging = f"{folder}/.{name}.part"
    filesystem.pipe_file(staging, content)
    filesystem.mv(staging, path)
