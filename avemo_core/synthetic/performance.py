"""How a face acts through a clip: expression, speech, blinks and the head's motion at every frame."""

from typing import Final

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from avemo_core.synthetic.faces.actions import ACTIONS
from avemo_core.synthetic.faces.expressions import HEAD_DOWN_RAD, amounts
from avemo_core.synthetic.faces.puppet import Pose
from avemo_core.synthetic.plans import ClipPlan
from avemo_core.synthetic.timeline import wobble
from avemo_core.synthetic.voices.prosody import PROSODY, Prosody
from avemo_core.synthetic.voices.speech import Speech, speak

WOBBLE: Final = 0.15
"""Standard deviation of an expression's slow changes, relative."""
JAW: Final = 0.16
"""How far the widest vowel opens the jaw, in units of the outer-eye distance."""
SPREAD: Final = 0.03
"""How far the most spread vowel draws the mouth's corners apart."""
BLINK_S: Final = 0.24
BLINK_EVERY_S: Final = (1.5, 4.0)
SWAY_RAD: Final = (0.05, 0.03, 0.02)
"""Standard deviation of the head's slow yaw, pitch and roll."""
SWAY: Final = 0.02
"""Of its shifts, in units of the outer-eye distance (about 1 px)."""


def prosodies(plan: ClipPlan) -> tuple[Prosody, Prosody]:
    """How the clip's voice speaks outside and inside the segment."""
    neutral = PROSODY["neutral"]
    return neutral, neutral.towards(PROSODY[plan.label], plan.voice_intensity)


def speech(plan: ClipPlan) -> Speech:
    """The clip's syllables."""
    outside, inside = prosodies(plan)
    return speak(plan.duration_s, plan.segment, inside, outside, np.random.default_rng([plan.seed, 0]))


def acted(plan: ClipPlan, time_s: Float[ndarray, " t"]) -> tuple[Float[ndarray, "t action"], list[Pose]]:
    """The main face: amounts of actions and a pose for each time."""
    draw = np.random.default_rng([plan.seed, 1])
    asked, poses = listening(plan.seed, time_s)
    strength = plan.face_intensity * plan.segment.activation(time_s) * (1 + WOBBLE * wobble(time_s, draw))
    asked += strength[:, None] * amounts(plan.label)
    spoken = speech(plan)
    asked[:, ACTIONS.index("jaw_down")] += JAW * spoken.openness(time_s)
    asked[:, ACTIONS.index("mouth_wide")] += SPREAD * spoken.width(time_s)
    bow_rad = strength * HEAD_DOWN_RAD.get(plan.label, 0.0)
    return asked, [_bowed(pose, float(bow)) for pose, bow in zip(poses, bow_rad, strict=True)]


def listening(seed: int, time_s: Float[ndarray, " t"]) -> tuple[Float[ndarray, "t action"], list[Pose]]:
    """A face that neither speaks nor feels: it blinks and sways."""
    draw = np.random.default_rng([seed, 2])
    asked = np.zeros((len(time_s), len(ACTIONS)))
    asked[:, ACTIONS.index("blink")] = _blinks(time_s, draw)
    yaw, pitch, roll = (spread * wobble(time_s, draw) for spread in SWAY_RAD)
    right, down = (SWAY * wobble(time_s, draw) for _ in range(2))
    columns = np.column_stack([yaw, pitch, roll, right, down]).tolist()
    return asked, [Pose(yaw_rad=y, pitch_rad=p, roll_rad=r, right=x, down=d) for y, p, r, x, d in columns]


def _bowed(pose: Pose, bow_rad: float) -> Pose:
    return Pose(yaw_rad=pose.yaw_rad, pitch_rad=pose.pitch_rad + bow_rad, roll_rad=pose.roll_rad, right=pose.right, down=pose.down)


def _blinks(time_s: Float[ndarray, " t"], draw: np.random.Generator) -> Float[ndarray, " t"]:
    """How far the lids are shut: 0 open, 1 shut."""
    gaps_s = draw.uniform(*BLINK_EVERY_S, int(time_s[-1] / BLINK_EVERY_S[0]) + 2)
    middles_s = np.cumsum(gaps_s) - draw.uniform(0, BLINK_EVERY_S[0])
    away = np.abs(time_s[:, None] - middles_s).min(axis=1)
    return np.asarray((1 - away / (BLINK_S / 2)).clip(0, 1))
