"""The audio steps from which medians and quartiles are taken: a bounded number of them, from every part of every clip."""

import numpy as np
import pytest

from avemo_core.features.preprocess.audio_sets.whitening import SAMPLE_STEPS, sampled_steps


def clips_of(*lengths: int) -> list[np.ndarray]:
    """Clips whose one value is the number of the clip, and whose other is the step's place in it, 0 to 1."""
    return [np.stack([np.full(length, number), np.linspace(0, 1, length)], 1).astype(np.float32) for number, length in enumerate(lengths)]


@pytest.mark.parametrize(
    "lengths",
    [(SAMPLE_STEPS, SAMPLE_STEPS - 1), (150_000,), pytest.param((1,) * (SAMPLE_STEPS + 50), marks=pytest.mark.slow), (3, 0, 250_000)],
)
def test_no_more_steps_are_taken_than_the_most(lengths: tuple[int, ...]):
    assert len(sampled_steps(clips_of(*lengths))) == SAMPLE_STEPS


def test_few_steps_are_all_taken_once():
    audio = clips_of(5, 0, 1, 9)

    np.testing.assert_array_equal(sampled_steps(audio), np.concatenate(audio))


def test_a_clip_has_as_many_steps_in_the_sample_as_its_length_says_and_they_are_spread_over_it():
    sample = sampled_steps(clips_of(40_000, 120_000, 90_000))

    shares = np.bincount(sample[:, 0].astype(int)) / len(sample)
    places = [sample[sample[:, 0] == clip, 1] for clip in range(3)]
    np.testing.assert_allclose(shares, [0.16, 0.48, 0.36], atol=1e-4)
    assert [place.mean() for place in places] == pytest.approx([0.5] * 3, abs=1e-3)


def test_of_short_clips_it_is_not_always_the_first_step_that_is_taken():
    sample = sampled_steps(clips_of(*(50,) * 6_000))  # one step in three

    assert np.percentile(sample[:, 1], (2, 50, 98)) == pytest.approx([0.02, 0.5, 0.98], abs=0.02)
