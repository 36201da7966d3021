"""Table 1: the models side by side on the same clips, with intervals over people and paired differences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from jaxtyping import Float, Int

from avemo_core.evaluation.folds import PARTS, Fold, held_out_part
from avemo_core.evaluation.intervals import Clusters, Estimates, estimates
from avemo_core.model.config import Encoding
from schemas.emotions import EMOTIONS

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


@dataclass(frozen=True, kw_only=True, eq=False)
class PartClips:
    """The clips of a part, those of all folds together, in the order of a row's `right`."""

    labels: Int[np.ndarray, " _"]
    clusters: Clusters
    """What intervals draw first."""

    def estimates(self, right: Float[np.ndarray, "run _"]) -> Estimates:
        """Accuracy, UAR and recalls of a row, or of the difference of two."""
        return estimates(right, self.labels, self.clusters)


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


def part_clips(
    folds: Sequence[Fold], labels: Int[np.ndarray, " clip"], subjects: Sequence[str | None], groups: Sequence[str]
) -> dict[str, PartClips]:
    """The clips of each part.

    Args:
        folds: indices into the clips.
        labels: of all clips.
        subjects: of all clips, None where nobody is named.
        groups: of all clips, as `avemo_core.training.copies.groups_of` has them.
    """
    found = {part: [fold.parts[part] for fold in folds if part in fold.parts] for part in PARTS}
    members = {part: np.unique(np.concatenate(indices)) for part, indices in found.items() if indices}
    return {
        part: PartClips(labels=labels[clips], clusters=Clusters.of([subjects[clip] for clip in clips], [groups[clip] for clip in clips]))
        for part, clips in members.items()
    }


def difference(row: Row, other: Row, clips: Mapping[str, PartClips]) -> Estimates | None:
    """How much better a row is than another on the same held-out clips: runs paired where there are as many, else their means."""
    part = held_out_part(row.right)
    if part is None or part not in other.right:
        return None
    one, two = row.right[part], other.right[part]
    if len(one) != len(two):
        one, two = one.mean(0, keepdims=True), two.mean(0, keepdims=True)
    return clips[part].estimates(one - two)


def document(rows: Sequence[Row], clips: Mapping[str, PartClips]) -> list[dict[str, Any]]:
    """The rows as plain values, each with its difference to the row above and the paper's own figures."""
    return [_plain(row, rows[number - 1] if number else None, clips) for number, row in enumerate(rows)]


def beside_first(by_inputs: Mapping[str, Sequence[Row]], clips: Mapping[str, PartClips]) -> list[dict[str, Any]]:
    """The rows of several inputs as plain values, each with its difference to the same model of the first inputs.

    Args:
        by_inputs: the same models, in the same order, of each.
        clips: of each part.
    """
    first = [_named(row, next(iter(by_inputs))) for row in next(iter(by_inputs.values()))]
    return [
        {"inputs": inputs, **_plain(_named(row, inputs), None if inputs == next(iter(by_inputs)) else other, clips)}
        for inputs, rows in by_inputs.items()
        for row, other in zip(rows, first, strict=True)
    ]


def _named(row: Row, inputs: str) -> Row:
    """A row of these inputs; the paper's figures are of its own."""
    return replace(row, model=f"{row.model}: {inputs}", encoding=None)


def _plain(row: Row, above: Row | None, clips: Mapping[str, PartClips]) -> dict[str, Any]:
    found = {part: clips[part].estimates(right) for part, right in row.right.items()}
    gain = difference(row, above, clips) if above else None
    return {
        "model": row.model,
        "encoding": row.encoding,
        "runs": max(map(len, row.right.values()), default=0),
        "parameters": row.parameters,
        "seconds": row.seconds,
        **{part: each.accuracy._asdict() for part, each in found.items()},
        "uar": {part: each.uar._asdict() for part, each in found.items()},
        "recall": {part: _by_emotion(each) for part, each in found.items()},
        "difference": {"to": above.model, **gain.accuracy._asdict(), "uar": gain.uar._asdict()} if above and gain else None,
        "paper": dict(AFEW[row.encoding]) if row.encoding else None,
    }


def _by_emotion(found: Estimates) -> dict[str, Any]:
    return {emotion: value and value._asdict() for emotion, value in zip(EMOTIONS, found.recall, strict=True)}
