"""Damage to a file's bytes: each way takes the bytes, another file's bytes and a source of chance, and gives bytes."""

import struct
from collections.abc import Callable
from random import Random
from typing import Final

Damage = Callable[[bytes, bytes, Random], bytes]

EXTREMES: Final = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
HEAD_BYTES: Final = 1024


def cut(data: bytes, _other: bytes, chance: Random) -> bytes:
    """The file ends anywhere."""
    return data[: chance.randrange(len(data) + 1)]


def beheaded(data: bytes, _other: bytes, chance: Random) -> bytes:
    """The file begins anywhere."""
    return data[chance.randrange(len(data) + 1) :]


def flipped(data: bytes, _other: bytes, chance: Random) -> bytes:
    """A few bits are wrong, anywhere."""
    return _flip(data, len(data), chance)


def flipped_in_the_head(data: bytes, _other: bytes, chance: Random) -> bytes:
    """A few bits are wrong where the headers are."""
    return _flip(data, HEAD_BYTES, chance)


def flipped_in_the_tail(data: bytes, _other: bytes, chance: Random) -> bytes:
    """A few bits are wrong at the end, where MP4, AVI and Matroska keep their indexes."""
    return _flip(data[::-1], 2 * HEAD_BYTES, chance)[::-1]


def noisy(data: bytes, _other: bytes, chance: Random) -> bytes:
    """A part is noise."""
    return _overwrite(data, chance.randbytes(chance.randrange(1, 512)), chance)


def blank(data: bytes, _other: bytes, chance: Random) -> bytes:
    """A part is one value, as a hole in a sparse file."""
    return _overwrite(data, bytes([chance.choice((0, 0xFF))]) * chance.randrange(1, 4096), chance)


def extreme(data: bytes, _other: bytes, chance: Random) -> bytes:
    """A few numbers are the largest or smallest of their kind: sizes, counts, rates, lengths."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        data = _overwrite(data, struct.pack(chance.choice("<>") + chance.choice(("Q", "I", "I")), chance.choice(EXTREMES)), chance)
    return data


def short_of_a_part(data: bytes, _other: bytes, chance: Random) -> bytes:
    """A part is missing in the middle."""
    start, stop = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:start] + data[stop:]


def repetitive(data: bytes, _other: bytes, chance: Random) -> bytes:
    """A part comes again and again."""
    start = chance.randrange(len(data) + 1)
    part = data[start : start + chance.randrange(1, 2048)]
    return data[: start + len(part)] + part * chance.choice((1, 3, 50)) + data[start + len(part) :]


def grafted(data: bytes, other: bytes, chance: Random) -> bytes:
    """One file's head on another's body."""
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


def endless(data: bytes, _other: bytes, chance: Random) -> bytes:
    """The file comes several times over, as appended recordings do."""
    return data * chance.choice((2, 3, 5))


def disguised(_data: bytes, other: bytes, chance: Random) -> bytes:
    """Noise with the first bytes of a media file."""
    return other[: chance.randrange(4, 64)] + chance.randbytes(chance.randrange(4096))


def noise(_data: bytes, _other: bytes, chance: Random) -> bytes:
    """Nothing but noise, or nothing."""
    return chance.randbytes(chance.choice((0, 1, 16, 4096, 65536)))


WAYS: Final[tuple[Damage, ...]] = (
    cut,
    beheaded,
    flipped,
    flipped_in_the_head,
    flipped_in_the_head,
    flipped_in_the_tail,
    noisy,
    blank,
    extreme,
    extreme,
    short_of_a_part,
    repetitive,
    grafted,
    endless,
    disguised,
    noise,
)
"""Every way; those that reach most of the parsers' branches stand twice."""


def damaged(data: bytes, other: bytes, chance: Random) -> tuple[str, bytes]:
    """The bytes after one to three ways of damage, and which these were."""
    ways = [chance.choice(WAYS) for _ in range(chance.choice((1, 1, 2, 3)))]
    for way in ways:
        data = way(data, other, chance)
    return "+".join(way.__name__ for way in ways), data


def _flip(data: bytes, within: int, chance: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 2, 8, 64)) if data else 0):
        changed[chance.randrange(min(within, len(data)))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _overwrite(data: bytes, part: bytes, chance: Random) -> bytes:
    within = chance.choice((HEAD_BYTES, len(data)))
    start = chance.randrange(min(within, len(data)) + 1)
    return data[:start] + part[: len(data) - start] + data[start + len(part) :]
