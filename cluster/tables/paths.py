"""Where the files of a table lie: its parts in OUT, and everything else in one sibling, OUT.avemo.

features/                         part-*.parquet and nothing else: every reader of Parquet opens the folder
features.avemo/                   run.json, lock, beat-TOKEN, log/, staging/, rejects/reject-*.parquet
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
from cluster.storage.location import public

SUFFIX: Final = ".avemo"

SHARD_PREFIX: Final = "share-"
"""Of the subfolders that several drivers write side by side, one a shard; readers of Parquet descend into them."""

PART_PREFIX: Final = "part-"
REJECT_PREFIX: Final = "reject-"

FEATURES: Final = "features"
"""Of predictions that are made from clips: the features, a table of its own in the sibling."""

SUBJECTS: Final = "subjects.parquet"
"""Of predictions: the subjects' statistics, beside the parts."""


def sibling(location: str) -> str:
    """Where everything of a table lies that is no part of it.

    Args:
        location: of the table, or of a shard of one.
    """
    parent, _, name = location.rstrip("/").rpartition("/")
    return f"{parent}{SUFFIX}/{name}" if name.startswith(SHARD_PREFIX) else f"{location.rstrip('/')}{SUFFIX}"


def check_has_sibling(location: str) -> None:
    """Refuse an output that can have no sibling on the same storage.

    Raises:
        ConfigError: a bucket's root, a disk's root, or a mounted disk.
    """
    try:
        filesystem, path = fsspec.core.url_to_fs(location)
    except (ValueError, ImportError) as error:
        raise ConfigError(f"{public(location)}: expected a local path, s3:// or another URL that fsspec opens; {error}") from error
    name = f"OUT{SUFFIX}"
    if isinstance(filesystem, LocalFileSystem):
        if Path(path).is_mount():
            raise ConfigError(f"--out {location}: a disk's root has no sibling for {name}; name a folder on it")
    elif "/" not in path.strip("/") and not path.startswith("/"):
        raise ConfigError(f"--out {public(location)}: a bucket's root has no sibling for {name}; name a folder in it")
