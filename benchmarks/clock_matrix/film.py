"""The film of known times: its pictures carry their number, two are white, and with each white one a chirp begins.

picture     0 ...... 25 ...... 60 ...... 89           25 frames/s, 3.6 s; a longer film repeats this
white                 ^ 1.000 s ^ 2.400 s
chirp                 |~~|      |~~|                   30 ms from 500 to 3000 Hz, which telephone codecs keep
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from wave import open as open_wave

import cv2
import numpy as np
from numpy import ndarray

FPS: Final = 25
WIDTH_PX, HEIGHT_PX = 176, 144
PERIOD_FRAMES: Final = 90
PERIOD_S: Final = PERIOD_FRAMES / FPS
CLICKS_S: Final = (1.0, 2.4)
"""Times of flash and chirp in a period; the distance to the next is never the same, and none is nearer than a second."""
CHIRP_S: Final = 0.03
CHIRP_HZ: Final = (500.0, 3000.0)
CHIRP_LEVEL: Final = 0.5
NOISE_LEVEL: Final = 0.002
"""Background: no codec falls silent, and nothing is mistaken for a chirp."""
RATE_HZ: Final = 48_000
BITS: Final = 10
"""Of the frame's number, in a row of fields at the foot of the picture."""
FOOT: Final = 0.8
"""Where the row begins, as a proportion of the height."""
BACKGROUND, DARK, LIGHT, WHITE = 90, 30, 190, 255


def clicks_s(periods: int) -> tuple[float, ...]:
    """When flash and chirp come in a film of so many periods."""
    return tuple(period * PERIOD_S + click for period in range(periods) for click in CLICKS_S)


def luma(number: int) -> ndarray:
    """Picture of that number: uint8, height x width."""
    if number % PERIOD_FRAMES in {round(click * FPS) for click in CLICKS_S}:
        return np.full((HEIGHT_PX, WIDTH_PX), WHITE, np.uint8)
    picture = np.full((HEIGHT_PX, WIDTH_PX), BACKGROUND, np.uint8)
    cv2.putText(picture, str(number), (20, 80), cv2.FONT_HERSHEY_SIMPLEX, 2, (DARK,), 4)
    foot, width = round(FOOT * HEIGHT_PX), WIDTH_PX // BITS
    for bit in range(BITS):
        picture[foot:, bit * width : (bit + 1) * width] = LIGHT if number >> bit & 1 else DARK
    return picture


def number_of(gray: ndarray) -> int | None:
    """The number that a picture carries, at any size; None for a white one, or where the fields are neither dark nor light."""
    height, width = gray.shape
    row, step = round((FOOT + 1) / 2 * height), width * (WIDTH_PX // BITS) / WIDTH_PX
    fields = np.array([gray[row - 2 : row + 3, round((bit + 0.3) * step) : round((bit + 0.7) * step)].mean() for bit in range(BITS)])
    middle = (DARK + LIGHT) / 2
    if is_white(gray) or (np.abs(fields - middle) < (LIGHT - DARK) / 8).any():
        return None
    return int(sum(1 << bit for bit in range(BITS) if fields[bit] > middle))


def is_white(gray: ndarray) -> bool:
    """Whether this is a flash."""
    return bool(gray.mean() > 200)


def chirp(rate_hz: int) -> ndarray:
    """The chirp at a sample rate, float32."""
    t = np.arange(round(CHIRP_S * rate_hz)) / rate_hz
    low, high = CHIRP_HZ
    phase = 2 * np.pi * (low * t + (high - low) / (2 * CHIRP_S) * t**2)
    return (CHIRP_LEVEL * np.hanning(len(t)) * np.sin(phase)).astype(np.float32)


def sound(periods: int = 1, rate_hz: int = RATE_HZ) -> ndarray:
    """The film's sound: one channel, float32."""
    samples = NOISE_LEVEL * np.random.default_rng(0).standard_normal(round(periods * PERIOD_S * rate_hz))
    for click in clicks_s(periods):
        at = round(click * rate_hz)
        samples[at : at + round(CHIRP_S * rate_hz)] += chirp(rate_hz)
    return samples.astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class Raw:
    """The film as plain files, for a program to encode."""

    picture: Path
    """I420, 176 x 144."""
    sound: Path
    """WAV, one channel, 16 bit."""

    def inputs(self, *before_picture: str, before_sound: Sequence[str] = ()) -> list[str]:
        """Arguments of ffmpeg that read both."""
        size = f"{WIDTH_PX}x{HEIGHT_PX}"
        picture = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", size, "-framerate", str(FPS), *before_picture, "-i", str(self.picture)]
        return [*picture, *before_sound, "-i", str(self.sound)]


def pictures(periods: int = 1) -> Iterator[ndarray]:
    """I420 pictures, (height * 3/2) x width."""
    gray = np.full((HEIGHT_PX // 2, WIDTH_PX), 128, np.uint8)
    for number in range(periods * PERIOD_FRAMES):
        # 16..235, as the limited range of nearly every file
        yield np.concatenate([(16 + luma(number).astype(np.float32) * 219 / 255).round().astype(np.uint8), gray])


def raw(folder: Path, periods: int = 1, rate_hz: int = RATE_HZ) -> Raw:
    """The film in a folder; made once."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Raw(picture=folder / f"film{periods}.yuv", sound=folder / f"film{periods}-{rate_hz}.wav")
    if not made.picture.exists():
        made.picture.write_bytes(b"".join(picture.tobytes() for picture in pictures(periods)))
    if not made.sound.exists():
        with open_wave(str(made.sound), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate_hz)
            file.writeframes((sound(periods, rate_hz) * 32767).round().astype("<i2").tobytes())
    return made
