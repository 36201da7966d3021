"""Where the files of a table lie: its parts in OUT, and everything else in one sibling, OUT.avemo.

features/                         part-*.parquet and nothing else: every reader of Parquet opens the folder
features.avemo/                   run.json, sources.parquet, lock, beat-TOKEN, log/, staging/, rejects/reject-*.parquet
features/share-00001-of-00002/    with `--shard 1/2`: the parts of this shard
features.avemo/share-00001-of-00002/    and all else of it
predictions.avemo/subjects.parquet      of predictions: the subjects' statistics
predictions.avemo/features/             and with `score --clips` the features, a table with a sibling of its own
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import fsspec
from fsspec.implementations.local import LocalFileSystem

from avemo_core.errors import ConfigError
from avemo_core.runtime.public import public
from avemo_core.runtime.table_files import is_shard, sibling_by_name, sibling_on_disk
from cluster.storage.location import check_output, open_folder

SUFFIX: Final = ".avemo"

SHARD_PREFIX: Final = "share-"
"""Of the subfolders that several drivers write side by side, one a shard; readers of Parquet descend into them."""

RECORD: Final = "run.json"
"""With which settings a table was made, and what each run on it did."""

PART_PREFIX: Final = "part-"
REJECT_PREFIX: Final = "reject-"

FEATURES: Final = "features"
"""Of predictions that are made from clips: the features, a table of its own in the sibling."""

SUBJECTS: Final = "subjects.parquet"
"""Of predictions: the subjects' statistics, beside the parts."""

SOURCES: Final = "sources.parquet"
"""What the rows were made of, by source or row: what a later run holds against the clips table (cluster.tables.corrections)."""


def sibling(location: str) -> str:
    """Where everything of a table lies that is no part of it.

    Args:
        location: of the table, or of a shard of one; a link to a table has the table's, unless it has one of its own.
    """
    location = location.rstrip("/")
    return sibling_by_name(location) if "://" in location else sibling_on_disk(location)


def shards(location: str) -> list[str]:
    """The names of a table's shards: those that have parts, and those that have begun and have none so far.

    Raises:
        TableError: the storage cannot be listed.
    """
    names = {name for folder in (location, sibling(location)) for name in open_folder(folder).subfolders()}
    return sorted(filter(is_shard, names))


def check_place(location: str) -> None:
    """Refuse an output that can have no sibling on the same storage, or that lies in what another table has to itself.

    Args:
        location: of a table or of a shard; or of a folder that is no table, but must not lie in one either.

    Raises:
        ConfigError: a bucket's root, a disk's root, or a mounted disk; a folder among a table's parts, or in its sibling; a place that
            workers cannot write.
    """
    check_output(location)
    try:
        filesystem, path = fsspec.core.url_to_fs(location)
    except (ValueError, ImportError) as error:
        raise ConfigError(f"{public(location)}: expected a local path, s3:// or another URL that fsspec opens; {error}") from error
    table, _, name = path.rstrip("/").rpartition("/")
    if not is_shard(name):
        table = path
    if isinstance(filesystem, LocalFileSystem):
        if Path(table or "/").is_mount():
            raise ConfigError(f"--out {location}: a disk's root has no sibling for OUT{SUFFIX}; name a folder on it")
        _check_outside_tables(Path(table))
    elif "/" not in table.strip("/") and not table.startswith("/"):
        raise ConfigError(f"--out {public(location)}: a bucket's root has no sibling for OUT{SUFFIX}; name a folder in it")


def _check_outside_tables(table: Path) -> None:
    if next(table.parent.glob(f"{PART_PREFIX}*.parquet"), None) is not None:
        raise ConfigError(f"--out {table}: {table.parent} is a table, which holds its parts and nothing else; name a folder outside it")
    for folder in (table, *table.parents):
        is_sibling = folder.suffix == SUFFIX and (folder / RECORD).is_file()
        if is_sibling and table != folder / FEATURES:
            raise ConfigError(f"--out {table}: {folder} holds what avemo keeps of a table; name a folder outside it")
