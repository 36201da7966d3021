from collections.abc import Sequence

import numpy as np
import pytest

from avemo_core.appearance import forest
from avemo_core.errors import ConfigError
from avemo_core.evaluation.folds import grouped_folds

FACES, WIDTH, TELLING = 240, 60, 4

Faces = tuple[np.ndarray, np.ndarray, list[np.ndarray]]


@pytest.fixture(scope="module")
def faces():
    """Values of which only the first four say anything about the label; eight people."""
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 3, FACES)
    values = generator.normal(size=(FACES, WIDTH)).astype(np.float32)
    values[:, :TELLING] += 1.5 * labels[:, None]
    return values, labels, grouped_folds([f"person-{number % 8}" for number in range(FACES)], labels)


@pytest.fixture(scope="module")
def ranking(faces: Faces):
    return forest.rank(*faces, keep=8, trees=30)


def test_the_values_that_tell_the_emotion_come_first(ranking: forest.Ranking):
    assert set(ranking.order[:TELLING].tolist()) == set(range(TELLING))


def test_importances_sum_to_one_over_the_whole_feature_map(ranking: forest.Ranking):
    assert ranking.importances.sum() == pytest.approx(1)
    assert len(ranking.importances) == WIDTH


def test_held_out_accuracy_is_far_above_chance_where_values_tell(ranking: forest.Ranking):
    assert ranking.accuracy[8] > ranking.chance + 0.3
    assert sorted(ranking.accuracy) == [8, 16, 60]


def test_held_out_accuracy_is_at_chance_where_labels_mean_nothing(faces: Faces):
    values, labels, folds = faces
    shuffled = np.random.default_rng(1).permutation(labels)

    accuracy = forest.rank(values, shuffled, folds, keep=8, trees=30).accuracy[8]

    assert abs(accuracy - 1 / 3) < 0.12


def test_a_forest_with_another_seed_selects_more_in_common_than_chance(ranking: forest.Ranking):
    assert ranking.overlap > ranking.overlap_by_chance == pytest.approx(8 / WIDTH)


def test_the_same_forest_comes_out_wherever_its_blocks_are_grown(faces: Faces, ranking: forest.Ranking):
    values, labels, folds = faces

    def backwards(blocks: Sequence[forest.TreeBlock]) -> list[forest.Grown]:
        return list(reversed([forest.grow(values, labels.astype(np.int64), block) for block in reversed(blocks)]))

    elsewhere = forest.rank(values, labels, folds, keep=8, trees=30, grower=backwards)

    np.testing.assert_array_equal(elsewhere.order, ranking.order)
    assert elsewhere.accuracy == ranking.accuracy


def test_one_person_alone_gives_no_held_out_accuracy(faces: Faces):
    values, labels, _ = faces

    ranking = forest.rank(values, labels, grouped_folds(["one"] * FACES, labels), keep=8, trees=5)

    assert ranking.accuracy == {}


def test_a_label_unknown_to_a_fold_gets_no_votes_there():
    labels = np.array([0, 1, 2] * 4)
    values = np.repeat(labels[:, None], 5, axis=1).astype(np.float32)
    values[1] = 2.0

    grown = forest.grow(
        values,
        labels,
        forest.TreeBlock(trees=3, seed=0, learn=np.flatnonzero(labels != 1), vote=np.array([1]), columns=np.arange(5)),
    )

    assert grown.votes.tolist() == [[0.0, 0.0, 3.0]]


@pytest.mark.parametrize("keep", [0, WIDTH + 1])
def test_selecting_none_or_more_than_there_is_makes_no_sense(faces: Faces, keep: int):
    with pytest.raises(ConfigError, match=f"--keep {keep}"):
        forest.rank(*faces, keep=keep)


def test_faces_of_one_emotion_cannot_rank_anything(faces: Faces):
    with pytest.raises(ConfigError, match="two emotions"):
        forest.rank(faces[0], np.zeros(FACES, dtype=np.int64), faces[2], keep=3)


def test_faces_that_all_look_the_same_cannot_rank_anything(faces: Faces):
    values, labels, folds = faces

    with pytest.raises(ConfigError, match="look the same"):
        forest.rank(np.ones_like(values), labels, folds, keep=8, trees=10)
