"""A whole training: from the clips of a features table to a bundle."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from typing import Any, Final

import torch
from jaxtyping import Float
from torch import Tensor

from avemo_core.bundle.bundle import Bundle
from avemo_core.bundle.measured import CROSS_VALIDATION
from avemo_core.bundle.probabilities import flattened, temperature_scaled
from avemo_core.errors import ConfigError
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.preprocess.modalities import is_read_by, of_parts
from avemo_core.features.preprocess.streams import with_voice
from avemo_core.novelty.detector import NoveltyDetector, TrainingClips
from avemo_core.runtime.scratch import Storage, in_memory
from avemo_core.training.calibration import Calibration, calibrated, cross_validated, figures_of, seen_in
from avemo_core.training.card import model_card
from avemo_core.training.config import Recipe
from avemo_core.training.ensemble import Ensemble, NetworkFitter, fit_ensemble, fit_in_process, preprocessed
from avemo_core.training.epochs import history_rows
from avemo_core.training.splits import Split
from schemas.clips import SPLITS

_PACKAGES: Final = ("avemo", "numpy", "scikit-learn", "torch")


def fit_bundle(
    recipe: Recipe,
    clips: Sequence[ClipFeatures],
    split: Split,
    seeds: Sequence[int],
    feature_set: str,
    extraction: Mapping[str, Any] | None = None,
    fitter: NetworkFitter = fit_in_process,
    storage: Storage = in_memory,
) -> Bundle:
    """Train on the train split (a recipe without patience: on train and val), fit a temperature, and measure on every split.

    Args:
        recipe: a preset.
        clips: of a features table; those that `split` does not name are left out, and those with NaN or infinity, or of which the
            recipe's model reads nothing.
        split: which clip is for what.
        seeds: one network each.
        feature_set: of the clips' features.
        extraction: provenance of the features, stored in the bundle.
        fitter: trains one network, perhaps together with other processes.
        storage: keeps what is made of the clips while it is needed.

    Raises:
        ConfigError: there is nothing left to learn from.
    """
    with storage() as keep:
        once = [keep(with_voice(clip, recipe.model)) for clip in split.assign(clips)]  # six ensembles make streams of it, and figures
        return _fit_bundle(recipe, once, split, seeds, feature_set, extraction, fitter, storage)


def _fit_bundle(
    recipe: Recipe,
    clips: Sequence[ClipFeatures],
    split: Split,
    seeds: Sequence[int],
    feature_set: str,
    extraction: Mapping[str, Any] | None,
    fitter: NetworkFitter,
    storage: Storage,
) -> Bundle:
    clips_given, assigned = clips, [of_parts(clip, recipe.model.named) for clip in split.assign(clips)]
    finite = [clip for clip in assigned if clip.is_finite]
    clips = [clip for clip in finite if is_read_by(clip, recipe.model.modalities, recipe.model.reads)]
    left_out = [clip.clip_id for clip in assigned if not clip.is_finite]
    train, val, test = ([clip for clip in clips if clip.split == name] for name in SPLITS)
    # Without patience no epoch is chosen on val: it trains too, and the temperature needs clips held out by cross-validation.
    trains_on_val = recipe.fit.patience is None
    learned = [*train, *val] if trains_on_val else train
    if not learned:
        raise _nothing_finite(left_out)
    if "appearance" not in recipe.model.reads:
        split = replace(split, seen=frozenset())  # it reads none of the values that a selection chose
    ensemble = fit_ensemble(recipe, learned, () if trains_on_val else val, seeds, fitter, storage)
    if trains_on_val:
        calibration = cross_validated(recipe, learned, split, seeds, fitter, storage)
    else:
        calibration = _calibrated_on(ensemble, val, split, storage) if val else Calibration()
    detector = _detector(ensemble, calibration)
    calibrated_on = CROSS_VALIDATION if trains_on_val else "val"
    metrics = _metrics(ensemble, calibration, detector, learned, test, split, storage, calibrated_on=calibrated_on)
    training = {**_described(recipe, clips, seeds), "split_made_here": split.made, "left_out": left_out, **split.said()}
    training |= _left_out_modality([clip for clip in split.assign(clips_given) if clip.split != "test"], recipe)
    training |= _missing(len(finite) - len(clips), split.absent(("train", "val") if trains_on_val else ("train",)))
    bundle = Bundle(
        **_fitted(recipe, ensemble, calibration),
        feature_set=feature_set,
        emotions=split.emotions,
        novelty=detector,
        extraction=extraction or {},
        training=training,
        metrics=metrics,
        split=split.recorded(),
    )
    return replace(bundle, card=model_card(bundle))


def _fitted(recipe: Recipe, ensemble: Ensemble, calibration: Calibration) -> dict[str, Any]:
    """The bundle's fields that were learned from clips."""
    return {
        "config": recipe.model,
        "preprocessor": ensemble.preprocessor,
        "members": tuple(state.best_weights for state in ensemble.members),
        "pooled": ensemble.pooled,
        "temperature": calibration.temperature,
        "held_out": calibration.clips_held_out,
        "history": [row for number, state in enumerate(ensemble.members) for row in history_rows(number, state.history)],
    }


