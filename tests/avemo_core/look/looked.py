"""What was written of a clip that was looked at, and clips to look at."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy import ndarray

from avemo_core.look.build import VIDEO, Looked

Encode = Callable[..., Path]
LookAt = Callable[..., Looked]


def stored(folder: Path) -> dict[str, Any]:
    """look.json, read as strictly as any reader may."""
    return json.loads((folder / "look.json").read_text(encoding="utf-8"), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def picture_times_s(folder: Path) -> list[float]:
    with av.open(str(folder / VIDEO)) as file:
        return [frame.time for frame in file.decode(video=0)]


def video_sound(folder: Path) -> tuple[float, ndarray]:
    """Where the video's sound starts, and its samples."""
    with av.open(str(folder / VIDEO)) as file:
        frames = list(file.decode(audio=0))
    return frames[0].time, np.concatenate([frame.to_ndarray()[0] for frame in frames])


def click(at_s: float, length_s: float = 2.0, rate_hz: int = 48_000) -> ndarray:
    """Silence with a sine of 50 ms at some time."""
    samples = np.zeros(round(length_s * rate_hz), np.float32)
    burst = np.sin(2 * np.pi * 1000 * np.arange(rate_hz // 20) / rate_hz)
    samples[round(at_s * rate_hz) :][: len(burst)] = burst
    return samples[None]


def flat(count: int, bgr: tuple[int, int, int] = (90, 90, 90)) -> list[ndarray]:
    """Small pictures of one colour."""
    return [np.full((72, 96, 3), bgr, np.uint8)] * count


def onset_s(samples: ndarray) -> float:
    return float(np.argmax(np.abs(samples) > 0.3)) / 16_000
