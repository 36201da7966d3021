"""A clip in windows, each of them pooled as if it were a clip: what the pooled linear model reads around a time.

clip        |------------------------------------------------|
windows     [----+    ]                                           around the first step; cut off where the clip begins
             [------+--------]                                    EVERY_S later
                 [--------+--------]                              half_width_s on either side
                             ...                  [    +-----]    around the last
"""

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
from avemo_core.features.preprocess.streams import MOMENTS, Streams, is_of_moments, streams_of
from avemo_core.features.preprocess.subjects import Shifts, shifted
from avemo_core.features.preprocess.whitening import Whitened
from avemo_core.model.batch import PooledWindows
from avemo_core.runtime.stored import changed
from schemas.emotions import EMOTIONS

EVERY_S: Final = 0.64
"""From one window to the next: twenty audio steps. Between them the model's logits lie on a straight line."""


class Windows(NamedTuple):
    """Windows of one clip."""

    time_s: Float[np.ndarray, " window"]
    """Of their middles, as they would be were the clip longer."""
    streams: Streams
    """Their moments before scaling, a row a window, zeros where one has nothing of a stream; no steps."""


def windows_of(
    clip: ClipFeatures,
    streams: Streams,
    whitened: Whitened,
    clock_s: Float[np.ndarray, " steps"],
    config: PreprocessConfig,
    sets: Mapping[str, WhitenedSteps] = MappingProxyType({}),
) -> Windows:
    """Take a clip's moments in windows of `config.evidence_s` on either side.

    Args:
        clip: as the model reads it, with its voice.
        streams: of the whole clip.
        whitened: its faces and yaafe27.
        clock_s: the network's clock.
        config: of the preprocessing.
        sets: its other audio sets, by name.
    """
    middles_s = clock_s[0] + EVERY_S * np.arange(1 + int((clock_s[-1] - clock_s[0]) / EVERY_S))
    without = replace(config, functionals_s=0.0)  # running functionals are of steps, and windows have none
    rows = [_moments(clip, whitened, without, sets, (s - config.evidence_s, s + config.evidence_s)) for s in middles_s]
    moments = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
    no_steps = {name: values[:0] for name, values in streams.by_name().items()}
    return Windows(middles_s, streams.replaced({**no_steps, **moments}))


def pooled_windows(windows: Windows, scaler: StandardScaler, shifts: Shifts | None, alone: MixtureNormaliser | None) -> PooledWindows:
    """Each window as if it were a clip of this person.

    Args:
        windows: of one clip.
        scaler: of the model.
        shifts: what is taken from the person's clips; None: nothing.
        alone: what names clips as they are; None where no part of what is said comes from there.
    """
    as_it_is = scaler(windows.streams)
    pooled = pooled_rows(as_it_is if shifts is None else shifted(as_it_is, shifts))
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
    pooled = streams_of(part, cut, config, cut_sets).by_name()
    return {name: _one_row(values) for name, values in pooled.items() if name in MOMENTS or is_of_moments(name)}


def _cut(steps: WhitenedSteps, own: AudioSteps | None, bounds_s: tuple[float, float]) -> WhitenedSteps:
    inside = slice(0, 0) if own is None else _within(own.time_s, bounds_s)
    return WhitenedSteps(steps.whitened[inside], steps.scaled[inside])


def _within(time_s: Float[np.ndarray, " steps"], bounds_s: tuple[float, float]) -> slice:
    """Steps of a closed range."""
    start_s, stop_s = bounds_s
    return slice(int(np.searchsorted(time_s, start_s, "left")), int(np.searchsorted(time_s, stop_s, "right")))


def _one_row(moments: Float32[np.ndarray, "steps d"]) -> Float32[np.ndarray, "one d"]:
    return moments if len(moments) else np.zeros((1, moments.shape[1]), np.float32)
