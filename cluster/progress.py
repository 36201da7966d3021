"""What a user sees of a run: a progress bar in a terminal, a line now and then in a log file, one line at the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Final, Never, TextIO

from tqdm import tqdm

_LINE_S: Final = 20.0
"""Between two lines where there is no terminal."""


class Progress:
    """Shows how far a run is.

    Args:
        what: what is being done, e.g. `extract`.
        total: how many clips there are; None: not known.
        out: where to show it; a terminal gets a bar, anything else plain lines.
    """

    def __init__(self, what: str, total: int | None = None, out: TextIO | None = None) -> None:
        self._what, self.total, self._out = what, total, out or sys.stderr
        self._started_s = self._line_s = time.monotonic()
        self._bar = tqdm(total=total, desc=what, unit="clip", file=self._out, dynamic_ncols=True) if self._out.isatty() else None
        self._offset = 0

    def skipped(self, count: int) -> None:
        """Set how many clips an earlier run finished; they count neither as work done nor in the rate."""
        self._offset = count

    def update(self, done: int, rejected: int) -> None:
        """Show the clips of this run that are done and rejected so far."""
        if self._bar is not None:
            self._show_bar(self._bar, done, rejected)
        elif time.monotonic() - self._line_s >= _LINE_S:
            self._line_s = time.monotonic()
            self.say(self._line(done, rejected))

    def say(self, text: str) -> None:
        """Print a line; above the bar where there is one."""
        if self._bar is not None:
            self._bar.write(text, file=self._out)
        else:
            print(text, file=self._out, flush=True)

    def close(self) -> None:
        """End the bar; its last state stays on the screen."""
        if self._bar is not None:
            self._bar.close()

    def _show_bar(self, bar: tqdm[Never], done: int, rejected: int) -> None:
        if self.total is not None:
            bar.total = max(self.total - self._offset, done + rejected)
        bar.set_postfix(rejected=rejected, refresh=False)
        bar.update(done + rejected - bar.n)

    def _line(self, done: int, rejected: int) -> str:
        elapsed_s = time.monotonic() - self._started_s
        rate = (done + rejected) / elapsed_s
        parts = [f"{self._what}: {done:,} done", f"{rejected:,} rejected", f"{rate:.3g} clips/s"]
        if self.total is not None and rate:
            left = self.total - self._offset - done - rejected
            parts.append(f"about {duration(left / rate)} left")
        return ", ".join(parts)


def say(*lines: str) -> None:
    """Print lines about what is about to be done, before there is a bar."""
    if lines:
        print(*lines, sep="\n", file=sys.stderr, flush=True)  # noqa: T201 - that is what it is for


def duration(seconds: float) -> str:
    """A time span in words, to two units."""
    minutes, s = divmod(round(seconds), 60)
    hours, m = divmod(minutes, 60)
    if hours:
        return f"{hours} h {m} min"
    return f"{m} min {s} s" if m else f"{s} s"


def reasons(rejected: Mapping[str, int]) -> str:
    """Rejects by reason, most frequent first, e.g. `3 rejected (2 missing, 1 too_long)`."""
    total = sum(rejected.values())
    if not total:
        return "0 rejected"
    return f"{total:,} rejected ({listed(rejected)})"


def listed(counts: Mapping[str, int]) -> str:
    """Counts by name, most frequent first, e.g. `2 missing, 1 too_long`."""
    return ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items(), key=lambda pair: -pair[1]))
