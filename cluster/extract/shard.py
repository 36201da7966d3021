"""`--shard i/n`: several drivers extract disjoint ranges of a clips table side by side, each into a subfolder of one output.

    10 clips, n = 3:   0 1 2 | 3 4 5 | 6 7 8 9        shard i has the half-open range [(i-1) * 10 // 3, i * 10 // 3)
                       1/3     2/3     3/3            OUT/share-00001-of-00003/, ...

Each subfolder is a table with a lock of its own; readers of OUT see all of them as one table.

Clips of one file stand together before the table is divided (avemo_core.corpora.file_order), so a border between two shards cuts
one file at most: n shards together read n - 1 files once more than one driver would.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from avemo_core.errors import ConfigError
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
