"""The risk is kept over many draws of people; where it cannot be kept, nothing is answered."""

import numpy as np
import pytest

from avemo_core.abstention.bound import DOUBT
from avemo_core.abstention.held_out import HeldOutClips
from avemo_core.abstention.threshold import Abstention, is_answered, risk_coverage, tried_answers
from avemo_core.errors import ConfigError


def drawn(people: int, clips: int, seed: int, *, unlike: float = 0.7, novel: float = 0.0) -> HeldOutClips:
    """Clips of which the surer ones are right more often, and people who are right more or less often than their confidence says."""
    draw = np.random.default_rng(seed)
    sure = draw.normal(1.5, 1.5, (people, clips))
    truth = 1 / (1 + np.exp(-(sure + draw.normal(0, unlike, (people, 1)))))
    return HeldOutClips.of(
        confidence=(1 / (1 + np.exp(-sure))).ravel(),
        novelty=np.where(draw.random(people * clips) < novel, 0.99, 0.5),
        is_right=(draw.random((people, clips)) < truth).ravel(),
        groups=np.repeat([f"person-{number}" for number in range(people)], clips).tolist(),
    )


@pytest.mark.parametrize(
    ("people", "clips", "risk"),
    [(6, 24, 0.2), *(pytest.param(*each, marks=pytest.mark.slow) for each in ((12, 30, 0.1), (7, 60, 0.15)))],
)
def test_of_the_answers_to_people_never_seen_more_than_the_risk_are_wrong_in_at_most_one_draw_of_ten(people: int, clips: int, risk: float):
    crowd = drawn(2000, 20, seed=10_000)
    above, answering = 0, 0

    for seed in range(60):
        found = Abstention.of(risk, drawn(people, clips, seed))
        answered = is_answered(crowd.confidence, crowd.novelty, found.threshold)
        answering += found.answers is not None
        above += bool(answered.any()) and (~crowd.is_right[answered]).mean() > risk

    assert above / 60 <= DOUBT
    assert answering > 25


def test_as_many_clips_are_answered_as_the_bound_allows():
    clips = drawn(12, 40, seed=0)

    found = Abstention.of(0.15, clips)

    assert found.answers.bound <= 0.15
    more = [answers for answers in tried_answers(clips) if answers.share > found.answers.share]
    assert more
    assert all(answers.bound > 0.15 for answers in more)


def test_a_model_that_knows_nothing_answers_nothing_and_says_what_could_be_asked_for():
    draw = np.random.default_rng(0)
    clips = HeldOutClips.of(
        confidence=draw.random(240),
        novelty=np.full(240, 0.5),
        is_right=draw.random(240) < 1 / 7,
        groups=[f"person-{number % 8}" for number in range(240)],
    )

    found = Abstention.of(0.1, clips)

    assert found.answers is None
    assert not is_answered(np.ones(5), np.zeros(5), found.threshold).any()
    assert "cannot be kept, and no clip is answered: by 240 held-out clips of 8 people or files the lowest" in found.line()
    asked = float(found.line().split("can be kept is ")[1].split(";")[0])
    assert Abstention.of(asked, clips).answers is not None


def test_novel_clips_are_not_answered_and_do_not_count_among_the_answers():
    clips = drawn(8, 40, seed=1, novel=0.3)

    found = Abstention.of(0.3, clips)

    assert found.answers.share <= 1 - (clips.novelty > 0.95).mean()
    assert not is_answered(np.ones(1), np.array([0.96]), found.threshold).any()
    assert is_answered(np.ones(2), np.array([0.94, np.nan]), found.threshold).all()


def test_the_curve_begins_with_the_surest_clip_and_ends_with_all_that_are_not_novel():
    answered, wrong = risk_coverage(np.array([0.5, 0.9, 0.7, 0.6]), np.array([False, True, False, True]), np.array([0.1, 0.1, 0.1, 0.99]))

    assert answered.tolist() == [0.25, 0.5, 0.75]
    assert wrong == pytest.approx([0, 1 / 2, 2 / 3])


@pytest.mark.parametrize("risk", [0.0, 1.0, -0.1, 10.0, float("nan")])
def test_a_risk_that_is_no_share_is_refused(risk: float):
    with pytest.raises(ConfigError, match="--abstain: expected a share between 0 and 1"):
        Abstention.of(risk, drawn(4, 10, seed=0))
