import pytest

from avemo_core.evaluation.in_words import estimate, interval_over, left_out_of_uar, recall_with_interval, with_interval


@pytest.mark.parametrize(
    ("unit", "count", "words"),
    [
        ("people", 24, "over 24 people"),
        ("people", 10, "over 10 people"),
        ("people", 7, "over seven people: the interval is too narrow"),
        ("people", 1, "over one person: it says nothing of others"),
        ("files", 1200, "over 1,200 files, as nobody is named"),
        ("files", 3, "over three files, as nobody is named: the interval is too narrow"),
        ("people and files", 31, "over 31 people and files, as not everybody is named"),
    ],
)
def test_an_interval_says_what_it_is_over_and_where_that_is_too_little(unit: str, count: int, words: str):
    assert interval_over({"interval_over": {"unit": unit, "count": count}}) == words


def test_figures_of_an_earlier_version_are_shown_as_what_they_are():
    figures = {"accuracy": 0.5, "accuracy_interval": [0.4, 0.6], "uar": 0.25, "recall": {"fear": 0.25, "sad": None}}

    assert interval_over(figures) == "over clips, not people (an earlier version's): too narrow"
    assert with_interval(figures, "accuracy") == "0.500 [0.400, 0.600]"
    assert with_interval(figures, "uar") == "0.250"
    assert recall_with_interval(figures, "fear") == "0.250"
    assert recall_with_interval(figures, "sad") == "-"


def test_emotions_that_do_not_count_in_the_mean_recall_are_named():
    assert left_out_of_uar({"recall": {"fear": 0.2, "sad": None}}) == "UAR leaves out sad: no clip of these has that label."
    assert left_out_of_uar({"recall": {"fear": 0.2, "sad": 0.0}}) == ""


def test_a_difference_has_its_sign_in_every_number():
    assert estimate(0.01, (-0.02, 0.04), "+.3f") == "+0.010 [-0.020, +0.040]"
