"""The JSON beside a network of one's own: what the network's file does not say of itself.

{
  "size": 112,             side of the square faces it takes, pixels
  "colour": "rgb",         rgb, bgr or grey
  "layout": "nchw",        nchw or nhwc: where the colours stand in its input
  "mean": [127.5],         of pixel values from 0 to 255: one number, or one a colour, in the network's own order
  "scale": [127.5],        likewise: what comes in is (pixel - mean) / scale
  "crop": "arcface",       arcface or chip: where a face lies in its square (avemo_core/faces/template.py)
  "output": "embedding",   the output's name; may be left out where there is one
  "licence": "MIT"         of the weights; it is shown, and stands in the run's record
}
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Float32, UInt8

from avemo_core.errors import ConfigError
from avemo_core.faces.template import TEMPLATES, Template

_COLOURS: Final = {"rgb": 3, "bgr": 3, "grey": 1}
_LAYOUTS: Final = ("nchw", "nhwc")
_LUMA: Final = (0.299, 0.587, 0.114)
"""Shares of red, green and blue in grey. Source: ITU-R BT.601."""
_NEEDED: Final = ("size", "colour", "layout", "mean", "scale", "crop", "licence")
MAX_PX: Final = 1024


@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """How a network wants its faces, and what it may be used for."""

    size: int
    colour: str
    layout: str
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    template: Template
    output: str | None
    licence: str

    @property
    def digest(self) -> str:
        """The sha256 of what changes values: all but the licence."""
        said = (self.size, self.colour, self.layout, self.mean, self.scale, self.template.name, self.output)
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Of one face, as the network takes it."""
        colours = _COLOURS[self.colour]
        return (colours, self.size, self.size) if self.layout == "nchw" else (self.size, self.size, colours)

    def network_input(self, chips: UInt8[np.ndarray, "face height width rgb"]) -> Float32[np.ndarray, "face _ _ _"]:
        """The chips as the network takes them, float32."""
        faces: np.ndarray = chips.astype(np.float32)
        if self.colour == "grey":
            faces = faces @ np.array(_LUMA, np.float32)[:, None]
        elif self.colour == "bgr":
            faces = faces[..., ::-1]
        faces = (faces - np.array(self.mean, np.float32)) / np.array(self.scale, np.float32)
        return np.ascontiguousarray(faces if self.layout == "nhwc" else faces.transpose(0, 3, 1, 2))


def beside(network: Path) -> Sidecar:
    """The sidecar of a network's file: the same name with .json.

    Raises:
        ConfigError: there is none, it is no JSON, or it does not say what it must.
    """
    path = network.with_suffix(".json")
    try:
        said = json.loads(path.read_text(encoding="utf-8-sig"))  # Windows marks UTF-8 files
    except FileNotFoundError:
        raise ConfigError(f"{network}: expected {path.name} beside it, which says {', '.join(_NEEDED)}; there is none") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: expected JSON: {error}") from error
    if not isinstance(said, dict):
        raise ConfigError(f"{path}: expected a JSON object with {', '.join(_NEEDED)}; found {type(said).__name__}")
    if missing := [name for name in _NEEDED if name not in said]:
        raise ConfigError(f"{path}: expected an object with {', '.join(_NEEDED)}; found no {', '.join(missing)}")
    if unknown := sorted(set(said) - {*_NEEDED, "output"}):
        raise ConfigError(f"{path}: {', '.join(unknown)}: expected {', '.join((*_NEEDED, 'output'))} and nothing else")
    _one_of(path, said, "colour", tuple(_COLOURS))
    _one_of(path, said, "layout", _LAYOUTS)
    _one_of(path, said, "crop", tuple(TEMPLATES))
    size = said["size"]
    if not isinstance(size, int) or not 16 <= size <= MAX_PX:
        raise ConfigError(f"{path}: size: expected a whole number of pixels, 16 to {MAX_PX}, found {size!r}")
    if not isinstance(said["licence"], str) or not said["licence"].strip():
        raise ConfigError(f"{path}: licence: expected a text, such as MIT or 'research only', found {said['licence']!r}")
    mean, scale = (_numbers(path, said, name, _COLOURS[said["colour"]]) for name in ("mean", "scale"))
    if 0 in scale:
        raise ConfigError(f"{path}: scale: expected numbers to divide by, found {said['scale']}")
    return Sidecar(
        size=size,
        colour=said["colour"],
        layout=said["layout"],
        mean=mean,
        scale=scale,
        template=TEMPLATES[said["crop"]],
        output=None if said.get("output") is None else str(said["output"]),
        licence=said["licence"].strip(),
    )


def _one_of(path: Path, said: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> None:
    if said[name] not in choices:
        raise ConfigError(f"{path}: {name}: expected {' or '.join(choices)}, found {said[name]!r}")


def _numbers(path: Path, said: Mapping[str, Any], name: str, colours: int) -> tuple[float, ...]:
    found = said[name] if isinstance(said[name], list) else [said[name]]
    numbers = all(isinstance(number, int | float) and np.isfinite(number) for number in found)
    if not numbers or len(found) not in {1, colours}:
        raise ConfigError(f"{path}: {name}: expected one number, or {colours} of them, found {said[name]!r}")
    return tuple(map(float, found))
