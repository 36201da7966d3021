"""From a risk to the confidence below which a model does not answer, by clips of people held out.

Held-out clips are sorted by confidence, and every twentieth of them is tried as the last that is answered:

    confidence     1.0 ...... .97 ...... .93 ...... .88 ...... .80 ...... .66 ...... .52
    answered        5 %       10 %       15 %                                       100 %
    wrong          .00        .00        .01                                         .31
    bound          .11        .06        .06         .09        .14                  .45
                                                     ^ the most answers of which the bound is at most RISK = .10
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from avemo_core.abstention.bound import risk_bound
from avemo_core.abstention.held_out import HeldOutClips
from avemo_core.errors import ConfigError
from schemas.novelty import NOVEL

_TRIED: Final = 20
"""Shares of the held-out clips that are tried; more would be more chances of finding a bound that is low by luck."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """What comes of answering the held-out clips from one confidence on."""

    confidence: float
    """The least that is answered."""
    share: float
    """Of the held-out clips that are answered, novel ones among those that are not."""
    risk: float
    """Share of wrong ones among the answers."""
    bound: float
    """Its upper bound for people never seen (avemo_core.abstention.bound)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Abstention:
    """A risk, and the least confidence that keeps to it."""

    risk: float
    answers: Answers | None
    """None: no confidence keeps to the risk, and nothing is answered."""
    reachable: float
    """The lowest bound of all that were tried; 1 where nothing can be said."""
    clips: int
    """Held out, by which it was found."""
    people: int

    @property
    def threshold(self) -> float:
        """The least confidence that is answered; above 1, and so never reached, where nothing is."""
        return 2.0 if self.answers is None else self.answers.confidence

    def line(self) -> str:
        """What it comes to, as a user reads it."""
        of = f"{self.clips:,} held-out clips of {self.people} people or files"
        if self.answers is None:
            least = "no lower risk can be kept" if self.reachable >= 1 else f"the lowest that can be kept is {_up(self.reachable):.2f}"
            return f"--abstain {self.risk:g} cannot be kept, and no clip is answered: by {of} {least}; train on more people for a lower one"
        answers = self.answers
        return (
            f"--abstain {self.risk:g}: clips are answered from a confidence of {answers.confidence:.3f} on; of {of} that is "
            f"{answers.share:.0%}, {answers.risk:.1%} of them wrong; of people never seen at most {answers.bound:.1%} should be, in nine "
            "trainings of ten"
        )

    @classmethod
    def of(cls, risk: float, clips: HeldOutClips) -> "Abstention":
        """The most answers whose bound is at most the risk.

        Raises:
            ConfigError: a risk outside (0, 1).
        """
        check_risk(risk)
        tried = list(tried_answers(clips))
        within = [answers for answers in tried if answers.bound <= risk]
        return cls(
            risk=risk,
            answers=max(within, key=lambda answers: answers.share, default=None),
            reachable=min((answers.bound for answers in tried), default=1.0),
            clips=len(clips),
            people=clips.people,
        )


def check_risk(risk: float) -> None:
    """Refuse what is no share, or leaves nothing to ask for.

    Raises:
        ConfigError: a risk outside (0, 1).
    """
    if not 0 < risk < 1:
        raise ConfigError(f"--abstain: expected a share between 0 and 1, such as 0.1, found {risk:g}")


def is_answered(confidence: np.ndarray, novelty: np.ndarray, threshold: float) -> np.ndarray:
    """Which clips are answered: sure enough and not novel; a clip whose novelty is not known (NaN) is not held to be novel."""
    return (confidence >= np.float32(threshold)) & ~(novelty > NOVEL)


def tried_answers(clips: HeldOutClips) -> Iterator[Answers]:
    """What comes of each confidence that is tried, the highest first."""
    confidence = np.sort(clips.confidence[~(clips.novelty > NOVEL)])[::-1]
    last = [int(np.ceil(len(confidence) * tried / _TRIED)) - 1 for tried in range(1, _TRIED + 1)]
    for least in sorted({float(confidence[place]) for place in last} if len(confidence) else (), reverse=True):
        answered = is_answered(clips.confidence, clips.novelty, least)
        people = int(clips.person.max()) + 1
        wrong_of, answers_of = (np.bincount(clips.person[chosen], minlength=people) for chosen in (answered & ~clips.is_right, answered))
        yield Answers(
            confidence=least,
            share=float(answered.mean()),
            risk=float(wrong_of.sum() / answered.sum()),
            bound=risk_bound(wrong_of, answers_of),
        )


def risk_coverage(confidence: np.ndarray, is_right: np.ndarray, novelty: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of clips answered and share of wrong ones among the answers, from the surest clip alone to all that are not novel.

    Source: El-Yaniv and Wiener 2010, "On the Foundations of Noise-free Selective Classification", the risk-coverage curve.
    """
    known = ~(novelty > NOVEL)
    order = np.argsort(-confidence[known], kind="stable")
    answered = np.arange(1, len(order) + 1)
    return answered / max(1, len(confidence)), np.cumsum(~is_right[known][order]) / answered


def abstained_line(abstained: int, rows: int) -> str:
    """How many rows the model did not answer; empty where it answered all."""
    return f"{abstained:,} of {rows:,} rows are not answered: their `predicted` is null, their probabilities are there" if abstained else ""


def _up(share: float) -> float:
    """Rounded up to a hundredth, so that the share shown can be asked for."""
    return float(np.ceil(100 * share) / 100)
