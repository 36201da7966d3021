"""Folds that others have published: who is in which, and what a csv of folds must say."""

from collections import Counter

import pytest

from avemo_core.corpora.published_folds import PUBLISHED, read_fold_list
from avemo_core.errors import ConfigError

ROWS = [{"clip_id": "a-1", "subject": "a"}, {"clip_id": "b-1", "subject": "b"}, {"clip_id": "b-2", "subject": "b"}]


def test_the_folds_of_ravdess_and_crema_d_hold_every_actor_once():
    ravdess, crema_d = (PUBLISHED[name].folds for name in ("ravdess", "crema-d"))

    assert [ravdess[f"ravdess-{actor:02}"] for actor in (2, 3, 10, 8, 1, 22)] == ["1", "2", "3", "4", "5", "5"]
    assert Counter(ravdess.values()) == {"1": 5, "2": 5, "3": 5, "4": 5, "5": 4}
    assert Counter(crema_d.values()) == {"1": 18, "2": 18, "3": 18, "4": 18, "5": 19}
    assert (crema_d["crema-d-1018"], crema_d["crema-d-1019"], crema_d["crema-d-1091"]) == ("1", "2", "5")


@pytest.mark.parametrize(
    ("content", "by", "folds"),
    [
        ("subject,fold\na,one\nb,two\n", "subject", ["one", "two", "two"]),
        ("fold,clip_id,note\n1,a-1,x\n2,b-1,y\n1,b-2,z\n", "clip_id", ["1", "2", "1"]),
    ],
)
def test_a_csv_names_the_fold_of_people_or_of_clips(content: str, by: str, folds: list[str]):
    found = read_fold_list(content, "folds.csv")

    assert (found.by, found.assign(ROWS), found.unmatched(ROWS)) == (by, folds, [])


def test_what_the_list_names_and_no_clip_has_is_known():
    assert read_fold_list("subject,fold\na,1\nb,2\nc,2\n", "f").unmatched(ROWS) == ["c"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("person,fold\na,1\n", "columns fold and clip_id, or fold and subject; found person, fold"),
        ("subject,clip_id,fold\n", "or fold and subject"),
        ("subject,fold\na,\n", "line 2: expected subject and fold, found a and nothing"),
        ("subject,fold\na,1\na,2\n", r"one fold a subject, found several:\n    a: 1, 2"),
    ],
)
def test_a_csv_that_says_no_folds_is_refused(content: str, message: str):
    with pytest.raises(ConfigError, match=message):
        read_fold_list(content, "folds.csv")


@pytest.mark.parametrize(
    ("content", "message"),
    [("subject,fold\nb,1\n", "found 1 of 3 without one, among them a-1"), ("subject,fold\na,1\nb,1\n", "at least two folds")],
)
def test_clips_without_a_fold_and_a_single_fold_are_refused(content: str, message: str):
    with pytest.raises(ConfigError, match=message):
        read_fold_list(content, "f").assign(ROWS)
