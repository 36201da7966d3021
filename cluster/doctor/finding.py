"""One thing that was looked at: what was seen, and what to do where it is wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What was seen of one thing."""

    of: str
    """What was looked at, in a word."""
    said: str
    """What was seen."""
    remedy: str = ""
    """What to do."""
    is_wrong: bool = False

    def lines(self) -> list[str]:
        """As a user reads it."""
        first = f"{'WRONG' if self.is_wrong else 'ok':6}{self.of:15}{self.said}"
        return [first, f"{'':21}{self.remedy}"] if self.remedy else [first]


def fine(of: str, said: str) -> Finding:
    """A thing that is as it should be."""
    return Finding(of=of, said=said)


def wrong(of: str, said: str, remedy: str = "") -> Finding:
    """A thing that is not."""
    return Finding(of=of, said=said, remedy=remedy, is_wrong=True)
