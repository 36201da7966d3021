"""A folder on a local or a mounted disk."""

from __future__ import annotations

import os
import shutil
import uuid
from io import BufferedWriter, FileIO
from pathlib import Path
from typing import IO

from avemo_core.errors import TableError
from cluster.storage.folder import NOT_THERE, Entry, Folder


class LocalFolder:
    """A folder on a disk; every write is flushed to the disk before it gets its name."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def uri(self) -> str:
        """The folder's absolute path."""
        return str(self.path)

    def entries(self, under: str = "") -> list[Entry]:
        """The files directly in the folder, or in one subfolder; none if it does not exist."""
        prefix = f"{under}/" if under else ""
        try:
            with os.scandir(self.path / under) as found:
                files = [entry for item in found if (entry := _entry(prefix, item)) is not None]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._refused("list", under, error) from error
        return sorted(files, key=lambda entry: entry.name)

    def subfolders(self) -> list[str]:
        """The names of the folders directly in it."""
        try:
            return sorted(path.name for path in self.path.iterdir() if path.is_dir())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._refused("list", "", error) from error

    def tree(self, under: str = "") -> list[str]:
        """The names of all files below the folder, or below one subfolder; none if it does not exist."""
        try:
            return sorted(path.relative_to(self.path).as_posix() for path in (self.path / under).rglob("*") if not path.is_dir())
        except OSError as error:
            raise self._refused("list", under, error) from error

    def read(self, name: str) -> bytes | None:
        """The whole content; None if there is no such file."""
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._refused("read", name, error) from error

    def open(self, entry: Entry) -> IO[bytes]:
        """A seekable file to read ranges from."""
        try:
            return (self.path / entry.name).open("rb")
        except OSError as error:
            raise self._refused("open", entry.name, error) from error

    def write(self, name: str, content: bytes) -> None:
        """Put a whole file under a temporary name, then rename it."""
        temporary = self._temporary(name)
        try:
            self._put(temporary, content, "wb")
            temporary.replace(self.path / name)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise self._refused("write", name, error) from error

    def create(self, name: str, content: bytes) -> bool:
        """Put a whole file unless there is one already; say whether it was put."""
        try:
            self._put(self.path / name, content, "xb")
        except FileExistsError:
            return False
        except OSError as error:
            raise self._refused("create", name, error) from error
        return True

    def stream(self, name: str) -> IO[bytes]:
        """A file to write little by little; flushed to the disk when it is closed."""
        path = self.path / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return _FlushedFile(FileIO(path, "wb"))
        except OSError as error:
            raise self._refused("write", name, error) from error

    def move(self, source: str, target: str, into: Folder | None = None) -> None:
        """Rename, and flush the target's directory to the disk."""
        destination = (into.path if isinstance(into, LocalFolder) else self.path) / target
        try:
            destination.parent.mkdir(parents=True, exist_ok=True)
            (self.path / source).replace(destination)
            _flush_directory(destination.parent)
        except FileNotFoundError as error:
            raise TableError(f"cannot publish {destination}: {NOT_THERE}") from error
        except OSError as error:
            raise self._refused("publish", target, error) from error

    def delete(self, name: str) -> None:
        """Delete a file if it is there."""
        try:
            (self.path / name).unlink(missing_ok=True)
        except OSError as error:
            raise self._refused("delete", name, error) from error

    def drop(self, name: str) -> None:
        """Delete a subfolder with everything in it, if it is there."""
        try:
            shutil.rmtree(self.path / name)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._refused("delete", name, error) from error

    def _put(self, path: Path, content: bytes, mode: str) -> None:
        with self._opened(path, mode) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def _opened(self, path: Path, mode: str) -> IO[bytes]:
        """The file in a folder that is made where there is none; once more where another run's empty folder went meanwhile."""
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return path.open(mode)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            return path.open(mode)

    def _temporary(self, name: str) -> Path:
        """Beside its target, so that the rename stays within one disk; `open_table` deletes what a killed run left by the prefix."""
        target = self.path / name
        return target.with_name(f"__{target.name}.{uuid.uuid4().hex[:8]}")

    def _refused(self, verb: str, name: str, error: OSError) -> TableError:
        return TableError(f"cannot {verb} {self.path / name}: {error.strerror or error}")


def _entry(prefix: str, item: os.DirEntry[str]) -> Entry | None:
    """The file of a listing; None for a folder, and for a file that went between the listing and the look at its size.

    Others write here meanwhile (heartbeats under temporary names, parts leaving staging): one that vanished must not make the
    whole folder look empty.
    """
    if item.name.endswith(".parquet") and item.is_symlink() and not Path(item.path).exists():
        raise TableError(f"{item.path}: a link that leads nowhere; fetch what it stands for, and read the table then")
    try:
        return Entry(name=prefix + item.name, size_bytes=item.stat().st_size) if item.is_file() else None
    except FileNotFoundError:
        return None


class _FlushedFile(BufferedWriter):
    """A file whose content is on the disk, not only with the operating system, once it is closed."""

    def close(self) -> None:
        """Flush to the disk, then close.

        A staged file is moved into place right after it is closed. A power failure must not leave the new name on an empty file.
        """
        try:
            if not self.closed:
                self.flush()
                os.fsync(self.fileno())
        finally:
            super().close()


def _flush_directory(path: Path) -> None:
    """Put the rename itself on the disk: it is an entry of the directory, which fsync of the file does not flush."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
