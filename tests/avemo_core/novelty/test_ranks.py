"""Novelty: the share of held-out clips that lie nearer, among those with the same modalities."""

import numpy as np
import pytest

from avemo_core.novelty.detector import ranked_without_own_people
from avemo_core.novelty.in_words import novelty_line
from avemo_core.novelty.ranks import LEAST_CLIPS, LIMIT, ranked
from schemas.novelty import NOVEL

NO = np.nan


def by_hand(clip: np.ndarray, held_out: np.ndarray) -> tuple[float, float]:
    """One clip, one held-out clip after the other."""
    columns = [column for column in range(2) if not np.isnan(clip[column])]
    alike = [peer for peer in held_out if not any(np.isnan(peer[column]) for column in columns)]
    limit = {column: np.quantile([peer[column] for peer in alike], LIMIT) for column in columns}
    own = max(clip[column] / limit[column] for column in columns)
    nearer = sum(max(peer[column] / limit[column] for column in columns) < own for peer in alike)
    return nearer / (len(alike) + 1), max(1.0, own)


def test_novelty_and_excess_are_those_of_a_plain_count_whatever_modalities_a_clip_has():
    draw = np.random.default_rng(0)
    held_out, clips = draw.gamma(9, size=(70, 2)), draw.gamma(12, size=(40, 2))
    held_out[:25, 1], held_out[25:30, 0], clips[:10, 1], clips[10:20, 0] = NO, NO, NO, NO

    found = ranked(clips, held_out)

    expected = [by_hand(clip, held_out) for clip in clips]
    np.testing.assert_allclose(np.stack([found.novelty, found.excess], 1), expected)


def test_of_people_like_those_held_out_one_clip_in_twenty_is_novel():
    draw = np.random.default_rng(0)

    shares = [(ranked(draw.gamma(9, size=(50, 2)), draw.gamma(9, size=(100, 2))).novelty > NOVEL).mean() for _ in range(200)]

    assert 0.035 < np.mean(shares) <= 0.05


def test_a_clip_is_ranked_among_the_clips_of_other_people():
    # Everybody's own clips lie together: among all, the last person's would be ordinary.
    people = [f"person-{number // 30}" for number in range(120)]
    distances = np.repeat([[1.0, NO], [1.1, NO], [1.2, NO], [2.0, NO]], 30, axis=0) + np.random.default_rng(0).random((120, 1)) / 10

    found = ranked_without_own_people(distances, people)

    assert found.novelty[90:].min() > NOVEL
    assert (found.excess[90:] > 1.5).all()
    assert found.novelty[:90].max() < NOVEL


@pytest.mark.parametrize(
    ("clip", "held_out"),
    [
        ([NO, NO], np.ones((40, 2))),
        ([9.0, NO], np.ones((LEAST_CLIPS - 1, 2))),
        ([9.0, 9.0], np.concatenate([np.full((40, 1), 1.0), np.full((40, 1), NO)], 1)),
    ],
    ids=["nothing to judge by", "too few held out", "nobody held out has both"],
)
def test_where_nothing_can_be_told_novelty_is_unknown_and_probabilities_stay(clip: list[float], held_out: np.ndarray):
    found = ranked(np.array([clip]), held_out)

    assert np.isnan(found.novelty[0])
    assert found.excess[0] == 1


def test_a_user_is_told_of_novel_rows_and_not_of_those_that_chance_brings():
    ordinary, foreign = np.linspace(0, 0.999, 400), np.full(31, 0.99)

    assert novelty_line(ordinary) == novelty_line(np.full(50, np.nan)) == novelty_line(np.zeros(0)) == ""
    assert novelty_line(np.r_[foreign, np.full(5, np.nan)]).startswith("31 of 31 rows are novel (100%, where 5% are expected)")
    assert "as a whole" in novelty_line(foreign)


@pytest.mark.parametrize(("novel", "rows", "told"), [(1, 1, False), (2, 2, False), (3, 3, True), (3, 10, False), (4, 8, True)])
def test_of_few_rows_as_many_must_be_novel_as_chance_hardly_ever_brings(novel: int, rows: int, *, told: bool):
    found = np.full(rows, 0.5)
    found[:novel] = 0.99

    assert bool(novelty_line(found)) == told
