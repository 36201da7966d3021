"""A table of one's own in memory: for each clip its times, ascending, and a vector at each."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32

from schemas.audio_sets import AudioSet

OWN = "own"
"""The name of such a set in a table's columns and feature_set."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class OwnRows:
    """Rows of one clip; in a table of faces, a row of NaN is a frame without a face."""

    time_s: Float[np.ndarray, " step"]
    """On the file's clock, ascending, no two alike."""
    vectors: Float32[np.ndarray, "step width"]

    def between(self, start_s: float, stop_s: float) -> "OwnRows":
        """Those in [start_s, stop_s)."""
        first, stop = np.searchsorted(self.time_s, [start_s, stop_s])
        return OwnRows(time_s=self.time_s[first:stop], vectors=self.vectors[first:stop])

    @property
    def is_known(self) -> Bool[np.ndarray, " step"]:
        """Which rows hold numbers."""
        return np.asarray(np.isfinite(self.vectors).all(axis=1))

    @property
    def sha256(self) -> str:
        """Of the rows: what is hashed where no file is read."""
        return hashlib.sha256(self.time_s.astype("<f8").tobytes() + self.vectors.astype("<f4").tobytes()).hexdigest()


@dataclass(frozen=True, kw_only=True, eq=False)
class OwnTable:
    """All of a table that is of use."""

    kind: str
    """What it was recognised as: openface, py-feat, opensmile, plain."""
    columns: tuple[str, ...]
    """What each value is."""
    left_out: tuple[str, ...]
    """Columns that are no values, or none that go well as they are (landmarks in pixels, distances in millimetres)."""
    rows: Mapping[str, OwnRows]
    """By clip."""
    sha256: str
    """Of everything in it: two tables of one digest give the same rows."""

    @property
    def agreement(self) -> str:
        """What a model must agree with: which columns, made by what; tables of other clips are other files, and agree."""
        digest = hashlib.sha256("\n".join((self.kind, *self.columns)).encode()).hexdigest()
        return f"{OWN} {digest[:12]}"

    @property
    def audio_set(self) -> AudioSet:
        """What a features table says of it, as an audio set."""
        return AudioSet(
            name=OWN,
            columns=self.columns,
            units=("",) * len(self.columns),
            step_s=None,
            meaning=f"values of a table of one's own ({self.kind}), a vector at each of its times",
        )
