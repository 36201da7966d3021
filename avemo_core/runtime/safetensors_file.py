"""Named arrays with a description, in one safetensors file, local or s3://; nothing in it is ever unpickled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import fsspec
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as decode
from safetensors.numpy import save as encode

from avemo_core.errors import ConfigError
from avemo_core.runtime.files import write_bytes
from avemo_core.runtime.store_errors import said, unreachable


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What one file holds."""

    arrays: dict[str, np.ndarray]
    metadata: dict[str, str]
    """The description: plain words and numbers, as text."""
    sha256: str
    """Of the file's bytes."""


def store(location: str, arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> None:
    """Write the arrays and their description under `location`, whole or not at all."""
    write_bytes(location, encode({name: np.ascontiguousarray(array) for name, array in arrays.items()}, metadata=dict(metadata)))


def read(location: str, kind: str) -> Stored:
    """Read what `store` wrote.

    Args:
        location: a path or a URL that fsspec opens.
        kind: what the file should be, for the message when it is not.

    Raises:
        ConfigError: there is no such file, or it is no safetensors file.
    """
    try:
        with fsspec.open(location, "rb") as file:
            content: bytes = file.read()
        return Stored(arrays=decode(content), metadata=_about(content), sha256=hashlib.sha256(content).hexdigest())
    except FileNotFoundError:
        raise ConfigError(f"{kind} {location} does not exist") from None
    except unreachable() as error:
        raise ConfigError(f"{kind} {location} cannot be read: {said(error)}") from error
    except (SafetensorError, ValueError) as error:
        raise ConfigError(f"{location} is no {kind}: not a safetensors file ({error})") from error
    except KeyError as error:
        raise ConfigError(f"{kind} {location} holds numbers of type {error}, which are not read: store it as float32") from error


def check_writable(location: str) -> None:
    """Refuse a place where no file can be written, before the work that makes its content.

    Raises:
        ConfigError: a folder is there, or the place cannot be reached.
    """
    try:
        filesystem, path = fsspec.core.url_to_fs(location)
        is_folder = filesystem.isdir(path)
    except unreachable(ValueError, ImportError) as error:
        raise ConfigError(f"--out {location}: cannot be reached: {said(error)}") from error
    if is_folder:
        raise ConfigError(f"--out {location}: expected a file to be written, found a folder; name a file in it")


def _about(content: bytes) -> dict[str, str]:
    """The description in a safetensors header: its first 8 bytes are the header's length, little-endian."""
    length_bytes = int.from_bytes(content[:8], "little")
    header: dict[str, dict[str, str]] = json.loads(content[8 : 8 + length_bytes])
    return header.get("__metadata__", {})
