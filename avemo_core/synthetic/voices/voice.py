"""A synthetic voice: harmonics of a moving F0 under four moving formants, and breath."""

from typing import Final

import numpy as np
from jaxtyping import Float, Float32
from numpy import ndarray

from avemo_core.synthetic.faces.actors import Voice
from avemo_core.synthetic.timeline import Segment, wobble
from avemo_core.synthetic.voices.prosody import Prosody
from avemo_core.synthetic.voices.speech import Speech
from schemas.audio import SAMPLE_RATE_HZ

TOP_HZ: Final = 5_600.0
"""No harmonics above."""
CONTROL_S: Final = 0.005
"""F0, formants and amplitudes are worked out this often and interpolated between."""
FORMANT_WIDTH_HZ: Final = np.array([80.0, 110.0, 160.0, 240.0])
FORMANT_GAIN: Final = np.array([1.0, 0.7, 0.35, 0.2])
FALL: Final = 1.0
"""Harmonics of a neutral voice fall off as 1 / number ** FALL before the formants."""
PEAK: Final = 0.08
"""Amplitude of a neutral voice's loudest syllables, full scale 1."""


def sound(
    time_s: Float[ndarray, " sample"],
    speech: Speech,
    segment: Segment,
    prosodies: tuple[Prosody, Prosody],
    voice: Voice,
    draw: np.random.Generator,
) -> Float32[ndarray, " sample"]:
    """The voice saying that speech.

    Args:
        time_s: of each sample on the picture's clock, `1 / SAMPLE_RATE_HZ` apart; a shift of it shifts the sound.
        speech: the syllables.
        segment: where the second prosody holds; the first holds elsewhere.
        prosodies: outside and inside the segment.
        voice: whose voice.
        draw: for jitter and breath.

    Returns:
        Samples, full scale 1.
    """
    control_s = np.arange(time_s[0], time_s[-1] + CONTROL_S, CONTROL_S)
    on = segment.activation(control_s)
    outside, inside = prosodies

    def followed(name: str) -> Float[ndarray, " control"]:
        return np.asarray(getattr(outside, name) + on * (getattr(inside, name) - getattr(outside, name)))

    f0_hz = _f0_hz(control_s, speech, voice.f0_hz * followed("f0"), followed("f0_spread"), followed("jitter"), draw)
    amplitude = PEAK * speech.loudness(control_s) * 10 ** (followed("intensity_db") / 20)
    formants_hz = speech.formants_hz(control_s) * (voice.tract * followed("tract"))[:, None]
    voiced = _harmonics(time_s, control_s, f0_hz, formants_hz, FALL + followed("tilt"))
    breath = _breath(len(time_s), draw) * np.interp(time_s, control_s, followed("breath"))
    return np.asarray(((voiced + breath) * np.interp(time_s, control_s, amplitude) + draw.normal(0, 4e-4, len(time_s))).astype(np.float32))


def _f0_hz(
    control_s: Float[ndarray, " control"],
    speech: Speech,
    mean_hz: Float[ndarray, " control"],
    spread: Float[ndarray, " control"],
    jitter: Float[ndarray, " control"],
    draw: np.random.Generator,
) -> Float[ndarray, " control"]:
    """An F0 contour of one tone a syllable, gliding, with a slow drift and fast jitter."""
    tones = draw.normal(0, 1, len(speech.start_s))
    contour = np.interp(control_s, speech.start_s + speech.length_s / 2, tones)
    log = spread * (contour + 0.3 * wobble(control_s, draw)) + jitter * draw.normal(0, 1, len(control_s))
    return np.asarray(mean_hz * np.exp(log))


def _harmonics(
    time_s: Float[ndarray, " sample"],
    control_s: Float[ndarray, " control"],
    f0_hz: Float[ndarray, " control"],
    formants_hz: Float[ndarray, "control 4"],
    fall: Float[ndarray, " control"],
) -> Float[ndarray, " sample"]:
    """All harmonics below `TOP_HZ`, each as loud as the formants let it; about 1 at its loudest in neutral speech."""
    phase = 2 * np.pi * np.cumsum(np.interp(time_s, control_s, f0_hz)) / SAMPLE_RATE_HZ
    count = int(TOP_HZ / f0_hz.min())
    number = np.arange(1, count + 1)[:, None]
    frequency_hz = number * f0_hz
    gain = number**-fall * _formant_gain(frequency_hz, formants_hz) * (frequency_hz < TOP_HZ)
    # exp(i n phase) by repeated products: one complex multiplication a harmonic instead of a sine.
    turn = np.exp(1j * phase)
    harmonic, total = np.ones_like(turn), np.zeros_like(phase)
    for row in gain:
        harmonic = harmonic * turn
        total += np.interp(time_s, control_s, row) * harmonic.imag
    return total


def _formant_gain(
    frequency_hz: Float[ndarray, "harmonic control"], formants_hz: Float[ndarray, "control 4"]
) -> Float[ndarray, "harmonic control"]:
    """A sum of resonance curves on a low floor."""
    total = np.full(frequency_hz.shape, 0.03)
    for resonance_hz, width_hz, gain in zip(formants_hz.T, FORMANT_WIDTH_HZ, FORMANT_GAIN, strict=True):
        total += gain / (1 + ((frequency_hz - resonance_hz) / width_hz) ** 2)
    return total


def _breath(samples: int, draw: np.random.Generator) -> Float[ndarray, " sample"]:
    """Noise with its low end taken away; standard deviation about 1."""
    white = draw.normal(0, 1, samples + 1)
    return np.asarray((white[1:] - 0.6 * white[:-1]) / np.sqrt(1.36))
