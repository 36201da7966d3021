"""Prosody: how a clip is spoken. F0 contour, voicing strength, intensity and speech rate, step by step and as a whole.

The 27 audio features hold the harmonics of a voice and not its F0; what prosody is worth on people never seen is in
docs/benchmarks/model.md. Part of preset `best`, not of the paper.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from avemo_core.features.functionals.clip_functionals import FUNCTIONALS, functionals
from avemo_core.features.functionals.descriptors import WIDTH, descriptors
from avemo_core.features.preprocess.pitch import CEILING_HZ, pitch
from avemo_core.features.voice import Voice, VoiceSettings
from schemas.audio import COLUMNS

STEP_S: Final = 0.032
"""From one audio step to the next."""

VOICED: Final = 0.45
"""Least voicing strength of a voiced step (Boersma 1993: the voicing threshold)."""

AUDIBLE: Final = 0.1
"""Least energy of an audible step, as a share of what only a twentieth of the clip's steps exceed (-20 dB)."""

_FEWEST: Final = 5
"""Voiced steps that make an F0 contour; with fewer, audible ones stand in."""

_JUMP: Final = 0.55
"""A step whose ln F0 is further than that from the clip's median is taken for an octave error, and brought back, in models that
fold octaves (docs/decisions/prosody.md)."""

_FAINT: Final = 1e-5
"""Added to the energy before its logarithm, so that the intensity of silence is finite: full scale being 1, -100 dB."""

READS: Final = frozenset({"Energy", "MagnitudeSpectrum"})
"""The features that it is read off, asked for by name; of audio features without them no prosody is read."""

STEP_WIDTH: Final = 3
MOMENTS: Final = 18

INTENSITY_MEAN: Final = 9
"""Which of them a microphone's level moves: all of a person's clips alike, so that normalisation by subject takes it away."""


class Contours(NamedTuple):
    """A clip's prosody over its audio steps."""

    log_f0: Float[np.ndarray, " t_a"]
    """Natural logarithm of hertz; where nothing is voiced, on the line between the voiced neighbours."""
    voicing_strength: Float[np.ndarray, " t_a"]
    """Log-odds of the autocorrelation's peak: the harmonics-to-noise ratio as the natural logarithm of a ratio of powers (Boersma 1993)."""
    intensity: Float[np.ndarray, " t_a"]
    """Natural logarithm of the energy."""
    voiced: Bool[np.ndarray, " t_a"]
    audible: Bool[np.ndarray, " t_a"]


def contours(audio: Float32[np.ndarray, "t_a 901"], ceiling_hz: float = CEILING_HZ, *, folds_octaves: bool = True) -> Contours | None:
    """Read the contours off a clip's audio features; None for a clip without sound.

    Args:
        audio: the 27 audio features.
        ceiling_hz: highest F0 that is looked for.
        folds_octaves: whether a step far from the clip's median F0 is brought an octave nearer.
    """
    energy = audio[:, COLUMNS["Energy"]][:, 0].astype(float)
    if not energy.any():
        return None
    f0_hz, strength = pitch(audio[:, COLUMNS["MagnitudeSpectrum"]], ceiling_hz)
    audible, voiced = _audible_and_voiced(energy, strength)
    log_f0 = _without_octave_jumps(np.log(f0_hz), voiced) if folds_octaves else np.log(f0_hz)
    share = strength.astype(float).clip(0.01, 0.999)
    steps = np.arange(len(energy))
    return Contours(
        log_f0=np.interp(steps, steps[voiced], log_f0[voiced]),
        voicing_strength=np.log(share / (1 - share)),
        intensity=np.log(energy + _FAINT),
        voiced=voiced,
        audible=audible,
    )


def steps(found: Contours | None, t_a: int) -> Float32[np.ndarray, "t_a 3"]:
    """F0 contour, voicing strength and intensity of every step; zeros for a clip without sound."""
    if found is None:
        return np.zeros((t_a, STEP_WIDTH), np.float32)
    return np.stack([found.log_f0, found.voicing_strength, found.intensity], 1).astype(np.float32)


def moments(found: Contours | None) -> Float32[np.ndarray, "one 18"]:
    """The whole clip in 18 numbers, as one step; no step for a clip without sound.

    F0 contour (ln Hz, over voiced steps): mean, deviation, 10th and 90th percentile and their distance, mean change from step
    to step, slope over the clip. Voicing strength (over voiced steps): mean of the log-odds, deviation of the peaks themselves.
    Intensity (over audible steps): mean, deviation, mean change. Speech rate: shares of steps voiced and audible, voiced
    segments a second and their mean length in steps, logarithms of the number of steps and of audible steps.
    """
    if found is None:
        return np.zeros((0, MOMENTS), np.float32)
    t_a, at = len(found.intensity), np.flatnonzero(found.voiced)
    f0_contour, voicing_strength, intensity = found.log_f0[at], found.voicing_strength[at], found.intensity[found.audible]
    low, high = quantiles(f0_contour, (0.1, 0.9))
    f0_mean, f0_deviation = _mean_and_deviation(f0_contour)
    intensity_mean, intensity_deviation = _mean_and_deviation(intensity)
    voiced_segments = 1 + np.count_nonzero(np.diff(at) > 1)
    values = [
        *(f0_mean, f0_deviation, low, high, high - low, _mean_change(f0_contour, at), _slope(f0_contour, at / t_a)),
        *(voicing_strength.sum() / len(at), _mean_and_deviation(1 / (1 + np.exp(-voicing_strength)))[1]),
        *(intensity_mean, intensity_deviation, _mean_change(intensity, np.flatnonzero(found.audible))),
        *(
            len(at) / t_a,
            len(intensity) / t_a,
            voiced_segments / (t_a * STEP_S),
            len(at) / voiced_segments,
            np.log(t_a),
            np.log(len(intensity)),
        ),
    ]
    return np.array([values], np.float32)


