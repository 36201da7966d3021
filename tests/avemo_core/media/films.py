"""Films of known times: with each white picture a chirp begins, and how far apart both come out is measured.

picture     0 ...... 25 ...... 60 ...... 89        25 a second, 3.6 s: no whole number of blocks of any sound codec
white                 | 1.000 s | 2.400 s
chirp                 ~~        ~~                 30 ms from 500 to 3000 Hz
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from hashlib import sha256
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import BinaryIO, Final

import av
import numpy as np
from av.container import InputContainer
from numpy import ndarray
from scipy.signal import correlate, find_peaks, hilbert

from avemo_core.media import decode
from avemo_core.media.condition import Condition
from avemo_core.media.recording import Recording
from avemo_core.media.sound_choice import SoundChoice
from avemo_core.media.source import Source
from schemas.audio import SAMPLE_RATE_HZ

FPS: Final = 25
PERIOD_S: Final = 3.6
CLICKS_S: Final = (1.0, 2.4)
"""In each period."""
CHIRP_S: Final = 0.03
WIDTH_PX, HEIGHT_PX = 64, 48
CLOCK_HZ: Final = 90_000
B_PICTURES: Final = (("bf", "2"), ("x264-params", "b-adapt=0"))
NO_B_PICTURES: Final = (("bf", "0"),)
_FASTSTART: Final = {"movflags": "faststart"}
"""FFmpeg opens the file a second time for it, by its name."""

Shift = Callable[[str, int, float], float | None]
"""Takes a packet's kind (video, audio), its number among them and its time from the file's start; gives by how much its stamp moves, in
seconds, or None to leave the packet out."""


def clicks_s(periods: int = 1) -> list[float]:
    """When flash and chirp come."""
    return [period * PERIOD_S + click_s for period in range(periods) for click_s in CLICKS_S]


def chirp(rate_hz: int) -> ndarray:
    """A chirp that telephone codecs keep."""
    t = np.arange(round(CHIRP_S * rate_hz)) / rate_hz
    return (0.5 * np.hanning(len(t)) * np.sin(2 * np.pi * (500 * t + 2500 * t**2 / (2 * CHIRP_S)))).astype(np.float32)


def sound(periods: int = 1, rate_hz: int = 48_000) -> ndarray:
    """The film's sound: one channel, float32, with a little noise, so that no codec falls silent."""
    samples = 0.002 * np.random.default_rng(0).standard_normal(round(periods * PERIOD_S * rate_hz))
    for click_s in clicks_s(periods):
        at = round(click_s * rate_hz)
        samples[at : at + round(CHIRP_S * rate_hz)] += chirp(rate_hz)
    return samples.astype(np.float32)


def pictures(periods: int = 1) -> Iterator[ndarray]:
    """The film's pictures, grey: a bar that moves on, or all white."""
    flashes = {round(click_s * FPS) for click_s in clicks_s(periods)}
    for number in range(round(periods * PERIOD_S * FPS)):
        picture = np.full((HEIGHT_PX, WIDTH_PX), 235 if number in flashes else 70, np.uint8)
        picture[:, number % WIDTH_PX] = 235
        yield picture


@cache
def film(
    container: str,
    video: str = "libx264",
    audio: str | None = "aac",
    *,
    periods: int = 1,
    options: tuple[tuple[str, str], ...] = NO_B_PICTURES,
    left_out: frozenset[int] = frozenset(),
    moov_first: bool = False,
    channels: int = 1,
) -> bytes:
    """The film in a container.

    Args:
        container: FFmpeg's name of it.
        video: encoder of the pictures.
        audio: encoder of the sound; None: no sound.
        periods: how often the film runs.
        options: of the encoder of the pictures.
        left_out: numbers of pictures that are not written, those after keeping their times.
        moov_first: whether an MP4 has its tables before its data.
        channels: of the sound, all alike.
    """
    with NamedTemporaryFile() as file, av.open(file.name, "w", format=container, options=_FASTSTART if moov_first else {}) as output:
        picture = output.add_stream(video, rate=FPS, options={"g": "12", "preset": "ultrafast", "threads": "1", **dict(options)})
        picture.width, picture.height, picture.pix_fmt, picture.bit_rate = WIDTH_PX, HEIGHT_PX, "yuv420p", 300_000
        tracks = [_encoded_pictures(picture, periods, left_out)]
        if audio is not None:
            spoken = output.add_stream(audio, rate=48_000, layout="stereo" if channels == 2 else "mono", options={"strict": "-2"})
            spoken.bit_rate = 768_000 if audio == "dca" else 128_000
            tracks.append(_encoded_sound(spoken, periods, channels))
        # In order of time: some containers keep no more than a second of the one until the other comes.
        packets = [packet for track in tracks for packet in track]
        for packet in sorted(packets, key=lambda packet: float(packet.dts * packet.time_base)):
            output.mux(packet)
        output.close()
        return file.read()


