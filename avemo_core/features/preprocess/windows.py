"""A clip in windows, each of them pooled as if it were a clip: what the pooled linear model reads around a time.

clip        |-----------+-----------+-----------|         as many equal stretches as make none longer than EVERY_S
windows     [-----+---------]                             around each stretch's middle, evidence_s on either side;
                  [---------+---------]                   cut off where the clip begins or ends
                              [---------+-------]
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Float, Float32

from avemo_core.audio_sets.steps import AudioSteps
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.preprocess.audio_sets.whitening import WhitenedSteps
from avemo_core.features.preprocess.config import PreprocessConfig
from avemo_core.features.preprocess.mixture.normaliser import MixtureNormaliser
from avemo_core.features.preprocess.prosody import voice_of_stretch
from avemo_core.features.preprocess.scaling import StandardScaler
from avemo_core.features.preprocess.statistics_pooling import pooled_rows
from avemo_core.features.preprocess.streams import streams_of
from avemo_core.features.preprocess.subjects import Shifts, normalised
from avemo_core.features.preprocess.whitening import Whitened
from avemo_core.model.batch import PooledWindows
from avemo_core.runtime.stored import changed
from schemas.emotions import EMOTIONS

EVERY_S: Final = 1.28
"""From one window to the next, at most: forty audio steps. Between their middles the model's logits lie on a straight line."""


class Windows(NamedTuple):
    """Windows of one clip."""

    time_s: Float[np.ndarray, " window"]
    """Of their middles, as they would be were nothing cut off."""
    moments: Mapping[str, Float32[np.ndarray, "window _"]]
    """Before scaling, by stream, zeros where a window has nothing of it."""


def windows_of(
    clip: ClipFeatures,
    whitened: Whitened,
    clock_s: Float[np.ndarray, " steps"],
    config: PreprocessConfig,
    sets: Mapping[str, WhitenedSteps] = MappingProxyType({}),
) -> Windows:
    """Take a clip's moments in windows of `config.evidence_s` on either side.

    Args:
        clip: as the model reads it, with its voice.
        whitened: its faces and yaafe27.
        clock_s: the network's clock.
        config: of the preprocessing.
        sets: its other audio sets, by name.
    """
    long_s = float(clock_s[-1] - clock_s[0])
    count = max(1, math.ceil(long_s / EVERY_S))
    middles_s = clock_s[0] + long_s * (np.arange(count) + 0.5) / count
    without = replace(config, functionals_s=0.0)  # running functionals are of steps, and windows have none
    rows = [_moments(clip, whitened, without, sets, (s - config.evidence_s, s + config.evidence_s)) for s in middles_s]
    return Windows(middles_s, {name: np.concatenate([row[name] for row in rows]) for name in rows[0]})


def pooled_windows(windows: Windows, scaler: StandardScaler, shifts: Shifts | None, alone: MixtureNormaliser | None) -> PooledWindows:
    """Each window as if it were a clip of this person.

    Args:
        windows: of one clip.
        scaler: of the model.
        shifts: what is taken from the person's clips; None: nothing.
        alone: what names clips as they are; None where no part of what is said comes from there.
    """
    as_it_is = {name: scaler.scaled(name, rows) for name, rows in windows.moments.items()}
    read = as_it_is if shifts is None else {name: normalised(rows, *shifts[name]) for name, rows in as_it_is.items()}
    pooled = pooled_rows(read)
    logits = None if alone is None else alone.logits(pooled_rows(as_it_is), len(EMOTIONS))
    return PooledWindows(time_s=windows.time_s, pooled=pooled, alone=logits)


def _moments(
    clip: ClipFeatures,
    whitened: Whitened,
    config: PreprocessConfig,
    sets: Mapping[str, WhitenedSteps],
    bounds_s: tuple[float, float],
) -> dict[str, Float32[np.ndarray, "one _"]]:
    audio, frames = (_within(time_s, bounds_s) for time_s in (clip.audio_time_s, clip.frame_time_s))
    heard = clip.audio[audio]
    part = changed(
        clip,
        audio=heard,
        audio_time_s=clip.audio_time_s[audio],
        shape=clip.shape[frames],
        appearance=clip.appearance[frames],
        frame_time_s=clip.frame_time_s[frames],
        has_face=clip.has_face[frames],
        other_audio={
            name: AudioSteps(*(values[_within(steps.time_s, bounds_s)] for values in steps)) for name, steps in clip.other_audio.items()
        },
        voice=None if clip.voice is None else voice_of_stretch(heard, clip.voice.steps[audio], clip.voice.settings),
    )
    cut = Whitened(
        audio=whitened.audio[audio],
        shape=whitened.shape[frames],
        appearance=whitened.appearance[frames],
        scaled_audio=whitened.scaled_audio[audio],
        landmarks=whitened.landmarks[frames],
    )
    cut_sets = {name: _cut(steps, clip.other_audio.get(name), bounds_s) for name, steps in sets.items()}
    moments = streams_of(part, cut, config, cut_sets).moments()
    return {name: _one_row(values) for name, values in moments.items()}


def _cut(steps: WhitenedSteps, own: AudioSteps | None, bounds_s: tuple[float, float]) -> WhitenedSteps:
    inside = slice(0, 0) if own is None else _within(own.time_s, bounds_s)
    return WhitenedSteps(steps.whitened[inside], steps.scaled[inside])


def _within(time_s: Float[np.ndarray, " steps"], bounds_s: tuple[float, float]) -> slice:
    """Steps of a closed range."""
    start_s, stop_s = bounds_s
    return slice(int(np.searchsorted(time_s, start_s, "left")), int(np.searchsorted(time_s, stop_s, "right")))


def _one_row(moments: Float32[np.ndarray, "steps d"]) -> Float32[np.ndarray, "one d"]:
    return moments if len(moments) else np.zeros((1, moments.shape[1]), np.float32)
