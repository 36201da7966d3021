"""A shard of a corpus: `--shard i/n` lets several drivers work on disjoint parts of it side by side."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from avemo_core.errors import ConfigError
from cluster.storage.location import open_folder
from cluster.tables.parts import SHARD_PREFIX
from cluster.tables.table import holds_table, recorded


@dataclass(frozen=True, kw_only=True, slots=True)
class Shard:
    """The i-th of n equal, contiguous ranges of a clips table; i counts from 1."""

    index: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `i/n`.

        Raises:
            ConfigError: it is not such a pair with 1 <= i <= n.
        """
        match = re.fullmatch(r"(\d+)/(\d+)", text)
        if not match or not 1 <= int(match[1]) <= int(match[2]):
            raise ConfigError(f"--shard: expected i/n with 1 <= i <= n, e.g. 2/8, found {text!r}")
        return cls(index=int(match[1]), count=int(match[2]))

    def rows(self, total: int) -> range:
        """The half-open range of rows that is this shard's; all shards together cover each row once."""
        return range((self.index - 1) * total // self.count, self.index * total // self.count)

    def check_beside(self, out: str, fingerprint: Mapping[str, Any]) -> None:
        """Refuse to put this shard where rows of other shards, or of other settings, would be read with it.

        Args:
            out: the output of all shards.
            fingerprint: of this shard's table.

        Raises:
            ConfigError: the output is a table itself, holds shards of another number, or shards made with other settings.
        """
        if holds_table(out):
            raise ConfigError(f"--shard {self.index}/{self.count}: --out {out} is a whole table already; choose another --out")
        for name in (found for found in open_folder(out).subfolders() if found.startswith(SHARD_PREFIX)):
            if not name.endswith(f"-of-{self.count:05}"):
                raise ConfigError(
                    f"--shard {self.index}/{self.count}: {out} holds {name}, whose clips would come twice; choose another --out"
                )
            record = recorded(f"{out}/{name}")
            other = {key: value for key, value in fingerprint.items() if record and record.fingerprint.get(key) != value}
            if record and other:
                theirs = {key: record.fingerprint.get(key) for key in other}
                raise ConfigError(
                    f"--shard {self.index}/{self.count}: {name} was made with other settings\n  this run: {other}\n  {name}: {theirs}\n"
                    "  Use the same for every shard, or choose another --out."
                )

    def location(self, out: str) -> str:
        """The table of this shard: a subfolder of the output, since each driver holds the lock of its own table."""
        return f"{out.rstrip('/')}/{SHARD_PREFIX}{self.index:05}-of-{self.count:05}"
