"""An object store in memory, counted://, that counts what is read of it."""

from collections import Counter
from typing import Any, ClassVar

import fsspec
from fsspec.spec import AbstractBufferedFile, AbstractFileSystem


class CountedStore(AbstractFileSystem):
    """Files that tests put into `files`; all instances are one store.

    Attributes:
        files: content by name.
        opened: how often each was opened.
        moved_bytes: how much was read of each.
    """

    protocol = "counted"
    files: ClassVar[dict[str, bytes]] = {}
    opened: ClassVar[Counter[str]] = Counter()
    moved_bytes: ClassVar[Counter[str]] = Counter()

    @classmethod
    def put_file(cls, name: str, content: bytes) -> str:
        """Put a file that nobody has read so far; gives its URL."""
        cls.files[name] = content
        cls.opened[name] = cls.moved_bytes[name] = 0
        return f"counted://{name}"

    def info(self, path: str, **_options: object) -> dict[str, Any]:
        """Name and size."""
        name = self._strip_protocol(path)
        if name not in self.files:
            raise FileNotFoundError(path)
        return {"name": name, "size": len(self.files[name]), "type": "file"}

    def _open(self, path: str, mode: str = "rb", **_options: object) -> AbstractBufferedFile:
        self.opened[path] += 1
        return _CountedFile(self, path, mode, block_size=2**16)


class _CountedFile(AbstractBufferedFile):
    def _fetch_range(self, start: int, end: int) -> bytes:
        block = self.fs.files[self.path][start:end]
        self.fs.moved_bytes[self.path] += len(block)
        return block


fsspec.register_implementation("counted", CountedStore, clobber=True)
