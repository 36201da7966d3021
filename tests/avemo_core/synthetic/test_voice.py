"""The voice: its syllables, and how it sounds in each emotion."""

from dataclasses import replace

import numpy as np
import pytest

from avemo_core.synthetic import corpus, plans
from avemo_core.synthetic.faces.actions import ACTIONS
from avemo_core.synthetic.performance import acted, speech
from avemo_core.synthetic.plans import ClipPlan
from avemo_core.synthetic.timeline import RAMP_S, Segment, wobble
from avemo_core.synthetic.voices.prosody import PROSODY
from avemo_core.synthetic.voices.speech import speak

SAMPLE_RATE_HZ = 16_000


def _planted(label: str) -> ClipPlan:
    """A clip of three seconds whose middle second is planted at full intensity."""
    planned = next(plan for plan in plans.plan(clips=21) if plan.label == label)
    return replace(planned, duration_s=3.0, segment=Segment(start_s=1.0, stop_s=2.0), voice_intensity=1.0, av_offset_s=0.0)


def _inside_and_outside(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    inside = samples[int(1.1 * SAMPLE_RATE_HZ) : int(1.9 * SAMPLE_RATE_HZ)]
    return inside, samples[: int(0.9 * SAMPLE_RATE_HZ)]


def _pitch_hz(samples: np.ndarray) -> float:
    """Median over windows of 64 ms of the lag at which a window agrees best with itself, between 80 and 450 Hz."""
    windows = samples[: len(samples) // 1024 * 1024].reshape(-1, 1024).astype(float)
    agreement = np.fft.irfft(np.abs(np.fft.rfft(windows, 4096)) ** 2)
    shortest, longest = SAMPLE_RATE_HZ // 450, SAMPLE_RATE_HZ // 80
    return float(np.median(SAMPLE_RATE_HZ / (shortest + agreement[:, shortest:longest].argmax(axis=1))))


def test_a_segment_is_half_on_at_its_ends_fully_on_inside_and_off_outside():
    segment = Segment(start_s=1.0, stop_s=2.0)

    activation = segment.activation(np.array([0.0, 1 - RAMP_S / 2, 1.0, 1 + RAMP_S / 2, 1.5, 2.0, 2 + RAMP_S / 2, 3.0]))

    np.testing.assert_allclose(activation, [0, 0, 0.5, 1, 1, 0.5, 0, 0], atol=1e-12)


def test_the_wobble_is_slow_and_about_one():
    time_s = np.arange(0, 10, 0.04)
    many = np.array([wobble(time_s, np.random.default_rng(seed)) for seed in range(200)])

    assert many.std() == pytest.approx(1.0, abs=0.1)
    assert np.abs(np.diff(many, axis=1)).max() < 1.0


@pytest.mark.parametrize("label", ["fear", "surprise", "happy", "angry"])
def test_an_aroused_voice_is_higher_inside_the_segment(label: str):
    inside, outside = _inside_and_outside(corpus.sound(_planted(label)))

    assert _pitch_hz(inside) > 1.1 * _pitch_hz(outside)


def test_a_sad_voice_is_softer_and_an_angry_one_louder_inside_the_segment():
    sad_in, sad_out = _inside_and_outside(corpus.sound(_planted("sad")))
    angry_in, angry_out = _inside_and_outside(corpus.sound(_planted("angry")))

    assert sad_in.std() < 0.75 * sad_out.std()
    assert angry_in.std() > 1.5 * angry_out.std()


def test_a_voice_never_clips():
    loudest = max(np.abs(corpus.sound(replace(plan, voice_intensity=0.7))).max() for plan in plans.plan(clips=21))

    assert 0.05 < loudest < 1


def test_syllables_come_at_the_prosodys_rate_and_never_pause_in_the_segment():
    segment = Segment(start_s=5.0, stop_s=25.0)

    spoken = speak(30.0, segment, PROSODY["fear"], PROSODY["neutral"], np.random.default_rng(0))

    inside = spoken.start_s[(spoken.start_s > 5.2) & (spoken.start_s < 24.8)]
    assert 1 / np.diff(inside).mean() == pytest.approx(PROSODY["fear"].syllables_hz, rel=0.06)
    assert np.diff(inside).max() < 1.6 / PROSODY["fear"].syllables_hz


def test_prosody_lies_between_two_voices():
    assert PROSODY["neutral"].towards(PROSODY["sad"], 0.0) == PROSODY["neutral"]
    assert PROSODY["neutral"].towards(PROSODY["sad"], 0.5).intensity_db == pytest.approx(-3.0)


def test_the_mouth_follows_the_planned_speech():
    planned = _planted("neutral")
    time_s = np.arange(planned.frames) / plans.FPS

    amounts, _ = acted(planned, time_s)

    np.testing.assert_allclose(amounts[:, ACTIONS.index("jaw_down")], 0.16 * speech(planned).openness(time_s))


def test_loudness_trails_the_mouth_by_the_planted_offset():
    lags_s = np.arange(-0.12, 0.121, 0.004)

    curve = np.mean([_agreement(plan, lags_s + plan.av_offset_s) for plan in plans.plan(clips=21)], axis=0)

    assert abs(lags_s[curve.argmax()]) <= 0.012


def _agreement(plan: ClipPlan, lags_s: np.ndarray) -> np.ndarray:
    """Correlation of the sound's loudness with the mouth's opening that much earlier."""
    samples = corpus.sound(plan)
    loudness = np.sqrt(np.convolve(samples**2, np.ones(320) / 320, "same"))
    heard_s = np.arange(len(samples)) / SAMPLE_RATE_HZ
    seen_s = np.arange(0.2, plan.duration_s - 0.2, 0.01)
    opening = acted(plan, seen_s)[0][:, ACTIONS.index("jaw_down")]
    return np.array([np.corrcoef(opening, np.interp(seen_s + lag_s, heard_s, loudness))[0, 1] for lag_s in lags_s])
