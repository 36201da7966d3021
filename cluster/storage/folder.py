"""What a table needs of its storage, be it a disk or an object store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One file or object of a folder."""

    name: str
    """Relative to the folder, e.g. `staging/x.parquet`."""
    size_bytes: int


NOT_THERE = "the staged file is not there: was it swept by another run, or is this a disk that not every node shares?"
"""The message of a move whose source is missing."""


class Folder(Protocol):
    """A folder of files; names are relative to it, and may lead into subfolders.

    Every method raises TableError when the storage refuses, or cannot be reached for longer than the retries last.
    """

    @property
    def uri(self) -> str:
        """Where the folder is, without credentials."""

    def entries(self, under: str = "") -> list[Entry]:
        """The files directly in the folder, or in one subfolder; none if it does not exist."""

    def subfolders(self) -> list[str]:
        """The names of the folders directly in it."""

    def tree(self, under: str = "") -> list[str]:
        """The names of all files below the folder, or below one subfolder; none if it does not exist."""

    def read(self, name: str) -> bytes | None:
        """The whole content; None if there is no such file."""

    def open(self, entry: Entry) -> IO[bytes]:
        """A seekable file to read ranges from."""

    def write(self, name: str, content: bytes) -> None:
        """Put a whole file: a reader sees the old content or the new, never a part of it."""

    def create(self, name: str, content: bytes) -> bool:
        """Put a whole file unless there is one already; say whether it was put."""

    def stream(self, name: str) -> IO[bytes]:
        """A file to write little by little; it may become visible before it is complete."""

    def move(self, source: str, target: str, into: Folder | None = None) -> None:
        """Rename a file, within the folder or into another one of the same storage; a target of the same name is replaced.

        The target appears at once and whole.
        """

    def delete(self, name: str) -> None:
        """Delete a file if it is there."""

    def drop(self, name: str) -> None:
        """Delete a subfolder with everything in it, if it is there."""
