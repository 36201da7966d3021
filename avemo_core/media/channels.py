"""One channel out of those that were decoded: their mean, or one of them.

Two recordings lose by the mean: channels of opposite phase (a microphone wired the wrong way) cancel, and a silent one halves the
level. Both are seen from the energies of the first seconds, and the better channel is taken instead:

                     left    right   mean        energies
    alike            1       1       1
    unlike           1       1       1/2
    one is silent    1       0       1/4         a channel below DEAD of the other
    opposite         1       1       0           the mean below CANCELS of the channels
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import av
import numpy as np
from av.audio.plane import AudioPlane
from jaxtyping import Float32, Float64
from numpy import ndarray

from avemo_core.errors import MediaError
from avemo_core.media.sound_choice import Channel
from schemas.faults import Fault
from schemas.rejects import Reason

LISTEN_S: Final = 10.0
"""How much sound above silence decides; a row's sound is held back until then, or until its end."""
LONGEST_LISTEN_S: Final = 20.0
"""...or until so much came, silence included."""
AUDIBLE: Final = 1e-8
"""Mean square of a block that is above silence: -80 dB of full scale."""
CANCELS: Final = 0.05
"""The mean's share of the channels' mean energy below which they are of opposite phase; 1/n for n channels that are unlike."""
DEAD: Final = 1e-4
"""The share of the other channel's energy below which one of two is dead: -40 dB."""
STEP_S: Final = 0.02
"""Length of the steps whose levels tell sound from noise."""
_DTYPES: Final = {"u8p": np.uint8, "s16p": np.int16, "s32p": np.int32, "s64p": np.int64, "fltp": np.float32, "dblp": np.float64}
"""Of planar samples, as FFmpeg names them."""


def of(frame: av.AudioFrame) -> tuple[Float32[ndarray, "channel n"], tuple[str, ...]]:
    """A frame's channels, full scale 1, in whatever format it was decoded to, and their names.

    Raises:
        MediaError: `decode_failed` for samples of an unknown type.
    """
    values = _values(frame)
    names = tuple(channel.name for channel in frame.layout.channels)
    return _full_scale(values if frame.format.is_planar else values.reshape(-1, len(names)).T), names


class Downmix:
    """Makes one channel of many; holds the sound back until it knows whether their mean can be used.

    Args:
        channel: what is asked for.
    """

    def __init__(self, channel: Channel = "mix") -> None:
        self._channel = channel
        self.fault: Fault | None = None
        """Why the mean was not taken, though it was asked for."""
        self._taken: int | None = None
        """The channel taken; None: their mean, or not decided yet."""
        self._is_decided = channel in {"left", "right"}
        self._held: list[Float32[ndarray, "channel n"]] = []
        self._names: tuple[str, ...] = ()
        self._rate_hz = 0
        self._heard_s = self._held_s = 0.0

    def add(self, samples: Float32[ndarray, "channel n"], rate_hz: int, names: tuple[str, ...]) -> Iterator[Float32[ndarray, " n"]]:
        """Take the next block; yields mono blocks, in order, that are decided by now."""
        if self._held and (names, rate_hz) != (self._names, self._rate_hz):
            yield from self.rest()
        self._names, self._rate_hz = names, rate_hz
        if self._is_decided or len(names) == 1:
            yield self._mono(samples)
            return
        self._held.append(samples)
        seconds = samples.shape[1] / rate_hz
        self._held_s += seconds
        self._heard_s += seconds * bool(np.vdot(samples, samples) > AUDIBLE * samples.size)
        if self._heard_s >= LISTEN_S or self._held_s >= LONGEST_LISTEN_S:
            yield from self.rest()

    def rest(self) -> Iterator[Float32[ndarray, " n"]]:
        """Decide by what was heard so far, and yield what was held back."""
        held, self._held = self._held, []
        if held and self._heard_s:  # out of silence any choice makes silence, and nothing is decided
            self._decide(np.concatenate(held, axis=1))
        self._heard_s = self._held_s = 0.0
        yield from map(self._mono, held)

    def _decide(self, heard: Float32[ndarray, "channel n"]) -> None:
        self._is_decided = True
        energies = np.square(heard).mean(axis=1, dtype=np.float64)
        mean_energy = float(np.square(self._mean(heard)).mean(dtype=np.float64))
        if len(energies) == 2 and energies.min() < DEAD * energies.max():
            self.fault = Fault.DEAD_CHANNEL
        elif mean_energy < CANCELS * energies[self._full_range].mean():
            self.fault = Fault.CHANNELS_CANCEL
        if self.fault is not None or self._channel == "best":
            self._taken = int(np.argmax(_clearness(heard, self._rate_hz)))

    def _mono(self, samples: Float32[ndarray, "channel n"]) -> Float32[ndarray, " n"]:
        if len(samples) == 1:
            return _one(samples, 0)
        side = {"left": "FL", "right": "FR"}.get(self._channel)
        if side is not None:
            return _one(samples, self._names.index(side) if side in self._names else int(side == "FR"))
        return self._mean(samples) if self._taken is None or self._taken >= len(samples) else _one(samples, self._taken)

    def _mean(self, samples: Float32[ndarray, "channel n"]) -> Float32[ndarray, " n"]:
        full_range = self._full_range
        mean: Float32[ndarray, " n"] = (
            samples[full_range[0]] if len(full_range) == 1 else samples[full_range].mean(axis=0, dtype=np.float32)
        )
        return mean

    @property
    def _full_range(self) -> Sequence[int]:
        """All channels but the low-frequency one."""
        return [at for at, name in enumerate(self._names) if name != "LFE"] or list(range(len(self._names)))


def _one(samples: Float32[ndarray, "channel n"], at: int) -> Float32[ndarray, " n"]:
    mono: Float32[ndarray, " n"] = samples[at]
    return mono


def _clearness(heard: Float32[ndarray, "channel n"], rate_hz: int) -> Float64[ndarray, " channel"]:
    """How far each channel's sound stands out from its noise: decibels from its quiet to its loud steps; -inf where it is silent."""
    width = max(1, round(STEP_S * rate_hz))
    steps = heard[:, : heard.shape[1] // width * width].reshape(len(heard), -1, width)
    if not steps.shape[1]:
        steps = heard[:, None]
    levels = np.square(steps).mean(axis=2, dtype=np.float64)
    quiet, loud = np.quantile(levels, [0.1, 0.95], axis=1)
    # A floor of 16 bit keeps digital silence between words from winning by infinity.
    clearness: Float64[ndarray, " channel"] = np.where(
        loud > AUDIBLE, 10 * np.log10(np.maximum(loud, AUDIBLE) / np.maximum(quiet, 2.0**-30)), -np.inf
    )
    return clearness


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
