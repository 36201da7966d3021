"""What a trial does to clips before the network learns from them."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from avemo_core.model.batch import Batch, ClipInputs
from network_search.trials import Trial

_CROP = (0.5, 1.0)
"""Share of a clip's time that is left."""

_SPAN, _BAND = 0.3, 0.2
"""Longest masked span, in a clip's own steps, and widest masked band, in columns."""


def cropped(clip: ClipInputs, rng: np.random.Generator) -> ClipInputs:
    """A stretch of a clip."""
    begin, end = clip.step_time_s[0], clip.step_time_s[-1]
    share = rng.uniform(*_CROP)
    start = begin + rng.uniform(0, 1 - share) * (end - begin)
    stop = start + share * (end - begin)
    steps = np.flatnonzero((clip.step_time_s >= start) & (clip.step_time_s <= stop))
    sound = np.flatnonzero((clip.audio_time_s >= start) & (clip.audio_time_s <= stop))
    if not len(steps) or (len(clip.audio) and not len(sound)):
        return clip
    first = sound[0] if len(sound) else 0
    names = ("shape", "appearance", "has_face", "step_time_s")
    return replace(
        clip,
        audio=clip.audio[sound],
        audio_time_s=clip.audio_time_s[sound],
        centre=np.clip(clip.centre[steps] - first, 0, max(0, len(sound) - 1)),
        **{name: getattr(clip, name)[steps] for name in names},
    )


def augmented(batch: Batch, targets: Tensor, trial: Trial, rng: np.random.Generator) -> tuple[Batch, Tensor]:
    """A batch as the trial wants it, and what is to be learned of it."""
    if trial.masks:
        batch = _masked(batch)
    if trial.noise:
        batch = _shifted(batch, trial.noise)
    if trial.mixup:
        batch, targets = _mixed(batch, targets, float(rng.beta(trial.mixup, trial.mixup)))
    return batch, targets


def _masked(batch: Batch) -> Batch:
    """One span of time and one band of columns of each clip are zeros, in every stream."""
    span = _kept(batch.audio, batch.audio_steps, _SPAN)
    steps = batch.step_mask.sum(1)
    seen = _kept(batch.shape, steps, _SPAN)
    return replace(
        batch,
        audio=batch.audio * span * _band(batch.audio),
        shape=batch.shape * seen * _band(batch.shape),
        appearance=batch.appearance * seen * _band(batch.appearance),
    )


def _kept(values: Tensor, steps: Tensor, share: float) -> Tensor:
    """0 on a span of each clip, 1 elsewhere; batch steps 1."""
    length = torch.rand(len(steps)) * share * steps
    start = torch.rand(len(steps)) * (steps - length)
    place = torch.arange(values.shape[1])
    inside = (place >= start.unsqueeze(1)) & (place < (start + length).unsqueeze(1))
    return (~inside).unsqueeze(2).float()


def _band(values: Tensor) -> Tensor:
    """0 on a band of each clip's columns; batch 1 columns."""
    batch, _, width = values.shape
    if not width:
        return torch.ones(batch, 1, width)
    length = torch.rand(batch) * _BAND * width
    start = torch.rand(batch) * (width - length)
    place = torch.arange(width)
    inside = (place >= start.unsqueeze(1)) & (place < (start + length).unsqueeze(1))
    return (~inside).unsqueeze(1).float()


def _shifted(batch: Batch, deviation: float) -> Batch:
    """Every column of a clip is moved and stretched a little, as if its person's statistics had come from few clips."""

    def of(values: Tensor) -> Tensor:
        shape = (len(values), 1, values.shape[2])
        moved = values * (1 + deviation / 2 * torch.randn(shape)) + deviation * torch.randn(shape)
        return torch.where((values != 0).any(2, keepdim=True), moved, values)

    return replace(batch, audio=of(batch.audio), shape=of(batch.shape), appearance=of(batch.appearance))


def _mixed(batch: Batch, targets: Tensor, share: float) -> tuple[Batch, Tensor]:
    """Each clip and the one behind it in the batch, step by step, in these shares (mixup; Zhang et al. 2018)."""
    share = max(share, 1 - share)  # a clip's own alignment stays the right one for most of what is heard
    streams = {
        name: share * getattr(batch, name) + (1 - share) * getattr(batch, name).roll(1, 0) for name in ("audio", "shape", "appearance")
    }
    mixed = replace(
        batch,
        **streams,
        audio_steps=torch.maximum(batch.audio_steps, batch.audio_steps.roll(1, 0)),
        step_mask=batch.step_mask | batch.step_mask.roll(1, 0),
        attention_mask=batch.attention_mask | batch.attention_mask.roll(1, 0),
    )
    return mixed, share * targets + (1 - share) * targets.roll(1, 0)
