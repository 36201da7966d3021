"""Normalisation by subject: take from a person's streams what is the person and not the emotion."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Float32, Float64

from avemo_core.errors import TableError
from avemo_core.features.preprocess.streams import STREAMS, Streams

_READS: Final = frozenset({"reads_sum", "reads_products"})
"""Tables of before do not have them."""

_STEPS: Final = "_steps"


Shifts = Mapping[str, tuple[Float32[np.ndarray, " d"], Float32[np.ndarray, " d"]]]
"""By stream, what is taken from the person's clips, and what the rest is divided by."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sums:
    """Sums over the steps of one stream: n, sum x, sum x^2 of each column.

    They are kept instead of mean and deviation because they add up: the sums of two parts of a corpus make those of the whole, whoever
    gathered which part.
    """

    steps: int
    sum: Float64[np.ndarray, " d"]
    squares: Float64[np.ndarray, " d"]

    @classmethod
    def of(cls, values: Float32[np.ndarray, "steps d"]) -> "Sums":
        """Sum over the steps that hold anything: those without a face are all zeros."""
        present = int(np.any(values, axis=1).sum())
        return cls(steps=present, sum=values.sum(0, dtype=np.float64), squares=np.square(values).sum(0, dtype=np.float64))

    def __add__(self, other: "Sums") -> "Sums":
        return type(self)(steps=self.steps + other.steps, sum=self.sum + other.sum, squares=self.squares + other.squares)

    def moments(self, weight: float) -> tuple[Float32[np.ndarray, " d"], Float32[np.ndarray, " d"]]:
        """Mean and deviation, drawn towards the training clips' 0 and 1.

        Args:
            weight: of these sums, in [0, 1]; 1 - `weight` is the training clips'.
        """
        steps = max(1, self.steps)
        mean = self.sum / steps
        # E[x^2] - E[x]^2 in float64; rounding may leave a stream that never moves a little below 0.
        variance = np.maximum(self.squares / steps - mean**2, 0)
        weight = weight if self.steps else 0.0
        deviation = np.sqrt(weight * variance + (1 - weight))
        return (weight * mean).astype(np.float32), np.maximum(deviation, 1e-3).astype(np.float32)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Reads:
    """Sums over what a reader that does not know the person made of the clips, r each: sum r, sum r r^T."""

    sum: Float64[np.ndarray, " contrast"]
    products: Float64[np.ndarray, "contrast contrast"]

    @classmethod
    def of(cls, read: Float[np.ndarray, "clip contrast"]) -> "Reads":
        """Sum over clips."""
        return cls(sum=read.sum(0), products=read.T @ read)

    def __add__(self, other: "Reads") -> "Reads":
        return type(self)(sum=self.sum + other.sum, products=self.products + other.products)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Subject:
    """What was gathered of one person."""

    clips: int
    streams: Mapping[str, Sums]
    reads: Reads | None = None
    """None where the model does not ask which emotions a person shows."""

    @classmethod
    def of(cls, clip: Streams, reads: Reads | None = None) -> "Subject":
        """From one clip."""
        return cls(clips=1, streams={name: Sums.of(values) for name, values in clip.by_name().items()}, reads=reads)

    def __add__(self, other: "Subject") -> "Subject":
        streams = {name: sums + other.streams[name] for name, sums in self.streams.items()}
        reads = None if self.reads is None or other.reads is None else self.reads + other.reads
        return type(self)(clips=self.clips + other.clips, streams=streams, reads=reads)

    def shifts(self, relevance_factor: float) -> Shifts:
        """This person's mean and deviation, whatever the clips show.

        Args:
            relevance_factor: weight of the training statistics, as if so many clips had shown them.
        """
        # n / (n + r), the weight of MAP adaptation (Reynolds et al. 2000): with r = 1, one clip counts 1/2 and nine count 9/10.
        weight = self.clips / (self.clips + relevance_factor)
        return {name: sums.moments(weight) for name, sums in self.streams.items()}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SubjectStatistics:
    """What was gathered of every person; labels are not read. Sums, so that parts of a corpus merge into the whole."""

    subjects: Mapping[str, Subject] = field(default_factory=dict)

    @classmethod
    def gather(
        cls, clips: Iterable[tuple[str | None, Streams]], read: Callable[[Streams], Reads | None] = lambda _: None
    ) -> "SubjectStatistics":
        """Sum over clips with their subjects; a null subject is nobody and left out, as is a clip with NaN or infinity.

        Args:
            clips: streams with their subject.
            read: what is read of a clip's streams; without it nothing is.
        """
        subjects: dict[str, Subject] = {}
        for name, clip in clips:
            if name is not None and all(np.isfinite(stream).all() for stream in clip.by_name().values()):
                seen = Subject.of(clip, read(clip))
                subjects[name] = subjects[name] + seen if name in subjects else seen
        return cls(subjects=subjects)

    def merge(self, other: "SubjectStatistics") -> "SubjectStatistics":
        """Add what another part of the corpus gathered; a subject in both gets the sum."""
        both = {name: seen + other.subjects[name] for name, seen in self.subjects.items() if name in other.subjects}
        return type(self)(subjects={**self.subjects, **other.subjects, **both})

    def without(self, names: Collection[str]) -> "SubjectStatistics":
        """Those of the other subjects."""
        return type(self)(subjects={name: seen for name, seen in self.subjects.items() if name not in names})

    def to_table(self) -> pa.Table:
        """One row a subject, as `schema_of` the streams says, sorted by name."""
        some = next(iter(self.subjects.values()), None)
        schema = schema_of(STREAMS if some is None else tuple(some.streams))
        return pa.Table.from_pylist([_row(name, self.subjects[name]) for name in sorted(self.subjects)], schema)

    @classmethod
    def from_table(cls, table: pa.Table) -> "SubjectStatistics":
        """Read what `to_table` gave.

        Raises:
            TableError: other columns.
        """
        streams = tuple(name.removesuffix(_STEPS) for name in table.column_names if name.endswith(_STEPS))
        expected = schema_of(streams if set(streams) >= set(STREAMS) else STREAMS).names
        if set(expected) - _READS - set(table.column_names):
            raise TableError.mismatch("subject statistics", expected, table.column_names, "Delete the file: scoring writes it anew.")
        return cls(subjects={row["subject"]: _subject(row, streams) for row in table.to_pylist()})


