"""A folder behind fsspec: a prefix of an object store, or any other file system fsspec opens."""

from __future__ import annotations

from io import BytesIO
from typing import IO, Any, Final

from fsspec import AbstractFileSystem

from avemo_core.errors import TableError
from avemo_core.runtime.store_errors import is_condition_failed, unreachable
from cluster.storage.azure import is_azure, wait_for_copy
from cluster.storage.folder import NOT_THERE, Entry, Folder
from cluster.storage.retries import with_retries

_WHOLE_BYTES: Final = 8 * 2**20
"""Objects up to this size are fetched in one request: cheaper than several ranges."""

_BLOCK_BYTES: Final = 32 * 2**20
"""Size of one part of a multipart upload; S3 takes at most 10,000 of them."""


class ObjectFolder:
    """A prefix of an object store.

    Args:
        fs: the file system.
        path: the folder's path as the file system knows it.
        uri: the folder's URI without credentials, for messages.
    """

    def __init__(self, fs: AbstractFileSystem, path: str, uri: str) -> None:
        self._fs, self._path, self._uri = fs, path.rstrip("/"), uri.rstrip("/")

    @property
    def uri(self) -> str:
        """Where the folder is, without credentials."""
        return self._uri

    def entries(self, under: str = "") -> list[Entry]:
        """The objects directly under the prefix, or under one subfolder of it; none if there are none."""
        path, prefix = self.path_of(under).rstrip("/"), f"{under}/" if under else ""
        files = [item for item in self._listed(path) if item["type"] == "file" and item["name"].rstrip("/") != path]
        return sorted(
            (Entry(name=prefix + item["name"].rsplit("/", 1)[1], size_bytes=item["size"]) for item in files),
            key=lambda entry: entry.name,
        )

    def subfolders(self) -> list[str]:
        """The names of the prefixes directly under it."""
        return sorted(item["name"].rstrip("/").rsplit("/", 1)[1] for item in self._listed(self._path) if item["type"] == "directory")

    def tree(self, under: str = "") -> list[str]:
        """The names of all objects below the prefix, or below one subfolder; none if there are none."""
        self._fs.invalidate_cache()
        path = self.path_of(under).rstrip("/")
        try:
            found: list[str] = with_retries(f"list {self._uri}", lambda: self._fs.find(path))
        except FileNotFoundError:
            return []
        return sorted(name.removeprefix(f"{self._path}/") for name in found if not name.endswith("/"))

    def read(self, name: str) -> bytes | None:
        """The whole content; None if there is no such object."""
        try:
            return bytes(with_retries(f"read {self._uri}/{name}", lambda: self._fs.cat_file(self.path_of(name))))
        except FileNotFoundError:
            return None

    def open(self, entry: Entry) -> IO[bytes]:
        """A seekable file to read ranges from."""
        if entry.size_bytes <= _WHOLE_BYTES:
            content = self.read(entry.name)
            if content is None:
                raise TableError(f"cannot open {self._uri}/{entry.name}: it was there when the folder was listed, and is gone")
            return BytesIO(content)
        file: IO[bytes] = self._fs.open(self.path_of(entry.name), "rb", cache_type="none", size=entry.size_bytes)
        return file

    def write(self, name: str, content: bytes) -> None:
        """Put a whole object in one request (several beyond 100 MB, which S3 joins at the end)."""
        try:
            with_retries(f"write {self._uri}/{name}", lambda: self._fs.pipe_file(self.path_of(name), content))
        except FileNotFoundError as error:
            raise self._no_bucket(error) from error

    def create(self, name: str, content: bytes) -> bool:
        """Put a whole object unless there is one already; say whether it was put.

        A try whose answer was lost may have put it: an object of just this content counts as ours.
        """
        try:
            with_retries(f"create {self._uri}/{name}", lambda: self._put_if_absent(name, content))
        except FileExistsError:
            return self.read(name) == content
        except FileNotFoundError as error:
            raise self._no_bucket(error) from error
        return True

    def stream(self, name: str) -> IO[bytes]:
        """A file to write little by little; a multipart upload on S3."""
        file: IO[bytes] = self._fs.open(self.path_of(name), "wb", block_size=_BLOCK_BYTES)
        return file

    def move(self, source: str, target: str, into: Folder | None = None) -> None:
        """Copy, then delete: the copy is the commit. A copy whose answer was lost is repeated: it gives the same object."""
        there = into if isinstance(into, ObjectFolder) else self
        try:
            with_retries(f"publish {there.uri}/{target}", lambda: self._copy(self.path_of(source), there.path_of(target)))
        except FileNotFoundError as error:
            raise TableError(f"cannot publish {there.uri}/{target}: {NOT_THERE}") from error
        self.delete(source)

    def delete(self, name: str) -> None:
        """Delete an object if it is there."""
        try:
            with_retries(f"delete {self._uri}/{name}", lambda: self._fs.rm_file(self.path_of(name)))
        except FileNotFoundError:
            return

    def drop(self, name: str) -> None:
        """Delete every object below a subfolder."""
        for file in self.tree(name):
            self.delete(file)

    def _listed(self, path: str) -> list[dict[str, Any]]:
        self._fs.invalidate_cache(path)
        try:
            return list(with_retries(f"list {self._uri}", lambda: self._fs.ls(path, detail=True)))
        except FileNotFoundError:
            return []

    def _copy(self, source: str, target: str) -> None:
        self._fs.cp_file(source, target)
        if is_azure(self._fs):
            wait_for_copy(self._fs, target)

    def _put_if_absent(self, name: str, content: bytes) -> None:
        try:
            self._fs.pipe_file(self.path_of(name), content, mode="create")
        except unreachable() as error:
            if is_condition_failed(error):
                raise FileExistsError(name) from error
            raise

    def _no_bucket(self, error: FileNotFoundError) -> TableError:
        return TableError(f"cannot write to {self._uri}: there is no such bucket or container ({error})")

    def path_of(self, name: str) -> str:
        """A name's path as the file system knows it."""
        return f"{self._path}/{name}"
