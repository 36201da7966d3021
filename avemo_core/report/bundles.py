"""What the report shows of a model bundle."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from avemo_core.appearance.seen import NOTHING_SEEN, SeenClips, seen_by
from avemo_core.bundle.bundle import Bundle
from avemo_core.bundle.measured import foremost
from avemo_core.evaluation.in_words import interval_over
from avemo_core.report.inputs import Model
from avemo_core.training.splits import SEEN_COLUMN
from schemas.emotions import EMOTIONS


def model_of(bundle: Bundle) -> Model:
    """The first network's embeddings, every network's history, the clips it was trained on, and facts in words."""
    initial, learned = bundle.embeddings() or (None, None)
    trained_on = _sources(bundle, ("train", "val", None))
    return Model(
        model_id=bundle.model_id,
        emotions=tuple(bundle.emotions),
        initial_embeddings=initial,
        learned_embeddings=learned,
        loss=_curves(bundle.history, "loss"),
        accuracy=_curves(bundle.history, "accuracy"),
        trained_on=trained_on,
        chosen_on=_sources(bundle, ("val",)) if "val" in bundle.metrics else frozenset(),
        seen=_seen(bundle),
        seen_sources=_seen_sources(bundle),
        copies=_copies(bundle),
        learned=bundle.split,
        held_out=bundle.held_out,
        facts=_facts(bundle) | _of_clips(trained_on),
    )


def _seen(bundle: Bundle) -> SeenClips | None:
    """The clips that its selection has seen; none of a model of sound alone, which reads no appearance values."""
    if bundle.config.modalities == "sound":
        return NOTHING_SEEN
    return seen_by(bundle.extraction.get("about", {}).get("extraction", {}).get("selection", {}))


def _copies(bundle: Bundle) -> frozenset[str]:
    copies = bundle.training.get("copies_left_out", ())
    return frozenset() if isinstance(copies, int) else frozenset(copies)  # of a bundle without names their count


def _seen_sources(bundle: Bundle) -> frozenset[str]:
    if bundle.split is None or SEEN_COLUMN not in bundle.split.column_names:
        return frozenset()
    return frozenset(bundle.split.filter(bundle.split.column(SEEN_COLUMN)).column("source_id").to_pylist())


def _curves(history: Sequence[Mapping[str, Any]], name: str) -> dict[str, list[Float[ndarray, " _epoch"]]]:
    curves = {split: [_curve(history, member, f"{split}_{name}") for member in _members(history)] for split in ("train", "val")}
    return {split: members for split, members in curves.items() if any(np.isfinite(member).any() for member in members)}


def _members(history: Sequence[Mapping[str, Any]]) -> list[int]:
    return sorted({int(row["member"]) for row in history})


def _curve(history: Sequence[Mapping[str, Any]], member: int, column: str) -> Float[ndarray, " epoch"]:
    rows = sorted((row for row in history if row["member"] == member), key=lambda row: row["epoch"])
    return np.array([np.nan if row[column] is None else row[column] for row in rows], float)


def _sources(bundle: Bundle, splits: Collection[str | None]) -> frozenset[str]:
    """Source ids of the clips of these splits; none where the bundle was handed on without its split."""
    if bundle.split is None:
        return frozenset()
    rows = zip(bundle.split.column("source_id").to_pylist(), bundle.split.column("split").to_pylist(), strict=True)
    return frozenset(source_id for source_id, split in rows if split in splits)


def _of_clips(trained_on: frozenset[str]) -> dict[str, str]:
    """What to know of a bundle that was handed on without its split: no clip can be told from those it has learned from."""
    return {} if trained_on else {"clips of its training": "not named: accuracy may be counted on some of them"}


_READS: Final = {"audio-visual": "faces and sound", "sound": "sound alone", "face": "faces alone"}


def _facts(bundle: Bundle) -> dict[str, str]:
    config = bundle.config
    facts = {
        "model": bundle.model_id,
        "preset": str(bundle.training.get("preset", "unknown")),
        "encoding": str(config.encoding),
        "reads": "faces alone (appearance)" if config.encoding == "appearance" else _READS[config.modalities],
        "inputs": config.encoding if config.encoding == "appearance" else ", ".join(config.reads),
        "networks": str(len(bundle.members)),
        **({} if config.modalities == "face" else {"alignment window": f"{2 * config.half_window} positions"}),
        "features": bundle.feature_set,
        "temperature": f"{bundle.temperature:.3f}",
    }
    return facts | _emotions(bundle) | _as_trained(bundle.metrics)


def _emotions(bundle: Bundle) -> dict[str, str]:
    """Emotions that the model cannot name, or has learned from no clip."""
    absent = bundle.training.get("emotions_without_clips", [])
    if bundle.emotions != EMOTIONS:
        return {"emotions told apart": ", ".join(bundle.emotions)}
    return {"emotions without training clips": ", ".join(absent)} if absent else {}


def _as_trained(metrics: Mapping[str, Any]) -> dict[str, str]:
    """The figure that its card shows first, in the card's words."""
    found = foremost(metrics)
    if found is None:
        return {}
    figures = found.figures
    clips = f"on {figures['clips']:,} clips: {found.clips_of}, {found.role}; {interval_over(figures)}"
    told = {"accuracy": "accuracy when trained", "uar": "UAR when trained"}
    return {words: f"{_percent(figures, name)} {clips}" for name, words in told.items() if name in figures}


def _percent(figures: Mapping[str, Any], name: str) -> str:
    bounds = figures.get(f"{name}_interval")
    return f"{100 * figures[name]:.1f} %" + (f" ({100 * bounds[0]:.1f} to {100 * bounds[1]:.1f})" if bounds else "")
