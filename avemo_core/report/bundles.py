"""What the report shows of a model bundle."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from avemo_core.appearance.seen import seen_by
from avemo_core.bundle.bundle import Bundle
from avemo_core.bundle.measured import foremost
from avemo_core.report.inputs import Model
from schemas.emotions import EMOTIONS


def model_of(bundle: Bundle) -> Model:
    """The first network's embeddings, every network's history, the clips it was trained on, and facts in words."""
    initial, learned = bundle.embeddings() or (None, None)
    trained_on = _sources(bundle, ("train", "val", None))
    return Model(
        model_id=bundle.model_id,
        initial_embeddings=initial,
        learned_embeddings=learned,
        loss=_curves(bundle.history, "loss"),
        accuracy=_curves(bundle.history, "accuracy"),
        trained_on=trained_on,
        chosen_on=_sources(bundle, ("val",)) if "val" in bundle.metrics else frozenset(),
        seen=seen_by(bundle.extraction.get("about", {}).get("extraction", {}).get("selection", {})),
        learned=bundle.split,
        facts=_facts(bundle) | _of_clips(trained_on),
    )


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


def _facts(bundle: Bundle) -> dict[str, str]:
    config = bundle.config
    facts = {
        "model": bundle.model_id,
        "preset": str(bundle.training.get("preset", "unknown")),
        "encoding": str(config.encoding),
        "networks": str(len(bundle.members)),
        "alignment window": f"{2 * config.half_window} positions",
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
    low, high = (100 * bound for bound in figures["accuracy_interval"])
    accuracy = f"{100 * figures['accuracy']:.1f} % ({low:.1f} to {high:.1f})"
    return {"accuracy when trained": f"{accuracy} on {figures['clips']:,} clips: {found.clips_of}, {found.role}"}