def spoken_moments(found: Contours | None) -> Float32[np.ndarray, "one 18"]:
    """`moments` from the first audible step to the last: silence around the voice is the cutter's; no step without sound."""
    if found is None:
        return moments(None)
    at = np.flatnonzero(found.audible)
    return moments(Contours(*(values[at[0] : at[-1] + 1] for values in found)))


def clip_functionals(audio: Float32[np.ndarray, "t_a 901"], found: Contours | None) -> Float32[np.ndarray, "one wide"]:
    """Every functional of every descriptor, functional by functional; no step for a clip without sound."""
    if found is None:
        return np.zeros((0, len(FUNCTIONALS) * WIDTH), np.float32)
    values = descriptors(audio, found.audible, found.log_f0, found.voicing_strength)
    return functionals(values, found.audible, found.voiced).astype(np.float32).reshape(1, -1)


def voice(audio: Float32[np.ndarray, "t_a 901"], settings: VoiceSettings) -> Voice:
    """Read a clip's voice, step by step and as a whole."""
    found = contours(audio, settings.pitch_ceiling_hz, folds_octaves=settings.folds_octaves)
    return _voice(audio, found, steps(found, len(audio)), settings)


def voice_of_stretch(audio: Float32[np.ndarray, "t_a 901"], of_whole: Float32[np.ndarray, "t_a 3"], settings: VoiceSettings) -> Voice:
    """The voice of a stretch of a clip, whose steps were read with the clip: a step's pitch is its own, what is audible the stretch's.

    Args:
        audio: of the stretch.
        of_whole: F0 contour, voicing strength and intensity of its steps.
        settings: those by which they were read.
    """
    energy = audio[:, COLUMNS["Energy"]][:, 0].astype(float)
    if not energy.any():
        return _voice(audio, None, of_whole, settings)
    log_f0, voicing_strength, intensity = of_whole.T.astype(float)
    audible, voiced = _audible_and_voiced(energy, 1 / (1 + np.exp(-voicing_strength)))
    at = np.arange(len(energy))
    found = Contours(np.interp(at, at[voiced], log_f0[voiced]), voicing_strength, intensity, voiced, audible)
    return _voice(audio, found, of_whole, settings)


def _voice(
    audio: Float32[np.ndarray, "t_a 901"], found: Contours | None, of_steps: Float32[np.ndarray, "t_a 3"], settings: VoiceSettings
) -> Voice:
    return Voice(
        settings=settings,
        steps=of_steps,
        moments=spoken_moments(found) if settings.with_functionals else moments(found),
        functionals=clip_functionals(audio, found) if settings.with_functionals else None,
    )


def _audible_and_voiced(
    energy: Float[np.ndarray, " t_a"], strength: Float[np.ndarray, " t_a"]
) -> tuple[Bool[np.ndarray, " t_a"], Bool[np.ndarray, " t_a"]]:
    audible = energy > AUDIBLE * quantiles(energy, (0.95,))[0]
    voiced = audible & (strength > VOICED)
    return audible, voiced if voiced.sum() >= _FEWEST else audible


def quantiles(values: Float[np.ndarray, " n"], shares: Sequence[float]) -> Float[np.ndarray, " share"]:
    """As numpy.quantile gives them, to the last bit and in a fifth of the time: it checks more than it computes."""
    ordered = np.sort(values)
    place = np.array(shares) * (len(ordered) - 1)
    low = np.floor(place).astype(int)
    share = place - low
    below, above = ordered[low], ordered[np.minimum(low + 1, len(ordered) - 1)]
    apart = above - below
    between: np.ndarray = np.where(share >= 0.5, above - apart * (1 - share), below + apart * share)
    return between


def _mean_and_deviation(values: Float[np.ndarray, " n"]) -> tuple[float, float]:
    """As numpy's own, to the last bit and in half of the time: of a few hundred values it takes longer to check than to sum."""
    mean = values.sum() / len(values)
    away = values - mean
    return mean, math.sqrt((away * away).sum() / len(values))


def _without_octave_jumps(log_f0: Float[np.ndarray, " t_a"], voiced: Bool[np.ndarray, " t_a"]) -> Float[np.ndarray, " t_a"]:
    away = log_f0 - np.median(log_f0[voiced])
    folded: np.ndarray = log_f0 - np.where(np.abs(away) > _JUMP, np.sign(away), 0) * np.log(2)
    return folded


def _mean_change(values: Float[np.ndarray, " n"], at: Int[np.ndarray, " n"]) -> float:
    """Mean size of the change between steps that follow each other."""
    changes = np.abs(values[1:] - values[:-1])[at[1:] - at[:-1] == 1]
    return float(changes.sum() / len(changes)) if len(changes) else 0.0


def _slope(values: Float[np.ndarray, " n"], at: Float[np.ndarray, " n"]) -> float:
    """Slope of the straight line nearest to the values."""
    away = at - at.mean()
    spread = float(away @ away)
    return float(away @ values) / spread if spread > 0 else 0.0
