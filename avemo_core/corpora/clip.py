"""A clip: one video or sound file, or a half-open range of one, with what is known about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """One row of the clips table, with its path resolved."""

    source_id: str
    """The clip_id of the clips table."""
    uri: str
    """An absolute path or a URL that fsspec opens."""
    label: str | None = None
    split: str | None = None
    subject: str | None = None
    start_s: float | None = None
    """Start of the range on the file's clock; None: the file's start."""
    stop_s: float | None = None
    """End of the range, exclusive; None: the file's end."""
    region: tuple[float, float, float, float] | None = None
    """x0, y0, x1, y1: the part of the picture that shows the person, as shares of its width and height; None: all of it."""