def _nothing_finite(left_out: Sequence[str]) -> ConfigError:
    return ConfigError(
        f"features: expected clips of finite values to train on, found NaN or infinity in all, among them {', '.join(left_out[:3])}\n"
        "  Extract these clips again."
    )


def _detector(ensemble: Ensemble, calibration: Calibration) -> NoveltyDetector | None:
    """Tells how far a clip lies outside the training; None where no clips were held out to measure that by."""
    if calibration.distances is None:
        return None
    return NoveltyDetector(training=TrainingClips.fit(ensemble.described), held_out=calibration.distances)


def _left_out_modality(learned: Sequence[ClipFeatures], recipe: Recipe) -> dict[str, Any]:
    """That the other modality was there and was not to be read, where it was."""
    has = {"sound": any(clip.has_face.any() for clip in learned), "face": any(clip.has_sound or clip.audio_coverage for clip in learned)}
    return {"reads_by_choice": True} if has.get(recipe.model.modalities) else {}


def _missing(unread: int, absent: Sequence[str]) -> dict[str, Any]:
    """What the model could not learn from, where there is any: clips of which it reads nothing, emotions without a clip."""
    return ({"clips_not_read": unread} if unread else {}) | ({"emotions_without_clips": absent} if absent else {})


def _calibrated_on(ensemble: Ensemble, val: Sequence[ClipFeatures], split: Split, storage: Storage) -> Calibration:
    with storage() as keep:
        inputs = preprocessed(ensemble.preprocessor, val, keep)
        distances = TrainingClips.fit(ensemble.described).distances([clip.description for clip in inputs])
        return calibrated(ensemble.probabilities(inputs), distances, val, split)


def _scaled(
    ensemble: Ensemble,
    clips: Sequence[ClipFeatures],
    detector: NoveltyDetector | None,
    temperature: float,
    emotions: Sequence[str],
    storage: Storage,
) -> Float[Tensor, "clip emotion"]:
    """As the bundle will score these clips."""
    with storage() as keep:
        inputs = preprocessed(ensemble.preprocessor, clips, keep)
        probabilities = ensemble.probabilities(inputs)
        if detector is not None:
            excess = detector([clip.description for clip in inputs]).excess
            probabilities = flattened(probabilities, torch.from_numpy(excess), emotions)
    return temperature_scaled(probabilities, temperature, emotions)


def _metrics(
    ensemble: Ensemble,
    calibration: Calibration,
    detector: NoveltyDetector | None,
    learned: Sequence[ClipFeatures],
    test: Sequence[ClipFeatures],
    split: Split,
    storage: Storage,
    *,
    calibrated_on: str,
) -> dict[str, Any]:
    """What `avemo_core.bundle.measured` reads: figures by part, those of clips that the selection has seen apart."""
    metrics: dict[str, Any] = {"selection_recorded": split.seen is not None}
    seen: dict[str, Any] = {calibrated_on: calibration.seen_by_selection}
    fitted = {name: getattr(calibration, name) for name in ("temperature", "clips", "people")} | {"seen_by_selection": calibration.seen}
    for name, part in (("train", learned), ("test", test)):
        if part:
            scaled = _scaled(ensemble, part, detector, calibration.temperature, split.emotions, storage)
            is_seen = seen_in(part, split) & (name == "test")  # the networks have learned train anyway
            metrics[name], seen[name] = (figures_of(scaled, part, split, chosen) for chosen in (~is_seen, is_seen))
    if calibrated_on == "val":
        metrics["val"] = calibration.held_out
    else:
        fitted["held_out"] = calibration.held_out or {}
    apart = {name: figures for name, figures in seen.items() if figures}
    found = {name: value for name, value in metrics.items() if value is not None}
    return {**found, "calibration": fitted, **({"seen_by_selection": apart} if apart else {})}


def _described(recipe: Recipe, clips: Sequence[ClipFeatures], seeds: Sequence[int]) -> dict[str, Any]:
    """What the bundle says about its own training."""
    splits = {split: [clip for clip in clips if clip.split == split] for split in SPLITS}
    return {
        "preset": recipe.name,
        "encoding": recipe.model.encoding,
        "fit": asdict(recipe.fit),
        "seeds": list(seeds),
        "clips": {split: len(part) for split, part in splits.items()},
        "subjects": {split: sorted({clip.subject for clip in part if clip.subject is not None}) for split, part in splits.items()},
        "labels": {split: _counts([clip.label or "" for clip in part]) for split, part in splits.items()},
        "threads": torch.get_num_threads(),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
    }


def _counts(labels: Sequence[str]) -> dict[str, int]:
    return {label: labels.count(label) for label in sorted(set(labels))}
