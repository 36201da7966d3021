"""Emotion-labelled pictures: a folder per emotion, as SFEW, FER2013 and others have it."""

import posixpath
from pathlib import PurePosixPath
from typing import Final

import cv2
import fsspec
import numpy as np
from jaxtyping import UInt8

from avemo_core.corpora.clip import Clip
from avemo_core.corpora.labels import emotion
from avemo_core.corpora.layouts import is_hidden
from avemo_core.errors import ConfigError, MediaError
from avemo_core.runtime.store_errors import is_transient, unreachable
from schemas.rejects import Reason

SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".pgm", ".ppm", ".bmp", ".tif", ".tiff", ".webp"})
TRAIN_FOLDERS: Final = frozenset({"train", "training"})
"""Where the folders of the emotions lie in folders of splits, only these are read."""


def stills_of(location: str) -> list[Clip]:
    """Every labelled picture under EMOTION/name or SPLIT/EMOTION/name; of splits, the training one. A still is a clip of one picture.

    Args:
        location: a folder, local or any URL fsspec opens.

    Raises:
        ConfigError: no such folder; no picture in it; a folder that names no emotion.
    """
    pictures = pictures_in(location, "a folder of pictures for each emotion")
    names = sorted(pictures)
    parts = {name: PurePosixPath(name).parts for name in names}
    chosen = [name for name in names if len(parts[name]) == 2 or (len(parts[name]) == 3 and parts[name][0].lower() in TRAIN_FOLDERS)]
    if not chosen:
        raise ConfigError(
            f"no pictures in {location}: expected EMOTION/name.jpg or train/EMOTION/name.jpg, found {len(names)} pictures elsewhere"
        )
    labels = {folder: _emotion(folder, location) for folder in sorted({parts[name][-2] for name in chosen})}
    return [Clip(source_id=name, uri=pictures[name], label=labels[parts[name][-2]]) for name in chosen]


def pictures_in(location: str, expected: str) -> dict[str, str]:
    """Every picture below a folder: its path in the folder -> its address. What is hidden, folders too, is left out.

    Args:
        location: a folder, local or any URL fsspec opens.
        expected: what should be in it, for the message when it is not there.

    Raises:
        ConfigError: no such folder, or one that cannot be reached.
    """
    try:
        filesystem, root = fsspec.core.url_to_fs(location)
        files = filesystem.find(root) if filesystem.isdir(root) else None
    except unreachable(ValueError, ImportError) as error:
        raise ConfigError(f"{location}: cannot be reached: {error}") from error
    if files is None:
        raise ConfigError(f"no folder at {location}: expected one with {expected}")
    names = [posixpath.relpath(file, root) for file in files if PurePosixPath(file).suffix.lower() in SUFFIXES]
    return {name: filesystem.unstrip_protocol(posixpath.join(root, name)) for name in names if not is_hidden(PurePosixPath(name))}


def _emotion(folder: str, location: str) -> str:
    try:
        return emotion(folder)
    except ConfigError as error:
        raise ConfigError(f"the folder {folder} in {location}: {error}\n  Rename it, or move it elsewhere.") from None


def read_picture(uri: str) -> UInt8[np.ndarray, "row column bgr"]:
    """One picture, whatever its colours, as BGR.

    Raises:
        MediaError: `missing` when there is none, `decode_failed` when OpenCV cannot read it.
    """
    return decoded(read_bytes(uri))


def read_bytes(uri: str) -> bytes:
    """The bytes of a picture's file.

    Raises:
        MediaError: `missing` when there is none.
    """
    try:
        # A local name may hold "::", which fsspec.open would take for a chain of file systems.
        local = uri.removeprefix("file://")
        with open(local, "rb") if local.startswith("/") else fsspec.open(uri, "rb") as file:  # noqa: PTH123 - either way a file object
            content: bytes = file.read()
    except unreachable(UnicodeEncodeError) as error:
        if is_transient(error):
            raise  # the picture is not missing: it is tried again with its chunk
        raise MediaError(Reason.MISSING, "read", str(error)) from error
    return content


def decoded(content: bytes) -> UInt8[np.ndarray, "row column bgr"]:
    """A picture from the bytes of its file.

    Raises:
        MediaError: `decode_failed` when OpenCV cannot read it.
    """
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None
    if picture is None:
        raise MediaError(Reason.DECODE_FAILED, "decode", f"{len(content)} bytes that are no picture OpenCV reads")
    return picture


def resized(picture: UInt8[np.ndarray, "row column bgr"], side_px: int) -> UInt8[np.ndarray, "side side rgb"]:
    """An aligned face as it is, at another size, in RGB; averaged where it shrinks."""
    way = cv2.INTER_AREA if min(picture.shape[:2]) > side_px else cv2.INTER_LINEAR
    return cv2.cvtColor(cv2.resize(picture, (side_px, side_px), interpolation=way), cv2.COLOR_BGR2RGB)
