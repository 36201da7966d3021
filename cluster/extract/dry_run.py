"""`--dry-run`: how many clips a run would extract and how many bytes it would read, without doing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import fsspec
import numpy as np
import pyarrow as pa

from avemo_core.runtime.public import public
from avemo_core.runtime.store_errors import unreachable
from cluster.extract.corrections import planned
from cluster.pool.run import RETRY
from cluster.storage.location import open_folder
from cluster.tables.parts import published_ids
from cluster.tables.rejects import RejectList

_MEASURED: Final = 200
"""Most files whose size is asked for; the others are taken to be as large on average."""


@dataclass(frozen=True, kw_only=True)
class DryRun:
    """What a run would do; counts are clips."""

    out: str
    clips: int
    done: int
    """With rows already."""
    rejected: int
    """With a reject already, which a run would leave as it is."""
    to_do: int
    to_do_bytes: int
    """Size of their files, each counted once, estimated from some of them."""
    missing: int
    """Of the files that were looked at, how many are not there."""
    asked: int
    """How many files were looked at."""
    corrections: str | None = None
    """What would be corrected in rows that there are."""

    def line(self) -> str:
        """As a user reads it."""
        missing = f"; {self.missing} of {self.asked} files looked at are not there" if self.missing else ""
        corrections = f"to correct: {self.corrections}\n" if self.corrections else ""
        hint = f" ({RETRY})" if self.rejected else ""
        return (
            f"{corrections}dry run: {self.clips:,} clips, {self.done:,} done, {self.rejected:,} rejected before{hint}, "
            f"{self.to_do:,} to do (about {self.to_do_bytes / 1e9:.3g} GB){missing}; output would go to {public(self.out)}"
        )


def dry_run_of(clips: pa.Table, out: str, *, retry_rejects: bool, is_whole: bool = True) -> DryRun:
    """Compare a clips table with what the output has; only reads.

    Args:
        clips: as `avemo_core.corpora.clips_table.read_clips` gives it.
        out: the output table, which need not exist.
        retry_rejects: whether earlier rejects are to be tried again.
        is_whole: whether these are all clips that the output may have.
    """
    corrections, _ = planned(clips, out, is_whole=is_whole)
    done = published_ids(open_folder(out)) - corrections.dropped
    rejected = RejectList(out).source_ids() - done - corrections.again_rejects
    ids = clips.column("clip_id").to_pylist()
    finished = done if retry_rejects else done | rejected
    to_do = [path for name, path in zip(ids, clips.column("path").to_pylist(), strict=True) if name not in finished]
    paths = list(dict.fromkeys(to_do))
    sizes = _sizes(paths)
    known = [size for size in sizes if size is not None]
    return DryRun(
        out=out,
        clips=len(ids),
        done=len(done.intersection(ids)),
        rejected=0 if retry_rejects else len(rejected.intersection(ids)),
        to_do=len(to_do),
        to_do_bytes=round(float(np.mean(known)) * len(paths)) if known else 0,
        missing=len(sizes) - len(known),
        asked=len(sizes),
        corrections=corrections.line(),
    )


def _sizes(paths: Sequence[str]) -> list[int | None]:
    """Sizes in bytes of at most `_MEASURED` of the files, evenly spread; None for one that cannot be reached."""
    indices = sorted({round(index) for index in np.linspace(0, len(paths) - 1, min(_MEASURED, len(paths)))})
    return [_size(paths[index]) for index in indices]


def _size(path: str) -> int | None:
    try:
        filesystem, name = fsspec.core.url_to_fs(path)
        return int(filesystem.size(name) or 0)
    except unreachable(ValueError, ImportError):
        return None
