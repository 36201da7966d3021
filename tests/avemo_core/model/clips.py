"""Random clips for the model's tests."""

from collections.abc import Sequence

import numpy as np
import torch

from avemo_core.model.batch import Batch, ClipInputs, collate

D_A, D_SHAPE, D_APPEARANCE = 5, 3, 4


def clip(t_v: int, t_a: int, seed: int = 0, unseen: Sequence[int] = (), label: int = 0) -> ClipInputs:
    """One clip of standard normal values; zeros at the unseen steps."""
    rng = np.random.default_rng(seed)
    has_face = ~np.isin(np.arange(t_v), unseen)
    centre = rng.integers(0, t_a, t_v) if t_a else np.zeros(t_v, np.int64)
    return ClipInputs(
        audio=rng.normal(size=(t_a, D_A)).astype(np.float32),
        shape=rng.normal(size=(t_v, D_SHAPE)).astype(np.float32) * has_face[:, None],
        appearance=rng.normal(size=(t_v, D_APPEARANCE)).astype(np.float32) * has_face[:, None],
        centre=np.sort(centre),
        has_face=has_face,
        audio_time_s=np.arange(t_a, dtype=np.float32) * 0.032,
        step_time_s=np.arange(t_v, dtype=np.float32) * 0.04,
        label=label,
    )


def clips() -> list[ClipInputs]:
    """Clips of unequal lengths: an ordinary one, a short one, one with lost faces, one without sound, one without a face."""
    return [clip(7, 9, 1), clip(2, 1, 2), clip(5, 12, 3, unseen=(0, 3)), clip(6, 0, 4), clip(4, 5, 5, unseen=range(4))]


def float64(inputs: Sequence[ClipInputs]) -> Batch:
    """A batch in double precision."""
    batch = collate(inputs)
    return Batch(**{name: value.double() if (value := getattr(batch, name)).dtype == torch.float32 else value for name in Batch.__slots__})
