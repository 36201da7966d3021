"""Normalisation by subject that reads which emotions a person shows: against plain loops, and whatever a person shows."""

from itertools import combinations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from avemo_core.features.preprocess.mixture.estimate import Mixture
from avemo_core.features.preprocess.mixture.normaliser import MixtureNormaliser
from avemo_core.features.preprocess.mixture.reader import C, EmotionReader
from avemo_core.features.preprocess.subjects import Reads, Subject, SubjectStatistics
from tests.avemo_core.features.preprocess.mixture.people import (
    CLIPS,
    EMOTIONS,
    WIDTH,
    clip_of,
    clips_of,
    columns,
    gathered,
    misplaced,
)


def test_a_reader_has_the_logits_of_a_logistic_regression_around_their_mean():
    draw = np.random.default_rng(0)
    values, labels = draw.normal(size=(60, 5)).astype(np.float32), draw.integers(0, 3, 60)
    plain = LogisticRegression(C=C, max_iter=1000).fit(values, labels).decision_function(values)

    found = EmotionReader.fit(values, labels, 3).logits(values)

    np.testing.assert_allclose(found, plain - plain.mean(1, keepdims=True), atol=1e-4)


def test_an_emotion_that_a_reader_never_met_is_the_last_that_it_names():
    values = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)

    found = EmotionReader.fit(values, np.where(values[:, 0] > 0, 2, 0), 3).logits(values)

    assert (found.argmin(1) == 1).mean() > 0.8


@pytest.mark.parametrize("clips", [1, 7, 40])
def test_the_probability_of_every_set_of_emotions_is_that_of_plain_loops(normaliser: MixtureNormaliser, clips: int):
    read = np.random.default_rng(clips).normal(size=(clips, EMOTIONS - 1))
    model, mean = normaliser.estimator, read.mean(0)
    scatter = sum(np.outer(r - mean, r - mean) for r in read) / clips
    sets, logs = [], []
    for number in range(1, EMOTIONS + 1 if clips > 1 else 2):
        for chosen in combinations(range(EMOTIONS), number):
            prior = 0.495 if number in (1, EMOTIONS) else 0.01 / (EMOTIONS - 2)
            prior /= len(list(combinations(range(EMOTIONS), number)))
            centre = model.means[list(chosen)].mean(0)
            spread = sum(np.outer(model.means[c] - centre, model.means[c] - centre) for c in chosen) / number
            covariance = model.within + (1 - 1 / number) * model.of_emotions + spread
            of_mean = model.between_people + model.of_emotions / number + covariance / clips
            log = np.log(prior) - np.log(np.linalg.det(of_mean)) / 2 - (mean - centre) @ np.linalg.inv(of_mean) @ (mean - centre) / 2
            scales = 0.0
            for step in np.linspace(-3, 3, 25):
                scaled = np.exp(0.35 * step) * covariance
                fit = np.log(np.linalg.det(scaled)) + np.trace(np.linalg.inv(scaled) @ scatter)
                scales += np.exp(-(step**2) / 2 - min(clips - 1, 12) * fit / 2)
            sets.append(np.isin(np.arange(EMOTIONS), chosen) / number)
            logs.append(log + np.log(scales))
    weights = np.exp(np.array(logs) - max(logs))
    weights /= weights.sum()

    found = model(clips, Reads.of(read))

    np.testing.assert_allclose(found.shares, weights @ np.array(sets), atol=1e-8)
    np.testing.assert_allclose(found.doubt, np.cov(np.array(sets).T, bias=True, aweights=weights), atol=1e-8)


def test_what_is_taken_from_a_person_is_that_of_the_equations(normaliser: MixtureNormaliser):
    clips = clips_of(50, (0, 2), 5)
    person = gathered(normaliser, clips)
    mixture = Mixture(
        shares=np.array([0.5, 0.1, 0.4, 0.0]), doubt=np.diag([0.02, 0.03, 0.04, 0.01]), numbers=np.array([0.1, 0.9, 0, 0]), weight=0.8
    )
    of = normaliser.moments.streams["audio_moments"]
    x = np.array([columns(clip) for _, clip in clips])

    b, a = normaliser.shifts(person, mixture, 2.0)["audio_moments"]

    for j in range(WIDTH):
        t = sum(mixture.shares[c] * of.means[c, j] for c in range(EMOTIONS))
        q = sum(mixture.shares[c] * of.squares[c, j] for c in range(EMOTIONS)) - t**2
        doubt = sum(of.means[c, j] ** 2 * mixture.doubt[c, c] for c in range(EMOTIONS))
        own = 0.8 * 9 / (9 + 2)
        deviation = np.sqrt(own * x[:, j].var() / q + 1 - own)
        assert a[j] == pytest.approx(deviation, rel=1e-4)
        assert b[j] == pytest.approx(0.8 / (1 + 2 / 10 + doubt / of.between_people) * (x[:, j].mean() - deviation * t), rel=1e-3, abs=1e-4)


