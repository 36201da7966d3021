"""The seven expressions as amounts of actions."""

from typing import Final

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from avemo_core.synthetic.faces.actions import ACTIONS

EXPRESSIONS: Final[dict[str, dict[str, float]]] = {
    "angry": {
        "brow_inner_up": -0.085,
        "brow_outer_up": -0.05,
        "brows_together": 0.035,
        "lid_up": -0.03,
        "lips_thin": 0.6,
        "nostrils_wide": 0.02,
    },
    "disgust": {"nose_up": 0.06, "upper_lip_up": 0.06, "brow_inner_up": -0.04, "brow_outer_up": -0.04, "corner_up": -0.03},
    "fear": {"brow_inner_up": 0.085, "brow_outer_up": 0.04, "lid_up": 0.045, "mouth_wide": 0.065, "jaw_down": 0.05},
    "happy": {"corner_up": 0.09, "corner_out": 0.08, "cheek_up": 0.045, "lower_lip_down": 0.02},
    "neutral": {},
    "sad": {"brow_inner_up": 0.08, "brow_outer_up": -0.035, "corner_up": -0.065, "chin_up": 0.03},
    "surprise": {"brow_inner_up": 0.11, "brow_outer_up": 0.11, "lid_up": 0.05, "jaw_down": 0.15, "mouth_wide": -0.045},
}
"""Amounts at full intensity, in the units of `actions.ACTIONS`."""

HEAD_DOWN_RAD: Final = {"sad": 0.12}
"""Pitch that goes with an expression at full intensity; positive: chin towards the chest."""


def amounts(emotion: str) -> Float[ndarray, " action"]:
    """An expression's amounts, in the order of `actions.ACTIONS`."""
    asked = EXPRESSIONS[emotion]
    return np.array([asked.get(action, 0.0) for action in ACTIONS])
