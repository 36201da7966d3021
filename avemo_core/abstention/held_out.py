"""Clips of people that a model had not learned from when it read them: how sure it was, and whether it was right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, Int32


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class HeldOutClips:
    """One value a clip. It names nobody: people are numbers."""

    confidence: Float32[np.ndarray, " clip"]
    """The highest probability, under a temperature fitted without the clip's person."""
    novelty: Float32[np.ndarray, " clip"]
    """Among the held-out clips of other people; NaN where it could not be told."""
    is_right: Bool[np.ndarray, " clip"]
    person: Int32[np.ndarray, " clip"]
    """Number of the clip's person, or of its file where nobody is named."""

    @classmethod
    def of(cls, confidence: np.ndarray, novelty: np.ndarray, is_right: np.ndarray, groups: Sequence[str]) -> "HeldOutClips":
        """From values of each clip, and the name of the group that was held out with it."""
        return cls(
            confidence=confidence.astype(np.float32),
            novelty=novelty.astype(np.float32),
            is_right=is_right.astype(bool),
            person=np.unique(np.asarray(groups, str), return_inverse=True)[1].astype(np.int32),
        )

    def __len__(self) -> int:
        return len(self.confidence)

    @property
    def people(self) -> int:
        """How many."""
        return len(set(self.person.tolist()))

    def arrays(self) -> dict[str, np.ndarray]:
        """The values by name, for the bundle."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, Any]) -> "HeldOutClips | None":
        """Read what `arrays` gave; None without any, as in bundles of before."""
        return cls(**arrays) if arrays else None
