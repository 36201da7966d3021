"""Offset of chirp and flash as a reader hands them out.

The chirp by matched filter: the envelope of the correlation with its analytic signal, so that a codec that turns phases moves
nothing, between samples by a parabola. On PCM in Matroska its own error is 0.00 ms. The flash is the time of the first white picture.

    flash       |                       |
    chirp         ~~                     ~~
                ->|<- offset: > 0, the sound comes late
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy import ndarray
from scipy.signal import correlate, hilbert

from clock_matrix import film
from clock_matrix.cells import Cell

NEAR_S: Final = 0.6
"""A chirp belongs to the flash within this distance: less than half of what lies between two."""
THRESHOLD: Final = 0.4
"""Of the strongest correlation: lower ones are noise."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a reader hands out, measured."""

    flashes_s: tuple[float, ...] = ()
    chirps_s: tuple[float, ...] = ()
    numbers: tuple[tuple[float, int], ...] = ()
    """Time and number of each picture that shows one."""
    fault: str = ""
    """Why there is nothing."""


@dataclass(frozen=True, kw_only=True)
class Error:
    """How far a reader is from the truth, in milliseconds."""

    offsets_ms: tuple[float, ...]
    """Chirp minus flash, minus its true value, of each click of which both were found."""
    lost: int
    """Clicks of which one or both were not found."""
    flashes_lost: int
    chirps_lost: int
    flash_ms: float | None
    """Absolute: time of the worst flash minus its true time; None where there is none."""
    chirp_ms: float | None
    """Absolute: of the worst chirp."""
    uneven_ms: float | None
    """Widest distance between a picture's lateness and the median's; None where pictures are not evenly spaced."""
    frames: int
    fault: str = ""

    @property
    def worst_ms(self) -> float | None:
        """The offset furthest from 0."""
        return max(self.offsets_ms, key=abs, default=None)


def flashes_s(frames: Iterable[tuple[float, ndarray]]) -> tuple[tuple[float, ...], tuple[tuple[float, int], ...]]:
    """Times of white pictures, of several in a row the first's; and time and number of the others."""
    flashes, numbers = [], []
    before = False
    for time_s, gray in frames:
        white = film.is_white(gray)
        if white and not before:
            flashes.append(time_s)
        elif not white and (number := film.number_of(gray)) is not None:
            numbers.append((time_s, number))
        before = white
    return tuple(flashes), tuple(numbers)


def chirps_s(samples: ndarray, rate_hz: int) -> tuple[float, ...]:
    """Times at which chirps begin, from the first sample on."""
    if len(samples) < film.CHIRP_S * rate_hz:
        return ()
    strength = np.abs(correlate(samples, hilbert(film.chirp(rate_hz)), "valid", "fft"))
    peaks, far = [], round(0.2 * rate_hz)
    left = strength.copy()
    while left.max() > THRESHOLD * strength.max() > 0:
        at = int(left.argmax())
        peaks.append((at + _between(strength, at)) / rate_hz)
        left[max(0, at - far) : at + far] = 0
    return tuple(sorted(peaks))


def _between(values: ndarray, at: int) -> float:
    """Where the top of a parabola through three values lies, relative to the middle one."""
    if not 0 < at < len(values) - 1:
        return 0.0
    before, here, after = values[at - 1 : at + 2].astype(float)
    return float((before - after) / (2 * (before - 2 * here + after)))


def error(seen: Seen, cell: Cell) -> Error:
    """Against the truth."""
    flashes = _matched(seen.flashes_s, [flash for flash, _ in cell.clicks_s])
    chirps = _matched(seen.chirps_s, [chirp for _, chirp in cell.clicks_s])
    offsets = tuple(chirp - flash for flash, chirp in zip(flashes, chirps, strict=True) if flash is not None and chirp is not None)
    flash_errors, chirp_errors = ([one for one in errors if one is not None] for errors in (flashes, chirps))
    return Error(
        offsets_ms=offsets,
        lost=len(cell.clicks_s) - len(offsets),
        flashes_lost=len(cell.clicks_s) - len(flash_errors),
        chirps_lost=len(cell.clicks_s) - len(chirp_errors),
        flash_ms=max(flash_errors, key=abs, default=None),
        chirp_ms=max(chirp_errors, key=abs, default=None),
        uneven_ms=_uneven_ms(seen.numbers) if cell.is_numbered else None,
        frames=len(seen.numbers),
        fault=seen.fault,
    )


def _matched(times_s: Sequence[float], true_s: Sequence[float]) -> list[float | None]:
    """Lateness of each, in ms: one by one where all were found, however late; else of the nearest one, if it is near."""
    if len(times_s) == len(true_s):
        return [1000 * (time_s - true) for time_s, true in zip(times_s, true_s, strict=True)]
    nearest = [min(times_s, key=lambda time_s: abs(time_s - true), default=None) for true in true_s]
    return [
        1000 * (time_s - true) if time_s is not None and abs(time_s - true) < NEAR_S else None
        for time_s, true in zip(nearest, true_s, strict=True)
    ]


def _uneven_ms(numbers: Sequence[tuple[float, int]]) -> float | None:
    if not numbers:
        return None
    late = np.array([time_s - number / film.FPS for time_s, number in numbers])
    return float(1000 * np.abs(late - np.median(late)).max())