def _encoded_pictures(stream: av.VideoStream, periods: int, left_out: frozenset[int]) -> Iterator[av.Packet]:
    for number, picture in enumerate(pictures(periods)):
        if number not in left_out:
            frame = av.VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            yield from stream.encode(frame)
    yield from stream.encode(None)


def _encoded_sound(stream: av.AudioStream, periods: int, channels: int) -> Iterator[av.Packet]:
    samples = sound(periods)
    for start in range(0, len(samples), 1024):
        part = np.repeat(samples[None, start : start + 1024], channels, axis=0)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(part), format="fltp", layout="stereo" if channels == 2 else "mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def changed(content: bytes, container: str, shift: Shift, *, headroom_s: float = 0.1) -> bytes:
    """The film with stamps of packets moved, or packets left out, nothing encoded anew.

    Args:
        content: the file.
        container: FFmpeg's name of what it becomes.
        shift: by how much each stamp moves.
        headroom_s: all times of decoding come so much earlier, for none may come after its packet's stamp.
    """
    return joined([content], container, shift, headroom_s=headroom_s)


def joined(contents: list[bytes], container: str, shift: Shift = lambda *_: 0.0, *, headroom_s: float = 0.0) -> bytes:
    """Files one after the other in one, nothing encoded anew, as `ffmpeg -f concat -c copy` does it.

    Each begins where the one before ends by its duration; where its first packet would come before the last one, one tick after that.
    """
    file, start_s = io.BytesIO(), 0.0
    streams: dict[int, av.stream.Stream] = {}
    last = dict[int, int]()
    with av.open(file, "w", format=container) as output:
        for content in contents:
            with av.open(io.BytesIO(content)) as source:
                streams = streams or {stream.index: output.add_stream_from_template(stream) for stream in source.streams}
                for packet in _moved(source, start_s - source.start_time / av.time_base, shift, headroom_s):
                    index = packet.stream.index
                    packet.dts = last[index] = max(packet.dts, last.get(index, packet.dts - 1) + 1)
                    packet.pts = max(packet.pts, packet.dts)
                    packet.stream = streams[index]
                    output.mux(packet)
                start_s += source.duration / av.time_base
    return file.getvalue()


def _moved(source: InputContainer, start_s: float, shift: Shift, headroom_s: float) -> Iterator[av.Packet]:
    numbers = {"video": 0, "audio": 0}
    for packet in source.demux():
        if packet.dts is None or packet.pts is None:
            continue
        kind, tick_s = packet.stream.type, float(packet.time_base)
        moved_s = shift(kind, numbers[kind], packet.pts * tick_s + start_s)
        numbers[kind] += 1
        if moved_s is not None:
            packet.dts += round((start_s - headroom_s) / tick_s)
            packet.pts += round((start_s + moved_s) / tick_s)
            yield packet


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What comes out of a film."""

    flashes_s: ndarray
    chirps_s: ndarray
    times_s: ndarray
    """Of all pictures."""
    samples: ndarray
    sound_start_s: float
    end_s: float
    condition: Condition
    sound_track: int | None

    @property
    def offsets_ms(self) -> ndarray:
        """By how much each chirp comes after its flash."""
        return 1000 * (self.chirps_s - self.flashes_s)


@contextmanager
def file_of(content: bytes) -> Iterator[BinaryIO]:
    """A file with this in it, at its start."""
    with TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        yield file


@contextmanager
def recorded(content: bytes, **asked: float | SoundChoice) -> Iterator[Recording]:
    """A film opened for decoding, or the range of it that is asked for."""
    with file_of(content) as file:
        source = Source(file=file, size_bytes=len(content), sha256=sha256(content).hexdigest())
        with decode.recording(source, **asked) as recording:
            yield recording


def seen(content: bytes, **asked: float | SoundChoice) -> Seen:
    """Decode a film, or the range of it that is asked for."""
    with recorded(content, **asked) as recording:
        brightness = [(frame.time_s, float(frame.picture.coarse_brightness().mean())) for frame in recording.frames()]
        heard = recording.sound()
        return Seen(
            flashes_s=np.array([time_s for time_s, level in brightness if level > 160]),
            chirps_s=np.zeros(0) if heard is None else heard.start_s + _chirps_s(heard.samples),
            times_s=np.array([time_s for time_s, _ in brightness]),
            samples=np.zeros(0, np.float32) if heard is None else heard.samples,
            sound_start_s=np.nan if heard is None else heard.start_s,
            end_s=recording.end_s,
            condition=recording.condition(),
            sound_track=recording.sound_track,
        )


def _chirps_s(samples: ndarray) -> ndarray:
    """When chirps begin, by matched filter; its envelope, as codecs turn phases."""
    if len(samples) < CHIRP_S * SAMPLE_RATE_HZ:
        return np.zeros(0)
    strength = np.abs(correlate(samples, hilbert(chirp(SAMPLE_RATE_HZ)), "valid", "fft"))
    return (
        find_peaks(np.pad(strength, 1), height=0.4 * strength.max(), distance=SAMPLE_RATE_HZ // 5)[0] / SAMPLE_RATE_HZ - 1 / SAMPLE_RATE_HZ
    )
