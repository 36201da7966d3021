"""Something to keep on a disk, and what is open there."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avemo_core.audio_sets.steps import AudioSteps
from avemo_core.runtime.stored import storable


@dataclass(frozen=True, kw_only=True, eq=False)
class Clip:
    """A name, and arrays that may lie on a disk."""

    name: str
    values: np.ndarray = storable()
    others: dict[str, AudioSteps] = storable(dict)


def open_files(folder: Path, process: int | str = "self") -> list[str]:
    """Those that a process holds open in a folder, though they may have no name there."""
    held = [one.readlink() for one in Path(f"/proc/{process}/fd").iterdir() if one.is_symlink()]
    return [str(name) for name in held if name.is_relative_to(folder)]
