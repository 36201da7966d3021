"""The synthetic actors: a portrait, what is different about the face, the styling, the habits and the voice."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from avemo_core.synthetic.faces.actions import ACTIONS

PORTRAITS: Final = 4
"""Two portraits and their mirror images (`portraits.portraits`)."""
BUILD_SPREAD: Final = (0.05, 0.07, 0.10, 0.03, 0.12, 0.15, 0.10)
"""Standard deviations of `Build`'s fields over actors, in their order; nobody is further than 1.5 of them from the portrait."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Build:
    """How the face differs from the portrait's; every field is a relative change, 0 for none."""

    face_width: float = 0.0
    lower_face: float = 0.0
    jaw_width: float = 0.0
    eye_distance: float = 0.0
    eye_size: float = 0.0
    nose_size: float = 0.0
    mouth_width: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Styling:
    """Colours and light."""

    warmth: float = 0.0
    """Red against blue over the whole person, relative."""
    brightness: float = 1.0
    light_across: float = 0.0
    """Slope of the light from left to right over the frame's width, relative."""
    light_down: float = 0.0
    clothes_turn: int = 0
    """Turn of the hue below the chin in OpenCV's half degrees."""
    blur_px: float = 0.6
    """Standard deviation of the picture's blur in frame pixels."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Voice:
    """What a speaker's voice starts from."""

    f0_hz: float = 190.0
    tract: float = 1.0
    """Factor on all formants."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """One synthetic person."""

    name: str
    portrait: int = 0
    """Which of the four portraits."""
    build: Build = Build()
    styling: Styling = Styling()
    voice: Voice = Voice()
    habit: tuple[float, ...] = (1.0,) * len(ACTIONS)
    """Factor on the amount of each action, in the order of `actions.ACTIONS`."""


def actor(index: int, seed: int = 0) -> Actor:
    """The actor of that number; the same for the same seed."""
    draw = np.random.default_rng([seed, index])
    build = np.array(BUILD_SPREAD) * draw.normal(0, 1, len(BUILD_SPREAD)).clip(-1.5, 1.5)
    return Actor(
        name=f"actor-{index + 1:02d}",
        portrait=index % PORTRAITS,
        build=Build(**dict(zip(Build.__slots__, build.tolist(), strict=True))),
        styling=_styling(draw),
        voice=Voice(f0_hz=float(draw.uniform(110, 230)), tract=float(draw.uniform(0.92, 1.12))),
        habit=tuple(float(factor) for factor in draw.normal(1.0, 0.2, len(ACTIONS)).clip(0.4, 1.6)),
    )


def _styling(draw: np.random.Generator) -> Styling:
    return Styling(
        warmth=float(draw.normal(0, 0.06)),
        brightness=float(draw.uniform(0.85, 1.12)),
        light_across=float(draw.normal(0, 0.12)),
        light_down=float(draw.normal(0, 0.08)),
        clothes_turn=int(draw.integers(0, 180)),
        blur_px=float(draw.uniform(0.4, 0.9)),
    )