def test_a_person_who_shows_all_emotions_is_normalised_as_if_nothing_were_read(normaliser: MixtureNormaliser):
    person = gathered(normaliser, clips_of(51, range(EMOTIONS)))

    mixture = normaliser.mixture(person)
    found, before = (s["audio_moments"] for s in (normaliser.shifts(person, mixture, 1.0), person.shifts(1.0)))

    assert mixture.numbers[-1] > 0.9
    np.testing.assert_allclose(found[0], before[0], atol=0.2)
    np.testing.assert_allclose(found[1], before[1], rtol=0.3)


def test_people_who_show_one_emotion_are_known_for_it_and_keep_it(normaliser: MixtureNormaliser):
    sets = [clips_of(person, (emotion,)) for person in range(60, 66) for emotion in range(EMOTIONS)]

    mixtures = [normaliser.mixture(gathered(normaliser, clips)) for clips in sets]
    found, before = (
        np.mean([misplaced(normaliser, clips, mixture) for clips, mixture in zip(sets, some, strict=True)])
        for some in (mixtures, [None] * len(sets))
    )

    assert min(mixture.numbers[0] for mixture in mixtures) > 0.8
    assert found < 0.95 * before


def test_a_person_known_to_show_two_emotions_keeps_them(normaliser: MixtureNormaliser):
    clips = clips_of(53, (1, 3))

    known = Mixture.known(np.array([0, CLIPS, 0, CLIPS]))

    assert misplaced(normaliser, clips, known) < 0.7 * misplaced(normaliser, clips, None)


def test_one_clip_shows_one_emotion_and_less_is_taken_from_it_than_from_many(normaliser: MixtureNormaliser):
    one, many = (gathered(normaliser, clips_of(54, (2,), count)) for count in (1, 30))
    mixture = Mixture.known(np.array([0, 1, 1, 0]))

    of_one, of_many = (np.linalg.norm(normaliser.shifts(person, mixture, 1.0)["audio_moments"][0]) for person in (one, many))

    assert normaliser.mixture(one).numbers[0] == pytest.approx(1)
    assert of_one < of_many


def test_the_less_is_known_of_what_is_shown_the_less_is_taken_away(normaliser: MixtureNormaliser):
    person = gathered(normaliser, clips_of(55, (2,)))
    sure = Mixture(shares=np.full(4, 0.25), doubt=np.zeros((4, 4)), numbers=np.eye(4)[3])
    unsure = Mixture(shares=np.full(4, 0.25), doubt=np.eye(4) / 4 - 1 / 16, numbers=np.eye(4)[0])

    taken = [np.abs(normaliser.shifts(person, mixture, 1.0)["audio_moments"][0]) for mixture in (sure, unsure)]

    assert (taken[1] < taken[0]).all()


def test_nothing_is_taken_from_a_stream_that_a_person_does_not_have(normaliser: MixtureNormaliser):
    draw = np.random.default_rng(0)
    silent = clip_of(56, 0, draw)._replace(audio_moments=np.zeros((0, WIDTH), np.float32))
    person = Subject.of(silent, normaliser.read(silent))

    b, a = normaliser.shifts(person, normaliser.mixture(person), 1.0)["audio_moments"]

    assert not b.any()
    assert (a == 1).all()


def test_it_does_not_matter_in_what_order_or_in_how_many_parts_clips_come(normaliser: MixtureNormaliser):
    clips = [("s", clip) for _, clip in clips_of(57, (0, 1, 2))]

    whole = SubjectStatistics.gather(clips, normaliser.read)
    parts = SubjectStatistics.gather(clips[17:], normaliser.read).merge(SubjectStatistics.gather(clips[16::-1], normaliser.read))
    stored = SubjectStatistics.from_table(parts.to_table())

    first, second = (normaliser.mixture(statistics.subjects["s"]) for statistics in (whole, stored))
    np.testing.assert_allclose(first.shares, second.shares, atol=1e-9)


def test_statistics_that_an_earlier_version_kept_are_read_and_say_nothing_of_emotions(normaliser: MixtureNormaliser):
    table = SubjectStatistics.gather([("s", clip) for _, clip in clips_of(58, (0,))], normaliser.read).to_table()

    before = SubjectStatistics.from_table(table.drop_columns(["reads_sum", "reads_products"]))

    assert normaliser.mixture(before.subjects["s"]) is None


def test_the_values_of_a_bundle_give_the_same_normaliser(normaliser: MixtureNormaliser):
    person = gathered(normaliser, clips_of(59, (0, 1)))

    again = MixtureNormaliser.of_arrays(normaliser.arrays())

    np.testing.assert_array_equal(again.mixture(person).shares, normaliser.mixture(person).shares)
    np.testing.assert_array_equal(again.emotions, range(EMOTIONS))
