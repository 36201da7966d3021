"""Table 1: the models side by side on the same clips, with intervals and paired differences."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from avemo_core.evaluation.metrics import interval
from avemo_core.model.config import Encoding

ENCODINGS: Final[Mapping[Encoding, str]] = {
    "appearance": "average encoding (appearance only)",
    "last": "last-time encoding",
    "average": "average encoding",
    "perception": "perception attention (proposed)",
}
"""The rows of Table 1, in its order."""

AFEW: Final[Mapping[str, Mapping[str, float]]] = {
    "appearance": {"train": 0.7384, "val": 0.4314, "test": 0.3989},
    "last": {"train": 0.8270, "val": 0.3639},
    "average": {"train": 0.8383, "val": 0.4340, "test": 0.4119},
    "perception": {"train": 0.5823, "val": 0.4690, "test": 0.4490},
}
"""What the paper measured, on another data set: Chao et al. 2016, Table 1 (AFEW, EmotiW 2015)."""

PARTS: Final = ("train", "val", "test")


def held_out_part(parts: Collection[str]) -> str | None:
    """The part that nothing was learned from: test, or val where there is no test (which chose the epoch, as in the paper's "Val")."""
    return next((part for part in ("test", "val") if part in parts), None)


class Fold(NamedTuple):
    """One way to part the clips."""

    name: str
    parts: Mapping[str, Int[np.ndarray, " clip"]]
    """Indices into the clips by `PARTS`; train is never empty."""


class Estimate(NamedTuple):
    """A mean over runs and clips with its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, right: Float[np.ndarray, "run clip"]) -> "Estimate":
        """Resample runs and clips."""
        return cls(float(right.mean()), *interval(right))


@dataclass(frozen=True, kw_only=True, eq=False)
class Row:
    """One model's results."""

    model: str
    right: Mapping[str, Float[np.ndarray, "run _"]]
    """By part: whether each of its clips was named right in each run; a clip that is in the part in several folds has their mean."""
    encoding: str | None = None
    """Where the row is one of Table 1."""
    parameters: int = 0
    """Numbers that are learned, in one run."""
    seconds: float = 0.0
    """To train one run, on one core, mean over folds and runs."""


def subject_folds(subjects: Sequence[str | None], *, with_val: bool) -> list[Fold]:
    """Leave one subject out: its clips are a fold's test part, `with_val` the next one's choose the epoch; nobody's clips only train."""
    names = sorted({name for name in subjects if name is not None})
    of = np.array([name or "" for name in subjects])
    folds = []
    for number, name in enumerate(names):
        validator = names[(number + 1) % len(names)] if with_val and len(names) > 2 else None
        parts = {"test": np.flatnonzero(of == name)} | ({"val": np.flatnonzero(of == validator)} if validator else {})
        folds.append(Fold(name, {"train": np.setdiff1d(np.arange(len(of)), np.concatenate(list(parts.values()))), **parts}))
    return folds


def right_by_part(
    folds: Sequence[Fold], predicted: Sequence[Mapping[str, Int[np.ndarray, "run _"]]], labels: Int[np.ndarray, " clip"]
) -> dict[str, Float[np.ndarray, "run _"]]:
    """Bring the folds together.

    Args:
        folds: where each clip was.
        predicted: for each fold, by part, the emotion named for each of the part's clips.
        labels: of all clips.
    """
    return {part: _right(part, folds, predicted, labels) for part in PARTS if any(part in of_fold for of_fold in predicted)}


def _right(
    part: str, folds: Sequence[Fold], predicted: Sequence[Mapping[str, Int[np.ndarray, "run _"]]], labels: Int[np.ndarray, " labelled"]
) -> Float[np.ndarray, "run _"]:
    found = [(fold.parts[part], of_fold[part]) for fold, of_fold in zip(folds, predicted, strict=True) if part in of_fold]
    times, right = np.zeros(len(labels)), np.zeros((len(found[0][1]), len(labels)))
    for clips, emotions in found:
        times[clips] += 1
        right[:, clips] += emotions == labels[clips]
    return right[:, times > 0] / times[times > 0]


def difference(row: Row, other: Row) -> Estimate | None:
    """How much better a row is than another on the same held-out clips: runs paired where there are as many, else their means."""
    part = held_out_part(row.right)
    if part is None or part not in other.right:
        return None
    one, two = row.right[part], other.right[part]
    if len(one) != len(two):
        one, two = one.mean(0, keepdims=True), two.mean(0, keepdims=True)
    return Estimate.of(one - two)


def document(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows as plain values, each with its difference to the row above and the paper's own figures."""
    return [_plain(row, rows[number - 1] if number else None) for number, row in enumerate(rows)]


def _plain(row: Row, above: Row | None) -> dict[str, Any]:
    accuracies = {part: Estimate.of(right)._asdict() for part, right in row.right.items()}
    gain = difference(row, above) if above else None
    return {
        "model": row.model,
        "encoding": row.encoding,
        "runs": max(map(len, row.right.values()), default=0),
        "parameters": row.parameters,
        "seconds": row.seconds,
        **accuracies,
        "difference": {"to": above.model, **gain._asdict()} if above and gain else None,
        "paper": dict(AFEW[row.encoding]) if row.encoding else None,
    }
