"""Names of the files: those of the videos, where they can be names of files, and each once."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Final

LONGEST_BYTES: Final = 180
"""File systems hold names of 255 bytes; the rest is left for the digest, the extension and what tools put beside a file."""

_UNSAFE: Final = re.compile(r"[^\w.,=@+ -]+")
"""Whatever is no letter, digit or plain sign: slashes, `#` and `%` of URLs, what shells and Windows read otherwise."""
_WINDOWS: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names of devices, which Windows gives to no file."""


def file_names(source_ids: Mapping[str, str]) -> dict[str, str]:
    """A name for each video, without extension; two names never differ in upper and lower case alone.

    It is the video's own, so that players find the file beside it; where several videos have it, the id of the clip; where several
    have that too, a digest of the video's uri is added.

    Args:
        source_ids: uri -> the clip's id, the first one where the video has several.
    """
    stems = {uri: safe(PurePosixPath(uri).stem) for uri in source_ids}
    names = _once({uri: safe(source_ids[uri]) for uri in _repeated(stems)}, taken=stems.values())
    return stems | names


def safe(text: str) -> str:
    """The text as the name of a file, at most 180 bytes long; what no file may be called becomes `_`."""
    name = _UNSAFE.sub("_", unicodedata.normalize("NFC", text)).strip(" ").lstrip(".-").rstrip(".")
    name = name.encode()[:LONGEST_BYTES].decode(errors="ignore").rstrip(" .")
    return f"_{name}" if not name or _WINDOWS.fullmatch(name) else name


def _repeated(names: Mapping[str, str]) -> list[str]:
    """The keys whose names are not theirs alone."""
    counts = Counter(name.casefold() for name in names.values())
    return [key for key, name in names.items() if counts[name.casefold()] > 1]


def _once(names: dict[str, str], taken: Iterable[str]) -> dict[str, str]:
    """The names, with a digest of their key where they are taken or repeated. `~` stands in no safe name, so these are new."""
    elsewhere = {name.casefold() for name in taken}
    repeated = set(_repeated(names))
    is_taken = {key for key, name in names.items() if name.casefold() in elsewhere or key in repeated}
    return {key: f"{name}~{_digest(key)}" if key in is_taken else name for key, name in names.items()}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
