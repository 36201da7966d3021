"""The sound of a clip: mixed down to one channel, at 16 kHz, placed on the file's clock.

Samples are counted, and so time is exact: sample i lies at start_s + i / 16000. Stamps are asked only whether something is missing or
comes twice, by more than GAP_S:

    frames as stamped    |---a---|     |---b---|               a ends before b starts: a gap
                                           |---c---|           c starts before b ends: an overlap
    one sound            |---a---|00000|---b---|-c-|           the gap is silence, of c the part that b has covered is dropped
                         ^ start_s                 ^ stop_s, exclusive
"""

import math
from dataclasses import dataclass
from typing import Final

import av
import numpy as np
from av.audio.plane import AudioPlane
from jaxtyping import Float32
from numpy import ndarray

from avemo_core.errors import MediaError
from avemo_core.media.clock import MAX_LEAP_S
from schemas.audio import SAMPLE_RATE_HZ
from schemas.rejects import Reason

GAP_S: Final = 0.1
"""A time stamp further than this from where the sound so far ends means a gap or an overlap; nearer ones are rounding."""
BLOCK_S: Final = 1.0
"""How much is resampled at a time."""
_DTYPES: Final = {"u8p": np.uint8, "s16p": np.int16, "s32p": np.int32, "s64p": np.int64, "fltp": np.float32, "dblp": np.float64}
"""Of planar samples, as FFmpeg names them."""
MAX_LEVEL: Final = 100.0
"""Loud recordings pass full scale a little; broken ones reach 1e38, and are cut off here, 40 dB above it."""
MIN_RATE_HZ: Final = 1_000
MAX_RATE_HZ: Final = 768_000
"""Rates outside are broken headers: one sample a second would become 16,000."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sound:
    """A gapless sound and where it starts."""

    start_s: float
    """Time of the first sample on the file's clock."""
    samples: Float32[ndarray, " n"]
    """One channel at 16 kHz, full scale 1."""

    @property
    def stop_s(self) -> float:
        """Where the sound ends."""
        return self.start_s + len(self.samples) / SAMPLE_RATE_HZ


class AudioAssembler:
    """Collects decoded sound frames into one gapless sound at 16 kHz.

    Channels are averaged, without the low-frequency one; gaps in the time stamps become silence; overlaps are dropped.

    Args:
        longest_s: more is not collected.
    """

    def __init__(self, longest_s: float = math.inf) -> None:
        self._longest_s = longest_s
        self._start_s: float | None = None
        self._rate_hz = 0
        self._length_s = 0.0
        self._block: list[Float32[ndarray, " n"]] = []
        self._done: list[Float32[ndarray, " n"]] = []
        self._done_start = 0
        """Index of the first sample still held among all those resampled."""
        self._resampler = av.AudioResampler(format="fltp", layout="mono", rate=SAMPLE_RATE_HZ)

    @property
    def stop_s(self) -> float | None:
        """Where the sound so far ends, on the file's clock; None before the first frame."""
        return None if self._start_s is None else self._start_s + self._length_s

    def add(self, frame: av.AudioFrame, time_s: float | None) -> None:
        """Append a frame that starts at this time; None: where the last one ended.

        Raises:
            MediaError: `too_long` beyond the limit, before memory is taken for it.
            ValueError: a sample rate that no recording has.
        """
        if not is_plausible(frame.sample_rate):
            raise ValueError(f"sound at {frame.sample_rate} Hz")
        mono = mixed_down(frame)
        if self._start_s is None:
            self._start_s = time_s or 0.0
        if frame.sample_rate != self._rate_hz:
            self._flush()
            self._rate_hz = frame.sample_rate
        shift = self._shift(time_s)  # in samples at the frame's own rate: > 0 a gap, < 0 an overlap
        self._refuse_long(shift + len(mono))
        if shift > 0:
            self._append(np.zeros(shift, np.float32))
        self._append(mono[max(0, -shift) :])

    @property
    def ready_s(self) -> float:
        """Up to where `between` has all there will be, on the file's clock; what is not resampled yet lies behind it."""
        return -math.inf if self._start_s is None else self._start_s + (self._done_start + sum(map(len, self._done))) / SAMPLE_RATE_HZ

    def finish(self) -> None:
        """Bring out what the resampler still holds; nothing can be added after."""
        self._flush()

    def between(self, start_s: float, stop_s: float) -> Sound | None:
        """The samples so far whose times lie in [start_s, stop_s); None when there are none."""
        if self._start_s is None or not self._done:
            return None
        return between(
            Sound(start_s=self._start_s + self._done_start / SAMPLE_RATE_HZ, samples=np.concatenate(self._done)), start_s, stop_s
        )

    def forget(self, before_s: float) -> None:
        """Let go of samples before this time that fill whole blocks."""
        while self._done and self._start_s is not None:
            stop = self._done_start + len(self._done[0])
            if self._start_s + stop / SAMPLE_RATE_HZ > before_s:
                return
            self._done_start = stop
            del self._done[0]

    def _shift(self, time_s: float | None) -> int:
        """Samples of silence to put in; negative: samples of the frame to drop. 0: mere rounding, or a leap, which is a broken clock."""
        ahead_s = 0.0 if time_s is None or self.stop_s is None else time_s - self.stop_s
        return round(ahead_s * self._rate_hz) if GAP_S < abs(ahead_s) < MAX_LEAP_S else 0

    def _refuse_long(self, more: int) -> None:
        length_s = self._length_s + more / self._rate_hz
        if length_s > self._longest_s:
            raise MediaError(
                Reason.TOO_LONG, "decode", f"more than {self._longest_s:.0f} s of sound: divide it into segments with --segment"
            )

    def _append(self, mono: Float32[ndarray, " n"]) -> None:
        self._block.append(mono)
        self._length_s += len(mono) / self._rate_hz
        if sum(map(len, self._block)) >= BLOCK_S * self._rate_hz:
            self._resample()

    def _resample(self) -> None:
        block = np.clip(np.nan_to_num(np.concatenate(self._block)), -MAX_LEVEL, MAX_LEVEL)
        self._block = []
        width = round(BLOCK_S * self._rate_hz)
        for start in range(0, len(block), width):
            frame = av.AudioFrame.from_ndarray(block[None, start : start + width], format="fltp", layout="mono")
            frame.sample_rate = self._rate_hz
            self._done += [part.to_ndarray()[0] for part in self._resampler.resample(frame)]

    def _flush(self) -> None:
        """Bring out what the resampler still holds, and make a new one: after this it takes no more."""
        if self._rate_hz:
            if self._block:
                self._resample()
            self._done += [part.to_ndarray()[0] for part in self._resampler.resample(None)]
            self._resampler = av.AudioResampler(format="fltp", layout="mono", rate=SAMPLE_RATE_HZ)


