"""An upper bound on the share of wrong answers, where answers of one person are wrong together."""

from typing import Final

import numpy as np
from jaxtyping import Int
from scipy.special import betaincinv, stdtrit  # of scipy.stats itself: its import takes a scoring worker half a second

DOUBT: Final = 0.1
"""Probability with which the bound may lie below the share that it bounds."""


def risk_bound(wrong: Int[np.ndarray, " person"], answered: Int[np.ndarray, " person"], doubt: float = DOUBT) -> float:
    """The upper end of a one-sided interval for the share of wrong answers of people never seen.

        deff = spread of the people's wrong answers around the common share / what it would be if answers were wrong on their own
        n*   = answers / deff x (t of answers - 1 / t of people - 1)^2        as many as they are worth
        bound = Clopper and Pearson's for n* answers of which the same share is wrong

    Ten answers of one person who is always misread say as much as one: deff counts that. t counts that deff itself is measured on few
    people; of a single person nothing follows for others, and the bound is 1.

    Source: Korn and Graubard 1998, "Confidence intervals for proportions with small expected number of positive counts estimated from
    survey data", persons as clusters.
    Departs: deff is at least 1, for over few people it falls below by chance (docs/decisions/abstention.md).

    Args:
        wrong: answers of each person that are wrong.
        answered: answers of each person; those without any do not count.
        doubt: probability that the true share is higher, in (0, 1).
    """
    wrong, answered = wrong[answered > 0], answered[answered > 0]
    people, answers = len(answered), int(answered.sum())
    if people < 2 or wrong.sum() == answers:
        return 1.0
    share = wrong.sum() / answers
    effect = 1.0
    if share > 0:
        by_person = people / (people - 1) * np.square(wrong - share * answered).sum() / answers**2
        effect = max(1.0, by_person / (share * (1 - share) / answers))
    few = min(1.0, (stdtrit(answers - 1, 1 - doubt) / stdtrit(people - 1, 1 - doubt)) ** 2)
    worth = answers / effect * few
    return float(betaincinv(worth * share + 1, worth * (1 - share), 1 - doubt))
