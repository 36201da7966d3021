"""Clips of a few columns to splice, in which every step can be told from every other."""

import numpy as np

from avemo_core.features.clip_features import ClipFeatures

AUDIO_STEP_S, FRAME_S = 0.032, 0.04


def clip(
    name: str, seconds: float, *, label: str = "neutral", subject: str | None = "ann", sound: bool = True, fps: float = 25.0
) -> ClipFeatures:
    """A clip so long, with a face on every other frame."""
    t_a, t_v = round(seconds / AUDIO_STEP_S) if sound else 0, round(seconds * fps)
    value = float(len(name))
    return ClipFeatures(
        clip_id=name,
        source_id=f"s-{name}",
        label=label,
        split=None,
        subject=subject,
        audio=np.full((t_a, 3), value, np.float32) + np.arange(t_a, dtype=np.float32)[:, None],
        audio_time_s=(np.arange(t_a) * AUDIO_STEP_S).astype(np.float32),
        shape=np.full((t_v, 2), value, np.float32),
        appearance=np.full((t_v, 4), value, np.float16),
        frame_time_s=(np.arange(t_v) / fps).astype(np.float32),
        has_face=np.arange(t_v) % 2 == 0,
    )
