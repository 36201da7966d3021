"""Which files of a clips table have the same content, found before anything is extracted: by size first, then by sha256."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import fsspec

from avemo_core.runtime.store_errors import unreachable

_AT_ONCE: Final = 16
"""Files asked for their size at once; a store answers each in tens of milliseconds."""
_BLOCK_BYTES: Final = 2**20


def digests(paths: Iterable[str]) -> dict[str, str]:
    """The sha256 of those files that have another one's size; the others have a content of their own, or cannot be reached.

    Args:
        paths: absolute, or URLs.

    Returns:
        path -> digest, hexadecimal.
    """
    different = list(dict.fromkeys(paths))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        sizes = dict(zip(different, pool.map(_size_bytes, different), strict=True))
        times = Counter(sizes.values())
        alike = [path for path, size in sizes.items() if size and times[size] > 1]
        found = dict(zip(alike, pool.map(sha256_of, alike), strict=True))
    return {path: digest for path, digest in found.items() if digest is not None}


def _size_bytes(path: str) -> int | None:
    try:
        filesystem, name = fsspec.core.url_to_fs(path)
        return int(filesystem.size(name) or 0)
    except unreachable(ValueError, ImportError):
        return None  # reading it will say why


def sha256_of(path: str) -> str | None:
    """The sha256 of a file, hexadecimal; None where it cannot be read."""
    digest = hashlib.sha256()
    try:
        with fsspec.open(path, "rb") as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
    except unreachable(ValueError, ImportError):
        return None
    return digest.hexdigest()
