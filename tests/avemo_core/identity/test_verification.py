import numpy as np
import pytest

from avemo_core.errors import AvemoError
from avemo_core.identity.verification import equal_error_rate, verify


def people(spread: float, pictures: int = 6) -> tuple[np.ndarray, list[str]]:
    """Embeddings of eight people around a centre each."""
    generator = np.random.default_rng(0)
    centres = generator.normal(size=(8, 16))
    persons = [str(number) for number in range(8) for _ in range(pictures)]
    return np.repeat(centres, pictures, axis=0) + spread * generator.normal(size=(8 * pictures, 16)), persons


def test_people_far_apart_are_told_without_error():
    found = verify(*people(spread=0.01))

    assert found is not None
    assert found.eer == 0
    assert (found.same_pairs, found.different_pairs, found.people) == (8 * 15, 28 * 36, 8)


def test_embeddings_that_say_nothing_err_half_the_time():
    embeddings = np.random.default_rng(1).normal(size=(120, 16))

    found = verify(embeddings, [str(number % 10) for number in range(120)])

    assert found is not None
    assert found.eer == pytest.approx(0.5, abs=0.05)


def test_both_errors_are_equal_at_the_threshold():
    embeddings, persons = people(spread=1.2)
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    one, other = np.triu_indices(len(unit), k=1)
    scores = (unit[one] * unit[other]).sum(axis=1)
    is_same = np.array(persons)[one] == np.array(persons)[other]
    errors = [(np.mean(scores[~is_same] >= threshold), np.mean(scores[is_same] < threshold)) for threshold in scores]
    expected = min(errors, key=lambda pair: abs(pair[0] - pair[1]))

    found = verify(embeddings, persons)

    assert found is not None
    assert found.eer == pytest.approx(np.mean(expected), abs=0.005)
    assert 0.02 < found.eer < 0.4


def test_the_length_of_an_embedding_says_nothing():
    embeddings, persons = people(spread=1.0)
    scaled = embeddings * np.random.default_rng(2).uniform(0.1, 10, (len(embeddings), 1))

    assert verify(scaled, persons) == verify(embeddings, persons)


def test_pairs_of_equal_score_are_accepted_together():
    embeddings = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])

    found = verify(embeddings, ["a", "b", "a", "b"])

    assert found is not None
    assert found.roc == [(0.0, 0.0), (0.5, 0.0), (1.0, 1.0)]


def test_the_crossing_is_found_between_two_thresholds():
    assert equal_error_rate(np.array([0.0, 0.0, 0.5, 1.0]), np.array([0.0, 0.5, 1.0, 1.0])) == pytest.approx(0.25)


@pytest.mark.parametrize("persons", [["a", "a"], ["a", "b"]])
def test_without_pairs_of_both_kinds_there_is_no_figure(persons: list[str]):
    assert verify(np.ones((2, 3)), persons) is None


def test_embeddings_that_are_no_numbers_are_a_training_that_diverged():
    with pytest.raises(AvemoError, match="diverged"):
        verify(np.full((4, 3), np.nan), ["a", "a", "b", "b"])


def test_pictures_that_are_gone_are_in_no_pair():
    embeddings, persons = people(spread=0.01)
    gone = np.arange(len(persons)) % 6 == 0  # one picture of each person
    black = embeddings.copy()
    black[gone] = embeddings[0]

    found = verify(black, persons, gone)

    assert found is not None
    assert (found.eer, found.same_pairs, found.different_pairs) == (0, 8 * 10, 28 * 25)


def test_without_a_picture_left_nothing_is_verified():
    embeddings, persons = people(spread=0.01)

    assert verify(embeddings, persons, np.ones(len(persons), bool)) is None