def schema_of(streams: Sequence[str]) -> pa.Schema:
    """One row a subject: sums over steps of the streams and of their squares, over clips of what was read of them (null: they were not).

    Args:
        streams: their names; those of other audio sets come after the ones that every model has.
    """
    of_a_stream = ((_STEPS, pa.int64()), ("_sum", pa.list_(pa.float64())), ("_squares", pa.list_(pa.float64())))
    return pa.schema(
        [
            pa.field("subject", pa.string()),
            pa.field("clips", pa.int64()),
            *(pa.field(f"{stream}{name}", type_) for stream in streams for name, type_ in of_a_stream),
            pa.field("reads_sum", pa.list_(pa.float64())),
            pa.field("reads_products", pa.list_(pa.float64())),
        ]
    )


def normalised(
    values: Float[np.ndarray, "steps d"], mean: Float[np.ndarray, " d"], deviation: Float[np.ndarray, " d"]
) -> Float32[np.ndarray, "steps d"]:
    """Take mean and deviation from the steps that hold anything; the others stay zeros."""
    steps: np.ndarray = values - mean
    steps /= deviation
    steps[~np.any(values, axis=1)] = 0
    return steps


def shifted(clip: Streams, shifts: Shifts) -> Streams:
    """All streams of a clip, what is its person's taken from each; zeros (no face) stay zeros."""
    return clip.replaced({name: normalised(values, *shifts[name]) for name, values in clip.by_name().items()})


def _row(name: str, subject: Subject) -> dict[str, object]:
    sums = {
        f"{stream}_{key}": value
        for stream, seen in subject.streams.items()
        for key, value in (("steps", seen.steps), ("sum", seen.sum), ("squares", seen.squares))
    }
    reads = subject.reads
    read = {} if reads is None else {"reads_sum": reads.sum, "reads_products": reads.products.ravel()}
    return {"subject": name, "clips": subject.clips, **sums, **read}


def _subject(row: Mapping[str, Any], names: Sequence[str]) -> Subject:
    streams = {
        stream: Sums(
            steps=int(row[f"{stream}_steps"]), sum=np.array(row[f"{stream}_sum"], float), squares=np.array(row[f"{stream}_squares"], float)
        )
        for stream in names
    }
    return Subject(clips=int(row["clips"]), streams=streams, reads=_reads(row))


def _reads(row: Mapping[str, Any]) -> Reads | None:
    if row.get("reads_sum") is None:
        return None
    read = np.array(row["reads_sum"], float)
    return Reads(sum=read, products=np.array(row["reads_products"], float).reshape(len(read), len(read)))
