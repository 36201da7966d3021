"""Standard scaling: every stream by the mean and deviation it has over the training clips."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Float32

from avemo_core.features.preprocess.streams import Streams
from avemo_core.features.preprocess.subjects import Subject, normalised

_MOMENTS: Final = ("mean", "deviation")


class Moments(NamedTuple):
    """Of one stream's columns."""

    mean: Float32[np.ndarray, " d"]
    deviation: Float32[np.ndarray, " d"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class StandardScaler:
    """The training clips' moments by stream; streams without are left as they are."""

    streams: Mapping[str, Moments] = field(default_factory=dict)

    @classmethod
    def fit(cls, clips: Iterable[Streams]) -> "StandardScaler":
        """Take the moments over the steps of all clips, one clip in memory at a time."""
        everybody: Subject | None = None
        for clip in clips:
            seen = Subject.of(clip)
            everybody = seen if everybody is None else everybody + seen
        return cls() if everybody is None else cls(streams={name: Moments(*sums.moments(1.0)) for name, sums in everybody.streams.items()})

    def __call__(self, clip: Streams) -> Streams:
        """Scale one clip; zeros (no face) stay zeros."""
        values = clip.by_name()
        return clip.replaced({name: normalised(values[name], *moments) for name, moments in self.streams.items()})

    def scaled(self, stream: str, values: Float32[np.ndarray, "steps d"]) -> Float32[np.ndarray, "steps d"]:
        """Scale some steps of one stream."""
        return normalised(values, *self.streams[stream]) if stream in self.streams else values

    def arrays(self) -> dict[str, np.ndarray]:
        """The moments by name, for the bundle."""
        return {f"{stream}.{name}": array for stream, both in self.streams.items() for name, array in zip(_MOMENTS, both, strict=True)}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "StandardScaler":
        """Read what `arrays` gave."""
        names = {name.rsplit(".", 1)[0] for name in arrays}
        return cls(streams={name: Moments(*(arrays[f"{name}.{moment}"] for moment in _MOMENTS)) for name in names})
