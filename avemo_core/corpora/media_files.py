"""Which files are clips, by their endings: pictures with sound, pictures, or sound alone; and the addresses of files beside others."""

from __future__ import annotations

from pathlib import PurePosixPath

from avemo_core.corpora.layouts import SOUND_SUFFIXES, VIDEO_SUFFIXES


def suffix_of(address: str) -> str:
    """The ending of a path or a URL, lower case; what a web address asks behind a `?` is none of it."""
    return PurePosixPath(without_query(address)).suffix.lower()


def is_media(address: str) -> bool:
    """Whether a path or a URL ends as a video or a sound file does."""
    return suffix_of(address) in VIDEO_SUFFIXES | SOUND_SUFFIXES


def folder_of(address: str) -> str:
    """The address of the folder that a file lies in, with the credentials of the file's."""
    return without_query(address).rpartition("/")[0]


def below(folder: str, path: str) -> str:
    """The address of a file below a folder, with the credentials of the folder's: who may list it may read it.

    A chain of file systems has the path in its first link, where that is more than a protocol: zip://PATH::s3://bucket/a.zip.
    """
    first, chained, rest = folder.partition("::")
    if chained and "://" in first:
        return f"{first.rstrip('/')}/{path}::{rest}"
    return f"{folder.rstrip('/')}/{path}"


def without_query(address: str) -> str:
    """A web address, perhaps through a cache, without what it asks behind a `?`; another address as it is, where a `?` is a letter."""
    chain, link, last = address.rpartition("::")
    return chain + link + last.partition("?")[0] if last.lower().startswith(("http://", "https://")) else address
