"""How good predictions are said to be."""

import time

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from avemo_core.evaluation import metrics
from avemo_core.evaluation.in_words import with_interval


@pytest.fixture(scope="module")
def predictions() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 6, 300)
    logits = rng.normal(size=(300, 7)) + 2 * np.eye(7)[labels]
    return np.exp(logits) / np.exp(logits).sum(1, keepdims=True), labels


def test_the_summary_agrees_with_scikit_learn(predictions: tuple[np.ndarray, np.ndarray]):
    probabilities, labels = predictions
    predicted = probabilities.argmax(1)

    found = metrics.summary(probabilities, labels)

    assert found["accuracy"] == pytest.approx(sklearn_metrics.accuracy_score(labels, predicted))
    assert found["uar"] == pytest.approx(sklearn_metrics.recall_score(labels, predicted, labels=range(6), average="macro"))
    assert found["log_loss"] == pytest.approx(sklearn_metrics.log_loss(labels, probabilities, labels=range(7)))
    assert found["confusion"] == sklearn_metrics.confusion_matrix(labels, predicted, labels=range(7)).tolist()
    assert found["recall"]["surprise"] is None


def test_calibration_error_equals_a_plain_loop(predictions: tuple[np.ndarray, np.ndarray]):
    probabilities, labels = predictions
    confidence, right = probabilities.max(1), probabilities.argmax(1) == labels
    bins = [(confidence >= low / 10) & (confidence < (low + 1) / 10) for low in range(10)]
    expected = sum(abs(confidence[b].mean() - right[b].mean()) * b.mean() for b in bins if b.any())

    assert metrics.expected_calibration_error(probabilities, labels) == pytest.approx(expected)


def test_full_confidence_that_is_right_has_no_calibration_error():
    assert metrics.expected_calibration_error(np.eye(7), np.arange(7)) == 0


def test_a_summary_draws_people_where_they_are_named_and_files_where_nobody_is(predictions: tuple[np.ndarray, np.ndarray]):
    probabilities, labels = predictions
    groups = [f"source {number // 2}" for number in range(300)]

    by_person = metrics.summary(probabilities, labels, [f"person {number % 12}" for number in range(300)])
    by_file = metrics.summary(probabilities, labels, [None] * 300, groups)

    assert by_person["interval_over"] == {"unit": "people", "count": 12}
    assert by_file["interval_over"] == {"unit": "files", "count": 150}
    assert by_person["accuracy_interval"][0] < by_person["accuracy"] < by_person["accuracy_interval"][1]
    assert by_person["uar_interval"][0] < by_person["uar"] < by_person["uar_interval"][1]
    assert by_person["recall_interval"]["surprise"] is None
    assert by_person["recall_interval"]["fear"][0] < by_person["recall"]["fear"] < by_person["recall_interval"]["fear"][1]


def test_figures_of_one_person_have_no_interval(predictions: tuple[np.ndarray, np.ndarray]):
    probabilities, labels = predictions

    found = metrics.summary(probabilities, labels, ["one person"] * 300)

    assert found["accuracy_interval"] is found["uar_interval"] is None
    assert set(found["recall_interval"].values()) == {None}
    assert with_interval(found, "accuracy") == f"{found['accuracy']:.3f}"


def test_the_table_by_subject_leaves_out_nobody_and_nothing_else():
    found = metrics.by_subject(["b", None, "a", "b"], np.array([True, True, False, False]))

    assert found == {"a": {"clips": 1, "accuracy": 0.0}, "b": {"clips": 2, "accuracy": 0.5}}


def test_nothing_is_said_about_no_clips():
    assert metrics.summary(np.zeros((0, 7)), np.zeros(0, int)) == {}


def test_the_table_of_ten_thousand_people_takes_no_longer_than_its_clips():
    subjects = [f"person {number % 10_000}" for number in range(40_000)]
    right = np.arange(40_000) < 20_000

    started = time.process_time()
    found = metrics.by_subject(subjects, right)

    assert time.process_time() - started < 2  # once through all clips for every person, it was twenty
    assert found["person 17"] == {"clips": 4, "accuracy": 0.5}
    assert len(found) == 10_000
