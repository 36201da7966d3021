"""What every audio set must do, whichever are in the list."""

import numpy as np
import pytest

from avemo_core.audio_sets import built_in
from avemo_core.audio_sets.audio_features import AudioFeatures
from avemo_core.audio_sets.pieces import PieceReader, Reach
from avemo_core.media.sound import Sound, between

OF_EXTRAS = ("egemaps",)
SETS = [pytest.param(name, marks=pytest.mark.extras if name in OF_EXTRAS else pytest.mark.slow) for name in built_in.FURTHER]


@pytest.fixture(params=SETS)
def each(request: pytest.FixtureRequest) -> AudioFeatures:
    return built_in.FURTHER[request.param]()


def test_every_set_says_what_each_of_its_values_is(each: AudioFeatures):
    built_in.check([each])

    assert isinstance(each, AudioFeatures)
    assert len(each.audio_set.columns) == len(set(each.audio_set.columns)) == len(each.audio_set.units)
    assert each.audio_set.name == each.agreement.split()[0]
    assert each.audio_set.step_s == pytest.approx(each.hop / 16_000)


def test_every_set_gives_segments_the_values_of_the_whole(each: AudioFeatures):
    draw = np.random.default_rng(0)
    whole = Sound(start_s=9.4, samples=draw.normal(0, 0.1, 2 * 16_000).astype(np.float32))
    reach, reader = Reach(sets=[each]), PieceReader(each)

    expected = PieceReader(each).steps(whole, 0.0, np.inf)
    ranges = [(start, start + 0.5) for start in np.arange(9.0, 11.5, 0.5).tolist()]
    found = [reader.steps(between(whole, reach.from_s(start), reach.until_s(stop)), start, stop) for start, stop in ranges]

    np.testing.assert_array_equal(np.concatenate([steps.time_s for steps in found]), expected.time_s)
    np.testing.assert_array_equal(np.concatenate([steps.values for steps in found]), expected.values)


def test_every_set_gives_finite_values_for_silence_and_the_shortest_sounds(each: AudioFeatures):
    for samples in (0, 1, 159, 400, 1700, 20_000):
        values = each.extract(np.zeros(samples, np.float32))

        assert values.shape[1:] == (each.audio_set.width,)
        assert len(values) <= 1 + samples // each.hop
        assert np.isfinite(values).all()


@pytest.mark.extras
def test_egemaps_clips_what_is_above_full_scale():
    """Its package makes -1 of +1: each peak of a loud sound would be a click from full scale to full scale."""
    egemaps = built_in.FURTHER["egemaps"]()
    loud = 1.05 * np.sin(2 * np.pi * 200 * np.arange(16_000) / 16_000).astype(np.float32)

    np.testing.assert_array_equal(egemaps.extract(loud), egemaps.extract(np.clip(loud, -1, 32767 / 32768)))
