"""The files of a table as any reader finds them, on disk or behind fsspec; `cluster/tables/paths.py` draws where they lie."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.implementations.local import LocalFileSystem

from avemo_core.errors import ConfigError, StorageFailed, TableError
from avemo_core.runtime.parquet_errors import damage_named

_SHARD: Final = re.compile(r"share-\d{5,}-of-\d{5,}")
"""The names of subfolders that hold a shard each."""

_READERS: Final = 16
"""Files fetched in parallel: a store answers many requests at once. On disk one after the other: pyarrow itself uses all cores."""


@dataclass(frozen=True, kw_only=True)
class TableFiles:
    """Where a table lies.

    Attributes:
        filesystem: of fsspec.
        path: of the folder, as the file system knows it.
    """

    filesystem: Any
    path: str

    @classmethod
    def of(cls, location: str | os.PathLike[str]) -> TableFiles:
        """The table of a location.

        Raises:
            ConfigError: fsspec knows no such protocol, or lacks the package for it.
        """
        try:
            filesystem, path = fsspec.core.url_to_fs(os.fspath(location))
        except (ValueError, ImportError) as error:
            raise ConfigError(f"expected a local path, s3:// or another URL that fsspec opens; {error}") from error
        return cls(filesystem=filesystem, path=path.rstrip("/"))

    def parts(self) -> list[str]:
        """The table's parts, with those of its shards."""
        return [file for folder in (self.path, *self._shards()) for file in self._files(folder)]

    def rejects(self) -> list[str]:
        """The files that hold its rejects, of either format, with those of its shards."""
        folders = [folder for table in (self.path, *self._shards()) for folder in (f"{self._sibling(table)}/rejects", f"{table}/_rejects")]
        return [file for folder in folders for file in self._files(folder)]

    def tables(self, files: Sequence[str], names: Callable[[pa.Schema, str], list[str]]) -> Iterator[pa.Table]:
        """Some columns of each file, in the order of the files; pages are held against their checksums.

        Args:
            files: which.
            names: the columns to read of a file, by its schema and its name as a message may show it.

        Raises:
            TableError: a file is damaged, or cannot be read.
        """
        with ThreadPoolExecutor(1 if self._is_local else _READERS, "read parts") as readers:
            yield from readers.map(lambda file: self._table(file, names), files)

    def nothing_there(self) -> TableError:
        """That the table has no part."""
        remedy = "Has the job that writes this table finished?"
        return TableError.mismatch(self._shown(self.path), "a folder with part-*.parquet", "no such file", remedy)

    @property
    def _is_local(self) -> bool:
        return isinstance(self.filesystem, LocalFileSystem)

    def _shown(self, path: str) -> str:
        """A path as a message may show it: without credentials."""
        return path if self._is_local else str(self.filesystem.unstrip_protocol(path))

    def _sibling(self, path: str) -> str:
        return sibling_on_disk(path) if self._is_local else sibling_by_name(path)

    def _shards(self) -> list[str]:
        """The subfolders of shards, those included that have begun and have no part so far."""
        listed = [path for folder in (self.path, self._sibling(self.path)) for path in self._listed(folder, "directory")]
        names = {path.rsplit("/", 1)[-1] for path in listed}
        return sorted(f"{self.path}/{name}" for name in names if is_shard(name))

    def _files(self, folder: str) -> list[str]:
        """The Parquet files of a folder; `_` or `.` in front says that one is not finished, or no part."""
        found = self._listed(folder, "file")
        return sorted(path for path in found if path.endswith(".parquet") and not path.rsplit("/", 1)[-1].startswith(("_", ".")))

    def _listed(self, folder: str, kind: str) -> list[str]:
        with self._reached(folder):
            self.filesystem.invalidate_cache(folder)  # other processes outdate a listing
            try:
                if self._is_local:
                    return _on_disk(folder, kind)
                return [item["name"].rstrip("/") for item in self.filesystem.ls(folder, detail=True) if item["type"] == kind]
            except (FileNotFoundError, NotADirectoryError):
                return []

    def _table(self, file: str, names: Callable[[pa.Schema, str], list[str]]) -> pa.Table:
        shown = self._shown(file)
        with self._reached(file), self.filesystem.open(file, "rb") as stream, damage_named(shown):
            parquet = pq.ParquetFile(stream, pre_buffer=True, page_checksum_verification=True)
            return parquet.read(columns=names(parquet.schema_arrow, shown))

    @contextmanager
    def _reached(self, path: str) -> Iterator[None]:
        try:
            yield
        except self._unreachable() as error:
            raise StorageFailed(f"{self._shown(path)}: cannot be read ({type(error).__name__}: {error})") from error

    def _unreachable(self) -> tuple[type[Exception], ...]:
        if self._is_local:
            return (OSError,)
        from avemo_core.runtime.store_errors import unreachable  # noqa: PLC0415 - spares local reading the import of an S3 client

        return unreachable()


def is_shard(name: str) -> bool:
    """Whether a subfolder of this name holds a shard of a table."""
    return _SHARD.fullmatch(name) is not None


def sibling_by_name(path: str) -> str:
    """Where everything of a table lies that is no part of it, as its name says."""
    parent, _, name = path.rpartition("/")
    return f"{parent}.avemo/{name}" if is_shard(name) else f"{path}.avemo"


def sibling_on_disk(path: str) -> str:
    """As `sibling_by_name`; of a link to a table it is the table's, unless the link has one of its own."""
    named = sibling_by_name(str(Path(path).absolute()))
    return named if Path(named).is_dir() else sibling_by_name(str(Path(path).resolve()))


def _on_disk(folder: str, kind: str) -> list[str]:
    """Links count as what they lead to; one that leads nowhere is a file, which cannot be read: no row is passed over in silence."""
    if Path(folder).is_file():
        return [folder] if kind == "file" else []
    return [str(path) for path in Path(folder).iterdir() if path.is_dir() == (kind == "directory")]
