"""What a user is told of novel clips, by the command and the report alike."""

from typing import Final

import numpy as np
from jaxtyping import Float
from scipy.special import bdtrc

from schemas.novelty import NOVEL

_MANY: Final = 3
"""Times the share expected, from which clips are as a whole said to be unlike the training."""

_CHANCE: Final = 0.00135
"""Probability of more than three deviations above a normal mean."""


def novelty_line(novelty: Float[np.ndarray, " row"]) -> str:
    """How many rows are novel, what it means and what to do; empty where there are no more than among people like those of the training.

    Args:
        novelty: NaN where it is not known.
    """
    known = novelty[~np.isnan(novelty)]
    novel, expected = int((known > NOVEL).sum()), 1 - NOVEL
    # By chance one in twenty is novel, a single row too: so many must be rarer than what is three deviations above a mean.
    if not novel or bdtrc(novel - 1, len(known), expected) > _CHANCE:
        return ""
    whole = "; as a whole they are not what the model knows" if novel > _MANY * expected * len(known) else ""
    return (
        f"{novel:,} of {len(known):,} rows are novel ({novel / len(known):.0%}, where {expected:.0%} are expected): further from the "
        f"training than {NOVEL:.0%} of clips of people held out{whole}. Their probabilities are flatter, and the model may be wrong "
        f"about them more often than its card says. Train on clips like these, or leave out rows with novelty > {NOVEL}"
    )
