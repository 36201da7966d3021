"""The sound of a clip: mixed down to one channel, at 16 kHz, placed on the file's clock.

Samples are counted, and so time is exact: sample i lies at start_s + i / 16000. Stamps are followed where they say, and keep saying, that
something is missing or comes twice (stamps/alignment.py):

    frames as stamped    |---a---|     |---b---|               a ends before b starts: a gap
                                           |---c---|           c starts before b ends: an overlap
    one sound            |---a---|00000|---b---|-c-|           the gap is silence, of c the part that b has covered is dropped
                         ^ start_s                 ^ stop_s, exclusive
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

import av
import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from avemo_core.errors import MediaError
from avemo_core.media import channels
from avemo_core.media.channels import Downmix
from avemo_core.media.sound_choice import Channel
from avemo_core.media.stamps.alignment import FOLLOW_S, Placed, SoundAligner
from schemas.audio import SAMPLE_RATE_HZ
from schemas.faults import Fault
from schemas.rejects import Reason

BLOCK_S: Final = 1.0
"""How much is resampled at a time."""
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


class Correction(NamedTuple):
    """Where the sound's stamps were followed against the count of its samples."""

    time_s: float
    """On the file's clock."""
    silence_s: float
    """Silence that was put in; negative: sound that was heard already and left out."""


class AudioAssembler:
    """Collects decoded sound frames into one gapless sound at 16 kHz.

    Args:
        longest_s: more is not collected.
        channel: which of the channels; `mix`: their mean, without the low-frequency one.
        starts_s: what lies before this time is dropped: the run-in of a codec, which an edit list leaves out.
        follow_s: distances of stamps from the count of samples are left up to this.
    """

    def __init__(
        self, longest_s: float = math.inf, channel: Channel = "mix", starts_s: float = -math.inf, follow_s: float = FOLLOW_S
    ) -> None:
        self._longest_s, self._starts_s = longest_s, starts_s
        self._aligner, self._downmix = SoundAligner(follow_s), Downmix(channel)
        self._start_s: float | None = None
        self._rate_hz = 0
        self._length_s = 0.0
        self._block: list[Float32[ndarray, " n"]] = []
        self._done: list[Float32[ndarray, " n"]] = []
        self._done_start = 0
        """Index of the first sample still held among all those resampled."""
        self._resampler = _resampler()
        self.corrections: list[Correction] = []
        """Where stamps were followed, in order of time."""

    @property
    def stop_s(self) -> float | None:
        """Where the sound placed so far ends, on the file's clock; None before the first frame is placed."""
        return None if self._start_s is None else self._start_s + self._length_s

    @property
    def channel_fault(self) -> Fault | None:
        """Why another channel was taken than was asked for; None: it was not."""
        return self._downmix.fault

    def add(self, frame: av.AudioFrame, stamp_s: float | None) -> None:
        """Append a frame that starts at this time; None: where the last one ended.

        Raises:
            MediaError: `too_long` beyond the limit, before memory is taken for it.
            ValueError: a sample rate that no recording has.
        """
        if not is_plausible(frame.sample_rate):
            raise ValueError(f"sound at {frame.sample_rate} Hz")
        samples, names = channels.of(frame)
        for placed in self._aligner.add(samples, frame.sample_rate, names, stamp_s):
            self._put(placed)

    @property
    def ready_s(self) -> float:
        """Up to where `between` has all there will be, on the file's clock; what is not resampled yet lies behind it."""
        return -math.inf if self._start_s is None else self._start_s + (self._done_start + sum(map(len, self._done))) / SAMPLE_RATE_HZ

    def finish(self) -> None:
        """Bring out what still waits; nothing can be added after."""
        for placed in self._aligner.rest():
            self._put(placed)
        self._take(self._downmix.rest())
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

    def _put(self, placed: Placed) -> None:
        """Append a block, after the silence that belongs before it."""
        samples = placed.samples
        if self._start_s is None:
            run_in = max(0, round((self._starts_s - placed.time_s) * placed.rate_hz)) if math.isfinite(self._starts_s) else 0
            if run_in >= samples.shape[1]:
                return
            self._start_s, samples = placed.time_s + run_in / placed.rate_hz, samples[:, run_in:]
        if placed.silence or placed.dropped:
            self._note(placed)
        if placed.rate_hz != self._rate_hz:
            self._take(self._downmix.rest())
            self._flush()
            self._rate_hz = placed.rate_hz
        self._refuse_long(placed.silence + samples.shape[1])
        if placed.silence:
            self._take(self._downmix.add(np.zeros((len(samples), placed.silence), np.float32), placed.rate_hz, placed.names))
        self._take(self._downmix.add(samples, placed.rate_hz, placed.names))
        self._length_s += (placed.silence + samples.shape[1]) / placed.rate_hz

    def _note(self, placed: Placed) -> None:
        at_s = self.stop_s or 0.0
        self.corrections.append(Correction(at_s, (placed.silence - placed.dropped) / placed.rate_hz))

    def _refuse_long(self, more: int) -> None:
        if self._length_s + more / self._rate_hz > self._longest_s:
            raise MediaError(
                Reason.TOO_LONG, "decode", f"more than {self._longest_s:.0f} s of sound: divide it into segments with --segment"
            )

    def _take(self, blocks: Iterable[Float32[ndarray, " n"]]) -> None:
        for mono in blocks:
            self._block.append(mono)
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
            self._resampler = _resampler()


def _resampler() -> av.AudioResampler:
    return av.AudioResampler(format="fltp", layout="mono", rate=SAMPLE_RATE_HZ)


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
