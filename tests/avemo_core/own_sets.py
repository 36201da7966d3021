"""Planted clips with audio sets of one's own beside yaafe27, and their rows in a features table."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from avemo_core.audio_sets.steps import AudioSteps
from avemo_core.features.clip_features import ClipFeatures
from schemas.columns import column, vectors
from schemas.emotions import EMOTIONS
from tests.avemo_core.feature_rows import table
from tests.avemo_core.one_modality import people

STEP_S = 0.02
OWN_WIDTH = 12
FEATURE_SET = "resnet29 0 / 24 values 0 / facemesh / yaafe27+own 1234 / every frame / media 2"


def without_emotion(clip: ClipFeatures, draw: np.random.Generator) -> ClipFeatures:
    """The clip with noise in all three of the paper's parts."""
    noise = {name: draw.normal(size=getattr(clip, name).shape).astype(np.float32) for name in ("audio", "shape", "appearance")}
    return replace(clip, **noise)


def own_set(clip: ClipFeatures, draw: np.random.Generator, *, strength: float = 1.0, width: int = OWN_WIDTH) -> AudioSteps:
    """Steps 20 ms apart over the clip's sound that tell its emotion by one of their first seven values, in every other step."""
    steps = int(len(clip.audio) * 0.032 / STEP_S)
    values = draw.normal(size=(steps, width)).astype(np.float32)
    values[::2, EMOTIONS.index(clip.label or "")] += 3 * strength
    return AudioSteps(values, (0.0125 + STEP_S * np.arange(steps)).astype(np.float32))


def with_own_set(count: int, seed: int = 0, **how: float) -> list[ClipFeatures]:
    """Clips of six people whose emotion is planted in the set `own` and nowhere else."""
    draw = np.random.default_rng(seed)
    return [replace(without_emotion(clip, draw), other_audio={"own": own_set(clip, draw, **how)}) for clip in people(count, seed)]


def without_own_set(clip: ClipFeatures) -> ClipFeatures:
    """A clip of which the user's table has no row."""
    steps = clip.other_audio["own"]
    return replace(clip, other_audio={"own": AudioSteps(steps.values[:0], steps.time_s[:0])})


def own_table(clips: Sequence[ClipFeatures], feature_set: str = FEATURE_SET) -> pa.Table:
    """A features table with the columns of every audio set."""
    rows = table(clips, feature_set)
    for name in clips[0].other_audio:
        sets = [clip.other_audio[name] for clip in clips]
        times = column(f"audio_{name}_time_s", pa.list_(pa.float32()), "s", "time of each step on the file's clock")
        values = column(f"audio_{name}", vectors(sets[0].values.shape[1], pa.float32()), "", "of one's own")
        rows = rows.append_column(times, pa.array([steps.time_s for steps in sets], times.type))
        rows = rows.append_column(values, pa.array([steps.values.tolist() for steps in sets], values.type))
    return rows
