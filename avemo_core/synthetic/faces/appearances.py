"""Colours and light of an actor's picture, and the calm backgrounds behind it."""

from functools import lru_cache

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8
from numpy import ndarray

from avemo_core.synthetic.faces.actors import Styling
from avemo_core.synthetic.faces.portraits import DENSITY, FRAME_HEIGHT_PX, FRAME_WIDTH_PX, to_canvas

CLOTHES_FROM, CLOTHES_FULLY = 1.7, 1.85
"""Depths below the eyes, in face units, between which the neck gives way to clothes."""


def dressed(canvas: UInt8[ndarray, "row column bgra"], styling: Styling) -> UInt8[ndarray, "row column bgra"]:
    """The portrait in an actor's colours and light."""
    picture = _clothed(np.ascontiguousarray(canvas[..., :3]), styling.clothes_turn)
    lit = cv2.GaussianBlur(picture, (0, 0), styling.blur_px * DENSITY).astype(np.float32) * _light(picture.shape[:2], styling)
    return np.dstack([lit.clip(0, 255).astype(np.uint8), canvas[..., 3]])


def _clothed(picture: UInt8[ndarray, "row column bgr"], turn: int) -> UInt8[ndarray, "row column bgr"]:
    """Turn the hue of everything below the neck."""
    hsv = cv2.cvtColor(picture, cv2.COLOR_BGR2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(np.int32) + turn) % 180
    other = cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)
    start, stop = to_canvas(np.array([[0.0, CLOTHES_FROM], [0.0, CLOTHES_FULLY]]))[:, 1]
    share = ((np.arange(len(picture)) - start) / (stop - start)).clip(0, 1)[:, None, None]
    return np.asarray((picture * (1 - share) + other * share).round().astype(np.uint8))


def _light(shape: tuple[int, ...], styling: Styling) -> Float32[ndarray, "row column bgr"]:
    """Factors on the colours: brightness, its slopes, and warmth."""
    across = np.linspace(-0.5, 0.5, shape[1]) * styling.light_across
    down = np.linspace(-0.5, 0.5, shape[0])[:, None] * styling.light_down
    tint = np.array([1 - styling.warmth, 1.0, 1 + styling.warmth])
    return np.asarray(((styling.brightness * (1 + across + down))[..., None] * tint).astype(np.float32))


@lru_cache(maxsize=32)
def background(seed: int) -> Float32[ndarray, "row column bgr"]:
    """A wall of one colour, unevenly lit; 0 to 255."""
    draw = np.random.default_rng([seed, 1])
    hue, saturation, value = draw.uniform(0, 180), draw.uniform(20, 90), draw.uniform(90, 200)
    colour = cv2.cvtColor(np.array([[[hue, saturation, value]]], np.uint8), cv2.COLOR_HSV2BGR)[0, 0].astype(np.float32)
    patches = cv2.resize(draw.normal(1, 0.09, (3, 4)).astype(np.float32), (FRAME_WIDTH_PX, FRAME_HEIGHT_PX), interpolation=cv2.INTER_CUBIC)
    return np.asarray((patches[..., None] * colour).clip(0, 255).astype(np.float32))


def over(person: UInt8[ndarray, "row column bgra"], behind: Float32[ndarray, "row column bgr"]) -> Float32[ndarray, "row column bgr"]:
    """The person in front of what is behind, by the person's matte."""
    share = person[..., 3:].astype(np.float32) / 255
    return np.asarray(behind + share * (person[..., :3] - behind))


def noise(seed: int) -> Float[ndarray, "row column bgr"]:
    """A sensor's noise, larger than a frame, so that every frame can take another part of it; in grey levels."""
    draw = np.random.default_rng([seed, 2])
    return draw.normal(0, 1.8, (FRAME_HEIGHT_PX + 32, FRAME_WIDTH_PX + 32, 3)).astype(np.float32)
