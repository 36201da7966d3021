"""A share of a corpus: `--shard i/n` lets several drivers work on disjoint parts of it side by side."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from avemo_core.errors import ConfigError
from cluster.storage.parts import SHARE_PREFIX


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
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
        """The half-open range of rows that is this share's; all shares together cover each row once."""
        return range((self.index - 1) * total // self.count, self.index * total // self.count)

    def location(self, out: str) -> str:
        """The table of this share: a subfolder of the output, since each driver holds the lock of its own table."""
        return f"{out.rstrip('/')}/{SHARE_PREFIX}{self.index:05}-of-{self.count:05}"
