"""Clips as the network reads them, padded to one length and batched with others of like length."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int
from torch import Tensor

from avemo_core.runtime.stored import changed, storable

UNKNOWN: Final = -1
"""Label of a clip whose emotion is not known."""

NO_MOMENT: Final = (0.0, 0.0)
"""The half-open range without anything in it."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PooledWindows:
    """A clip in windows, as the pooled linear model reads each."""

    time_s: Float[np.ndarray, " window"]
    """Of their middles."""
    pooled: Float32[np.ndarray, "window pooled"]
    alone: Float32[np.ndarray, "window emotion"] | None = None
    """As `ClipInputs.alone`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ClipInputs:
    """One clip as the network reads it: whitened and normalised, each stream on its own steps; wide arrays may lie on a disk."""

    audio: Float32[np.ndarray, "t_a d_a"] = storable()
    shape: Float32[np.ndarray, "t_v d_shape"] = storable()
    appearance: Float32[np.ndarray, "t_v d_appearance"] = storable()
    centre: Int[np.ndarray, " t_v"]
    """p_t: the audio step each video step is coarsely aligned to; zeros without sound."""
    has_face: Bool[np.ndarray, " t_v"]
    audio_time_s: Float[np.ndarray, " t_a"]
    step_time_s: Float[np.ndarray, " t_v"]
    pooled: Float32[np.ndarray, " pooled"] = storable(lambda: np.zeros(0, np.float32))
    """The whole clip, as the pooled linear model reads it; empty where there is none."""
    alone: Float32[np.ndarray, " emotion"] | None = None
    """Logits of the clip as it is, of a model that does not normalise by subject; None where the model has none."""
    alone_weight: float = 0.0
    """Of these against the pooled linear model's, in [0, 1]."""
    label: int = UNKNOWN
    description: Mapping[str, Float32[np.ndarray, " _"]] = storable(dict)
    """What each of its modalities is like as a whole, which says whether the clip is like those of the training; no network reads it."""
    moment_s: tuple[float, float] = NO_MOMENT
    """When the emotion of the label shows, half-open, where that is known: of spliced clips alone."""
    windows: PooledWindows | None = None
    """Stretches of the clip, where attention is to know what the pooled linear model makes of them; of clips to score alone."""

    def strided(self, stride: int, phase: int = 0) -> "ClipInputs":
        """Every so many-th video step from `phase` on; a clip too short for the phase starts at 0."""
        if stride == 1:
            return self
        steps = slice(phase if phase < len(self.has_face) else 0, None, stride)
        names = ("shape", "appearance", "centre", "has_face", "step_time_s")
        return changed(self, **{name: getattr(self, name)[steps] for name in names})


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Batch:
    """Clips padded with zeros behind their last step.

    Clip A has 5 video steps, of which step 2 shows no face; clip B has 3 and no face at all:

                           A               B
        step               0 1 2 3 4       0 1 2 . .
        has_face           1 1 0 1 1       0 0 0 . .
        step_mask          1 1 1 1 1       1 1 1 0 0
        attention_mask     1 1 0 1 1       1 1 1 0 0

    The LSTMs read from left to right, so that padding behind a clip changes none of its own states. The audio needs no mask:
    `audio_steps` bounds what the alignment may look at.
    """

    audio: Float[Tensor, "batch t_a d_a"]
    shape: Float[Tensor, "batch t_v d_shape"]
    appearance: Float[Tensor, "batch t_v d_appearance"]
    centre: Int[Tensor, "batch t_v"]
    audio_steps: Int[Tensor, " batch"]
    """The clip's own audio steps, without padding; 0 without sound."""
    step_mask: Bool[Tensor, "batch t_v"]
    """True at the clip's own steps, False in the padding (docs/decisions/masks.md)."""
    attention_mask: Bool[Tensor, "batch t_v"]
    """True at steps that may get perception weight: those with a face, or all of a clip without any face."""
    label: Int[Tensor, " batch"]
    moment: Bool[Tensor, "batch t_v"]
    """True at steps known to show the emotion of the label; nowhere in a clip of which that is not known."""

    def __len__(self) -> int:
        return len(self.label)

    def to(self, device: torch.device | str) -> "Batch":
        """The same batch on another device."""
        return replace(self, **{name: getattr(self, name).to(device, non_blocking=True) for name in self.__slots__})

    def without(self, *, sound: Bool[Tensor, " batch"], face: Bool[Tensor, " batch"]) -> "Batch":
        """Take the sound or the face from the marked clips, as if they had been recorded without."""
        keeps_face = (~face).view(-1, 1, 1)
        return replace(
            self,
            audio=self.audio * (~sound).view(-1, 1, 1),
            audio_steps=torch.where(sound, 0, self.audio_steps),
            shape=self.shape * keeps_face,
            appearance=self.appearance * keeps_face,
            attention_mask=torch.where(face.view(-1, 1), self.step_mask, self.attention_mask),
        )


def collate(clips: Sequence[ClipInputs]) -> Batch:
    """Pad clips to the longest of them; audio is at least one step long so that every layer has something to read."""
    step_mask = _padded([np.ones(len(clip.has_face), bool) for clip in clips])
    has_face = _padded([clip.has_face for clip in clips])
    return Batch(
        audio=_padded([clip.audio for clip in clips]),
        shape=_padded([clip.shape for clip in clips]),
        appearance=_padded([clip.appearance for clip in clips]),
        centre=_padded([clip.centre for clip in clips]),
        audio_steps=torch.tensor([len(clip.audio_time_s) for clip in clips]),
        step_mask=step_mask,
        attention_mask=torch.where(has_face.any(1, keepdim=True), has_face, step_mask),
        label=torch.tensor([clip.label for clip in clips]),
        moment=_padded([(clip.step_time_s >= clip.moment_s[0]) & (clip.step_time_s < clip.moment_s[1]) for clip in clips]),
    )


def _padded(arrays: Sequence[np.ndarray]) -> Tensor:
    longest = max(1, *(len(array) for array in arrays))
    out = np.zeros((len(arrays), longest, *arrays[0].shape[1:]), arrays[0].dtype)
    for row, array in zip(out, arrays, strict=True):
        row[: len(array)] = array
    return torch.from_numpy(out)


def by_length(
    steps: Sequence[int] | np.ndarray, batch_size: int, rng: np.random.Generator | None = None
) -> list[Int[np.ndarray, " batch"]]:
    """Split clips into batches of like length.

    Args:
        steps: length of each clip, in steps.
        batch_size: clips a batch.
        rng: where given, lengths are jittered by 10 % before sorting and the batches come in random order; None: sorted.

    Returns:
        Indices into the clips, one array a batch.
    """
    keys = np.asarray(steps, float)
    if rng is not None:
        keys = keys * rng.uniform(0.9, 1.1, len(keys))
    order = np.argsort(keys, kind="stable")
    batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    return batches if rng is None else [batches[i] for i in rng.permutation(len(batches))]