def mixed_down(frame: av.AudioFrame) -> Float32[ndarray, " n"]:
    """The mean of a frame's channels, full scale 1, in whatever format it was decoded to."""
    values = _values(frame)
    channels = len(frame.layout.channels)
    full_range = [at for at, channel in enumerate(frame.layout.channels) if channel.name != "LFE"] or list(range(channels))
    apart = values if frame.format.is_planar else values.reshape(-1, channels).T
    scaled = _full_scale(apart)
    mono: Float32[ndarray, " n"] = scaled[full_range[0]] if len(full_range) == 1 else scaled[full_range].mean(axis=0, dtype=np.float32)
    return mono


def _values(frame: av.AudioFrame) -> ndarray:
    if not frame.format.is_planar:
        return frame.to_ndarray()
    # PyAV counts planes up to a null pointer, and after the eighth channel there is none: its own arrays reach into other memory.
    dtype = _DTYPES[frame.format.name]
    return np.stack([np.frombuffer(memoryview(AudioPlane(frame, at)), dtype, frame.samples) for at in range(len(frame.layout.channels))])


def _full_scale(values: ndarray) -> Float32[ndarray, "channel n"]:
    match values.dtype.kind:
        case "f":
            return values.astype(np.float32, copy=False)
        case "u":
            return (values.astype(np.float32) - 128) / 128
        case "i":
            return (values / -float(np.iinfo(values.dtype).min)).astype(np.float32)
    raise MediaError(Reason.DECODE_FAILED, "decode", f"sound samples of type {values.dtype}")


def is_plausible(rate_hz: int) -> bool:
    """Whether recordings have such a sample rate."""
    return MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ


def between(sound: Sound, start_s: float, stop_s: float) -> Sound | None:
    """The samples whose times lie in [start_s, stop_s); None when there are none."""
    first, stop = (_sample_at(sound, time_s) for time_s in (start_s, stop_s))
    return Sound(start_s=sound.start_s + first / SAMPLE_RATE_HZ, samples=sound.samples[first:stop]) if stop > first else None


def _sample_at(sound: Sound, time_s: float) -> int:
    """Index of the first sample at or after this time, within the sound."""
    # A time that is a sample's own must not miss it by the rounding of floats.
    index = np.ceil((time_s - sound.start_s) * SAMPLE_RATE_HZ - 1e-6)
    return int(min(max(index, 0), len(sound.samples)))
