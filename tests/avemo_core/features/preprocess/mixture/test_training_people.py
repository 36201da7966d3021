"""What a training learns of people: those of one emotion, of two, of all, and nobody's clips."""

import numpy as np
import pytest

from avemo_core.features.preprocess.mixture import estimate
from avemo_core.features.preprocess.mixture.estimate import Mixture, MixtureEstimator
from avemo_core.features.preprocess.mixture.labelled import Labelled
from avemo_core.features.preprocess.mixture.moments import EmotionMoments
from avemo_core.features.preprocess.mixture.normaliser import MixtureNormaliser
from avemo_core.features.preprocess.subjects import Reads, Subject
from tests.avemo_core.features.preprocess.mixture.people import EMOTIONS, clips_of, columns, gathered


@pytest.mark.parametrize(("counts", "weight"), [((9, 0, 0, 0), 0), ((5, 5, 0, 0), 1), ((9, 1, 0, 0), 0.384), ((3, 3, 3, 3), 1)])
def test_training_people_of_one_emotion_are_left_as_they_are(counts: tuple[int, ...], weight: float):
    assert Mixture.known(np.array(counts)).weight == pytest.approx(weight, abs=1e-3)


def test_training_people_of_one_emotion_each_do_not_pull_the_emotions_together():
    both = [Labelled(clip, emotion, str(person)) for person in range(12) for emotion, clip in clips_of(person, range(EMOTIONS))]
    single = [Labelled(clip, emotion, f"{person}") for person in range(40) for emotion, clip in clips_of(person, (person % EMOTIONS,), 6)]

    apart = [MixtureNormaliser.fit(clips, range(EMOTIONS), 1.0).moments.streams["audio_moments"].means for clips in (both, single)]

    spread = [np.linalg.norm(means - means.mean(0)) for means in apart]
    assert spread[1] > 0.7 * spread[0]


@pytest.mark.parametrize("people", ["nobody", "one"])
def test_a_training_that_knows_no_two_people_leaves_everybody_as_they_are(people: str):
    clips = [clip for person in range(12) for clip in clips_of(person, range(EMOTIONS))]
    named = [Labelled(clip, emotion, f"clip {number}" if people == "nobody" else "s") for number, (emotion, clip) in enumerate(clips)]
    normaliser = MixtureNormaliser.fit(named, range(EMOTIONS), 1.0)
    person = gathered(normaliser, clips_of(60, (0,)))

    mixture = MixtureNormaliser.of_arrays(normaliser.arrays()).mixture(person)

    taken, divided = normaliser.shifts(person, mixture, 1.0)["audio_moments"]
    assert mixture.numbers[0] == 1
    np.testing.assert_array_equal(taken, 0)
    np.testing.assert_array_equal(divided, 1)


def test_clips_of_nobody_beside_people_do_not_make_people_differ_more(normaliser: MixtureNormaliser):
    people = [Labelled(clip, emotion, str(person)) for person in range(12) for emotion, clip in clips_of(person, range(EMOTIONS))]
    nobody = [Labelled(clip, emotion, f"clip {person}{emotion}") for person in range(12) for emotion, clip in clips_of(person, (0, 3), 1)]

    beside = MixtureNormaliser.fit([*people, *nobody], range(EMOTIONS), 1.0)

    before, after = (np.trace(each.estimator.between_people) for each in (normaliser, beside))
    assert after < 1.3 * before
    of = [float(each.moments.streams["audio_moments"].between_people) for each in (normaliser, beside)]
    assert of[1] == pytest.approx(of[0])


def test_a_person_is_as_lively_as_a_scale_says():
    estimator = MixtureEstimator(
        means=np.array([[2.0], [-2.0]]), between_people=4 * np.eye(1), of_emotions=0.1 * np.eye(1), within=np.eye(1)
    )
    calm, lively = (estimator(20, Reads.of(scale * np.array([[1.0], [-1.0]] * 10))) for scale in (1.0, 2.5))

    assert calm.numbers[0] > 0.9
    assert lively.numbers[1] > 0.9
    assert estimate.SCATTER_CLIPS < 20


def test_training_people_who_show_all_emotions_all_have_the_mean_and_deviation_of_everybody():
    clips = {str(person): clips_of(person, range(EMOTIONS), 2) for person in range(6)}
    shown = {
        name: {c: Subject.of(some[2 * c][1]) + Subject.of(some[2 * c + 1][1]) for c in range(EMOTIONS)} for name, some in clips.items()
    }
    everything = np.array([columns(clip) for some in clips.values() for _, clip in some])

    of = EmotionMoments.fit(shown, EMOTIONS, 0.0).streams["audio_moments"]

    np.testing.assert_allclose(of.means.mean(0), everything.mean(0), atol=1e-5)
    np.testing.assert_allclose(of.squares.mean(0) - of.means.mean(0) ** 2, everything.var(0), rtol=1e-4)
