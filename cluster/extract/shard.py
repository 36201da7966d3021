"""`--shard i/n`: several drivers extract disjoint ranges of a clips table side by side, each into a subfolder of one output.

    10 clips, n = 3:   0 1 2 | 3 4 5 | 6 7 8 9        shard i has the half-open range [(i-1) * 10 // 3, i * 10 // 3)
                       1/3     2/3     3/3            OUT/share-00001-of-00003/, ...

Each subfolder is a table with a lock of its own; readers of OUT see all of them as one table.

Clips of one file stand together before the table is divided (avemo_core.corpora.file_order), so a border between two shards cuts
one file at most: n shards together read n - 1 files once more than one driver would.

Where the clips table has changed since, a clip stays with the shard that it was first given to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.corpora.file_order import by_file
from avemo_core.errors import ConfigError
from cluster.tables.corrections.note import asked_for
from cluster.tables.existing import holds_table, recorded
from cluster.tables.feature_table import check_media_version
from cluster.tables.paths import SHARD_PREFIX, shards


@dataclass(frozen=True, kw_only=True, slots=True)
class Shard:
    """The i-th of n equal, contiguous ranges of a clips table; i counts from 1."""

    index: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """From the text `i/n`.

        Raises:
            ConfigError: it is not i/n with 1 <= i <= n.
        """
        match = re.fullmatch(r"(\d+)/(\d+)", text)
        if not match or not 1 <= int(match[1]) <= int(match[2]):
            raise ConfigError(f"--shard: expected i/n with 1 <= i <= n, e.g. 2/8, found {text!r}")
        return cls(index=int(match[1]), count=int(match[2]))

    def rows(self, total: int) -> range:
        """The rows of the clips table that are this shard's; all shards together have each row once."""
        return range((self.index - 1) * total // self.count, self.index * total // self.count)

    def clips(self, clips: pa.Table, out: str) -> pa.Table:
        """The clips of this shard: those that it was asked for before, and of its range those that no other shard was.

        So a clip stays where it is, though rows of the clips table were taken out and the ranges have moved: it is in one table, whichever
        drivers run side by side, as long as they are given the same clips.

        Args:
            clips: the clips of all shards, in schemas.clips.CLIPS.
            out: the output of all shards.
        """
        ordered = by_file(clips)
        names, rows = ordered.column("clip_id"), self.rows(clips.num_rows)
        place = np.arange(clips.num_rows)
        is_ours = pa.array((place >= rows.start) & (place < rows.stop))
        own = self.location(out)
        for name in shards(out):
            table = f"{out.rstrip('/')}/{name}"
            asked = pc.is_in(names, value_set=asked_for(table))
            is_ours = pc.or_(is_ours, asked) if table == own else pc.and_not(is_ours, asked)
        return ordered.filter(is_ours)

    def check_beside(self, out: str, fingerprint: Mapping[str, Any]) -> None:
        """Refuse an output whose readers would get clips twice, or rows of different settings, with this shard in it.

        Args:
            out: the output of all shards.
            fingerprint: of this shard's table.

        Raises:
            ConfigError: the output is a table itself, or holds shards of another n, of other settings or of another media version.
        """
        if holds_table(out):
            raise ConfigError(f"--shard {self.index}/{self.count}: --out {out} is a whole table already; choose another --out")
        for name in shards(out):
            check_media_version(f"{out}/{name}")
            if not name.endswith(f"-of-{self.count:05}"):
                raise ConfigError(
                    f"--shard {self.index}/{self.count}: {out} holds {name}, whose clips would come twice; choose another --out"
                )
            record = recorded(f"{out}/{name}")
            ours = {key: value for key, value in fingerprint.items() if record and record.fingerprint.get(key) != value}
            if record and ours:
                theirs = {key: record.fingerprint.get(key) for key in ours}
                raise ConfigError(
                    f"--shard {self.index}/{self.count}: {name} was made with other settings\n  this run: {ours}\n  {name}: {theirs}\n"
                    "  Use the same for every shard, or choose another --out."
                )

    def location(self, out: str) -> str:
        """The table of this shard, a subfolder of the output."""
        return f"{out.rstrip('/')}/{SHARD_PREFIX}{self.index:05}-of-{self.count:05}"
