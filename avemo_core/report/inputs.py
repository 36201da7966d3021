"""What a report is made from: tables and values, already read."""

from dataclasses import dataclass, field
from enum import StrEnum

import pyarrow as pa
from jaxtyping import Float
from numpy import ndarray

from avemo_core.abstention.held_out import HeldOutClips
from avemo_core.appearance.seen import SeenClips
from avemo_core.figures.history import Curves
from schemas.emotions import EMOTIONS


class Media(StrEnum):
    """How much of the clips' pictures goes into the report."""

    BLURRED = "blurred"
    """Thumbnails with blurred faces; no video."""
    SHOWN = "shown"
    """Thumbnails and the videos, copied into the report."""
    NONE = "none"
    """Attention strips only."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Model:
    """What the report shows of a model bundle; whatever the bundle does not hold is None or empty."""

    model_id: str
    emotions: tuple[str, ...] = EMOTIONS
    """Those that it can name."""
    initial_embeddings: Float[ndarray, "emotion embed"] | None = None
    """Emotion embeddings before training (Fig. 4a)."""
    learned_embeddings: Float[ndarray, "emotion embed"] | None = None
    """Emotion embeddings after training (Fig. 4b)."""
    trained_on: frozenset[str] = frozenset()
    """Source ids of the clips that set its weights, its epoch or its temperature."""
    chosen_on: frozenset[str] = frozenset()
    """Those among them that chose the epoch and the temperature and that no weight has learned from: val of preset paper."""
    seen: SeenClips | None = None
    """The clips by whose labels its appearance values were selected; None: nobody knows."""
    seen_sources: frozenset[str] = frozenset()
    """Source ids of those of its clips that count as seen by the selection: by their content, or as others of the same person were."""
    copies: frozenset[str] = frozenset()
    """Ids of clips that its training left out as copies of others, which it may have learned from."""
    learned: pa.Table | None = None
    """clip_id, label and subject of the labelled clips, as they were when it was trained."""
    loss: Curves = field(default_factory=dict)
    accuracy: Curves = field(default_factory=dict)
    held_out: HeldOutClips | None = None
    """How sure and how right it was of people it had not learned from."""
    facts: dict[str, str] = field(default_factory=dict)
    """What to say about the model in words: name -> value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """One row of Table 1."""

    model: str
    splits: dict[str, tuple[float, float, float]]
    """Split -> accuracy between 0 and 1 and the bounds of its 95 % interval."""
    paper: dict[str, float]
    """Split -> accuracy that the paper states, on its own data."""
    uar: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    """Split -> unweighted average recall, likewise."""
    over: dict[str, str] = field(default_factory=dict)
    """Split -> what its intervals are over, in words."""
    roles: dict[str, str] = field(default_factory=dict)
    """Split -> what its clips were to the model, in words; empty where an earlier version did not say."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ReportInputs:
    """Everything a report is made from."""

    predictions: pa.Table
    """Rows of schemas.predictions, of any window width."""
    rejects: pa.Table | None = None
    """Rows of schemas.rejects; None where no list of rejects was found."""
    model: Model | None = None
    clips: pa.Table | None = None
    """Rows of schemas.clips: where the videos are now, and labels, subjects and splits that the predictions lack."""
    compared: tuple[Compared, ...] = ()
    title: str = "avemo report"
