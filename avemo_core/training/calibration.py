"""What is learned from clips held out: a temperature, how far from the training they lie, and how often the model is right about them.

Cross-validation over six people; the selection of appearance values has seen those in brackets, so that their probabilities are better
than a stranger's would be. The temperature is fitted to the others, and each of these is measured under one that was fitted without it:

    person              (1)   (2)   (3)   (4)    5     6
    probabilities of    an ensemble that was trained without this person's fold
    temperature         T is fitted to the clips of 5 and 6
    measured under      T     T     T     T      T_6   T_5           T_6 is fitted to the clips of 6 alone
    shown as            "seen by the selection"  "held out"

Each person's clips have their novelty among the clips of the others, and probabilities are flattened by it before T is fitted: the
clips are measured as clips of somebody new will be scored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int
from torch import Tensor

from avemo_core.abstention.held_out import HeldOutClips
from avemo_core.bundle.probabilities import fit_temperature, flattened, temperature_scaled
from avemo_core.evaluation.folds import grouped_folds
from avemo_core.evaluation.metrics import summary
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.novelty.detector import MODALITIES, TrainingClips, ranked_without_own_people
from avemo_core.runtime.scratch import Storage, in_memory
from avemo_core.training.config import Recipe
from avemo_core.training.ensemble import NetworkFitter, fit_ensemble, fit_in_process, labels_of, preprocessed
from avemo_core.training.folds import group_of
from avemo_core.training.splits import Split
from schemas.emotions import EMOTIONS


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """The temperature, and what was measured on the clips that it was fitted to, each under a temperature fitted without its person."""

    temperature: float = 1.0
    clips: int = 0
    """To which the temperature was fitted."""
    people: int = 0
    """Groups among them: persons, or files where nobody is named."""
    seen: bool | None = False
    """Whether the selection has seen these clips, so that the temperature may not sharpen; None: nobody knows."""
    held_out: Mapping[str, Any] | None = None
    """Figures on clips that the selection has not seen, or may not have seen; None without such clips."""
    seen_by_selection: Mapping[str, Any] | None = None
    """Figures on clips that it has seen."""
    distances: Float32[np.ndarray, "clip modality"] | None = None
    """Of all held-out clips, each to a training without its person; None: no clip was held out."""
    clips_held_out: HeldOutClips | None = None
    """Those that the temperature was fitted to, each under one that was fitted without its person."""


def cross_validated(
    recipe: Recipe,
    clips: Sequence[ClipFeatures],
    split: Split,
    seeds: Sequence[int],
    fitter: NetworkFitter = fit_in_process,
    storage: Storage = in_memory,
) -> Calibration:
    """Calibrate by grouped cross-validation: probabilities of ensembles, each for the people it was trained without."""
    groups = groups_in(clips, split)
    folds = grouped_folds(groups, labels_of(clips))
    if len(folds) < 2:
        return Calibration()
    probabilities = torch.zeros(len(clips), len(EMOTIONS))
    distances = np.full((len(clips), len(MODALITIES)), np.nan, np.float32)
    for held_out in folds:
        learned = np.setdiff1d(np.arange(len(clips)), held_out)
        ensemble = fit_ensemble(recipe, [clips[i] for i in learned], (), seeds, fitter, storage)
        with storage() as keep:
            inputs = preprocessed(ensemble.preprocessor, [clips[i] for i in held_out], keep)
            probabilities[torch.from_numpy(held_out)] = ensemble.probabilities(inputs)
            distances[held_out] = TrainingClips.fit(ensemble.described).distances([clip.description for clip in inputs])
    return calibrated(probabilities, distances, clips, split)


def calibrated(
    probabilities: Float[Tensor, "clip emotion"],
    distances: Float32[np.ndarray, "clip modality"],
    clips: Sequence[ClipFeatures],
    split: Split,
) -> Calibration:
    """The temperature for probabilities of clips that the networks have not learned from, and the figures under it.

    It is fitted to clips that the selection has not seen. Where there are none, or nobody knows, it is fitted to all and is at least 1:
    a clip whose label chose the inputs looks easier than it is, which can show that probabilities are too sharp and never that they
    are too flat.
    """
    unseen = ~seen_in(clips, split)
    fitted_to = unseen if unseen.any() else np.ones(len(clips), bool)
    is_clean = split.seen is not None and bool(unseen.any())
    least = 0.0 if is_clean else 1.0
    groups, labels = np.array(groups_in(clips, split)), labels_of(clips)
    novelty, excess = ranked_without_own_people(distances, groups.tolist())
    probabilities = flattened(probabilities, torch.from_numpy(excess), split.emotions)
    temperature = max(least, fit_temperature(probabilities[fitted_to], torch.from_numpy(labels[fitted_to]), split.emotions))
    scaled = temperature_scaled(probabilities, temperature, split.emotions)
    scaled[fitted_to] = _cross_fitted(probabilities[fitted_to], labels[fitted_to], groups[fitted_to], split.emotions, least)
    return Calibration(
        temperature=temperature,
        clips=int(fitted_to.sum()),
        people=len(set(groups[fitted_to])),
        seen=None if split.seen is None else not is_clean,
        held_out=figures_of(scaled, clips, split, unseen),
        seen_by_selection=figures_of(scaled, clips, split, ~unseen),
        distances=distances,
        clips_held_out=_held_out(scaled.numpy()[fitted_to], novelty[fitted_to], labels[fitted_to], groups[fitted_to]),
    )


def _held_out(
    scaled: Float[np.ndarray, "clip emotion"], novelty: Float[np.ndarray, " clip"], labels: Int[np.ndarray, " clip"], groups: np.ndarray
) -> HeldOutClips:
    is_right = scaled.argmax(1) == labels
    return HeldOutClips.of(confidence=scaled.max(1), novelty=novelty, is_right=is_right, groups=groups.tolist())


def _cross_fitted(
    probabilities: Float[Tensor, "clip emotion"],
    labels: Int[np.ndarray, " clip"],
    groups: np.ndarray,
    emotions: Sequence[str],
    least: float,
) -> Float[Tensor, "clip emotion"]:
    """Each clip under a temperature that was fitted without its person; of a single person under 1, which is fitted to nobody."""
    scaled = torch.zeros_like(probabilities)
    for held_out in grouped_folds(groups.tolist(), labels):
        rest = np.setdiff1d(np.arange(len(labels)), held_out)
        temperature = max(least, fit_temperature(probabilities[rest], torch.from_numpy(labels[rest]), emotions))
        scaled[held_out] = temperature_scaled(probabilities[held_out], temperature, emotions)
    return scaled


def figures_of(
    probabilities: Float[Tensor, "clip emotion"], clips: Sequence[ClipFeatures], split: Split, chosen: Bool[np.ndarray, " clip"]
) -> Mapping[str, Any] | None:
    """The figures on some of the clips, with intervals that draw the split's groups first; None without any."""
    named = [clip for clip, is_chosen in zip(clips, chosen, strict=True) if is_chosen]
    if not named:
        return None
    subjects = [clip.subject for clip in named]
    return summary(probabilities[torch.from_numpy(chosen)].numpy(), labels_of(named), subjects, groups_in(named, split))


def seen_in(clips: Sequence[ClipFeatures], split: Split) -> Bool[np.ndarray, " clip"]:
    """Which of the clips the selection is known to have seen."""
    return np.array([clip.clip_id in (split.seen or ()) for clip in clips], bool)


def groups_in(clips: Sequence[ClipFeatures], split: Split) -> list[str]:
    """The group of each clip: what stays in one fold, and what intervals draw first."""
    return [split.groups.get(clip.clip_id, group_of(clip.subject, clip.source_id)) for clip in clips]
