"""Pieces: a step has one value, whichever segment asks for it."""

from dataclasses import dataclass

import numpy as np
import pytest

from avemo_core.audio_sets.pieces import PieceReader, Reach
from avemo_core.audio_sets.steps import AudioSteps
from avemo_core.errors import MediaError
from avemo_core.media.sound import Sound, between
from schemas.audio import SAMPLE_RATE_HZ
from schemas.audio_sets import AudioSet

HOP = 160


@dataclass(frozen=True)
class Windows:
    """A set that gives each step the mean of the samples from it up to 4 hops on, and the sum of all that its piece heard."""

    hop: int = HOP
    centre: float = 80.0
    piece_hops: int = 50
    context_hops: int = 10

    audio_set = AudioSet(name="windows", columns=("mean", "sum"), units=("", ""), step_s=0.01, meaning="of a test")
    agreement = "windows 1"
    licence = None

    def extract(self, samples: np.ndarray) -> np.ndarray:
        starts = np.arange(0, len(samples) - HOP + 1, HOP)
        means = [samples[start : start + 4 * HOP].mean() for start in starts]
        return np.stack([means, np.full(len(starts), samples.sum())], 1).astype(np.float32)


def sound(seconds: float, start_s: float = 0.0) -> Sound:
    draw = np.random.default_rng(0)
    return Sound(start_s=start_s, samples=draw.normal(size=round(seconds * SAMPLE_RATE_HZ)).astype(np.float32))


def in_segments(whole: Sound, length_s: float, stride_s: float, count: int) -> list[AudioSteps]:
    """Steps of segments, each given no more of the sound than its reach."""
    reach, reader = Reach(sets=[Windows()]), PieceReader(Windows())
    ranges = [(number * stride_s, number * stride_s + length_s) for number in range(count)]
    return [reader.steps(between(whole, reach.from_s(start), reach.until_s(stop)), start, stop) for start, stop in ranges]


@pytest.mark.parametrize("start_s", [0.0, 0.0313, 0.7 / SAMPLE_RATE_HZ, 0.5 / SAMPLE_RATE_HZ, 1.99999])
@pytest.mark.parametrize(("length_s", "stride_s"), [(0.4, 0.4), (0.73, 0.2), (1.3, 1.3)])
def test_segments_hold_the_steps_of_the_whole(start_s: float, length_s: float, stride_s: float):
    whole = sound(3.0, start_s)
    reader = PieceReader(Windows())

    expected = reader.steps(whole, 0.0, np.inf)
    found = in_segments(whole, length_s, stride_s, count=round(5.5 / stride_s))

    assert len(expected.values) in {299, 300}
    for number, steps in enumerate(found):
        start_s = number * stride_s
        inside = (expected.time_s >= start_s - 1e-9) & (expected.time_s < start_s + length_s - 1e-9)
        np.testing.assert_array_equal(steps.time_s, expected.time_s[inside])
        np.testing.assert_array_equal(steps.values, expected.values[inside])


def test_a_sound_within_one_piece_is_heard_as_it_is():
    samples = sound(0.45)

    steps = PieceReader(Windows()).steps(samples, 0.0, np.inf)

    np.testing.assert_array_equal(steps.values, Windows().extract(samples.samples))
    assert steps.time_s[:2].tolist() == [0.005, 0.015]


def test_a_sound_that_begins_between_two_steps_keeps_its_place_on_the_clock():
    steps = PieceReader(Windows()).steps(sound(0.2, start_s=0.1021), 0.0, np.inf)

    assert steps.time_s[0] == pytest.approx(0.105)
    assert np.diff(steps.time_s) == pytest.approx(0.01)


def test_a_piece_is_computed_once_for_the_segments_that_overlap_there(monkeypatch: pytest.MonkeyPatch):
    heard = []
    whole, extract = sound(2.0), Windows.extract
    monkeypatch.setattr(Windows, "extract", lambda self, samples: heard.append(len(samples)) or extract(self, samples))

    in_segments(whole, 0.5, 0.1, count=16)

    assert len(heard) == 4


def test_no_sound_has_no_steps():
    steps = PieceReader(Windows()).steps(None, 0.0, 1.0)

    assert (steps.values.shape, steps.time_s.shape) == ((0, 2), (0,))


def test_nan_is_refused_with_the_sets_name():
    broken = Sound(start_s=0.0, samples=np.full(1600, np.nan, np.float32))

    with pytest.raises(MediaError, match="windows gave NaN"):
        PieceReader(Windows()).steps(broken, 0.0, 1.0)
