"""A video that browsers play: H.264 and AAC in MP4.

How long the sound is, and which of its channels is taken, is known only at the clip's end. So the pictures are encoded as they come,
into a working file, and joined with the sound afterwards, packet by packet; nothing but the sound is held in memory.

    the file's clock    start_s                                    the range's start
                        |    |    |    |    |    |                 pictures, wherever their stamps are
                            ~~~~~~~~~~~~~~~~~~~~~~~~~               sound, from its first sample
    the video           0                                          its clock starts at start_s; a sound that starts later is led by silence
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from jaxtyping import Float32, UInt8
from numpy import ndarray

from avemo_core.media.container import StreamFacts
from avemo_core.media.sound import Sound
from schemas.audio import SAMPLE_RATE_HZ

CLOCK_HZ: Final = 90_000
"""Ticks of the written file's clock: a picture's time is kept to 6 microseconds."""
DEFAULT_FPS: Final = 25.0
"""What the rate control is told where the file names no rate; times are the pictures' own."""
_BT709: Final = 1
"""FFmpeg's number of its matrix, primaries and curve: untagged pictures have other colours in other players."""
_AAC_FRAME_SAMPLES: Final = 1024


class PlayableVideo:
    """Encodes pictures as they come.

    Args:
        path: of the working file.
        size: width and height, both even; pictures of another shape are fitted into it, with black beside them.
        streams: of the file that is written anew; the rate of its pictures is what the rate control is told.
    """

    def __init__(self, path: Path, size: tuple[int, int], streams: Sequence[StreamFacts]) -> None:
        self._path, self._size = path, size
        self._last_tick = -1
        fps = next((stream.fps for stream in streams if stream.is_chosen and stream.kind == "video"), None)
        self._file = av.open(str(path), "w", format="mp4", options={"video_track_timescale": str(CLOCK_HZ)})
        # Without B-pictures decode and display times are one: nothing has to be shifted, and every player agrees on the first picture.
        options = {"preset": "veryfast", "crf": "22", "bf": "0", "g": "50", "threads": "1"}
        self._stream = self._file.add_stream("libx264", rate=Fraction(fps or DEFAULT_FPS).limit_denominator(1001), options=options)
        self._stream.width, self._stream.height = size
        self._stream.pix_fmt = "yuv420p"
        codec = self._stream.codec_context
        codec.time_base = Fraction(1, CLOCK_HZ)
        codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
        codec.color_range = ColorRange.MPEG

    def add(self, time_s: float, bgr: UInt8[ndarray, "row column bgr"]) -> None:
        """Encode the next picture.

        Args:
            time_s: its time, from the start of the range.
            bgr: the picture.
        """
        frame = av.VideoFrame.from_ndarray(fitted(bgr, self._size), format="bgr24").reformat(
            format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
        )
        # Two pictures within a tick are a file's whim, and no two may have the same time.
        self._last_tick = max(round(time_s * CLOCK_HZ), self._last_tick + 1)
        frame.pts, frame.time_base = self._last_tick, Fraction(1, CLOCK_HZ)
        self._file.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Write what the encoder still holds; the working file is whole then."""
        self._file.mux(self._stream.encode(None))
        self._file.close()

    def join(self, target: Path, sound: Sound | None, stop_s: float) -> None:
        """Write the pictures and the sound into one file, and delete the working file.

        Args:
            target: the file.
            sound: its times from the start of the range.
            stop_s: until when the last picture is shown, from the start of the range.
        """
        with av.open(str(self._path)) as working, av.open(str(target), "w", format="mp4", options=_TARGET_OPTIONS) as file:
            pictures = file.add_stream_from_template(working.streams.video[0])
            sounds = None if sound is None else _SoundTrack(file, sound)
            for packet in _with_last(working, round(stop_s * CLOCK_HZ)):
                if sounds is not None:
                    sounds.write(until_s=float((packet.dts or 0) * (packet.time_base or 1)))
                packet.stream = pictures
                file.mux(packet)
            if sounds is not None:
                sounds.finish()
        self._path.unlink()


_TARGET_OPTIONS: Final = {"movflags": "+faststart", "video_track_timescale": str(CLOCK_HZ)}


def _with_last(working: av.container.InputContainer, stop_tick: int) -> "Iterator[av.Packet[av.VideoStream]]":
    """The working file's packets; the last picture is shown until the end."""
    before = None
    for packet in working.demux(video=0):
        if packet.dts is None:
            continue
        if before is not None:
            yield before
        before = packet
    if before is not None:
        before.duration = max(1, stop_tick - (before.pts or 0))
        yield before


class _SoundTrack:
    """The sound, encoded as far as the pictures have come; it begins with the range, by silence where it starts later."""

    def __init__(self, file: av.container.OutputContainer, sound: Sound) -> None:
        self._file = file
        self._stream = file.add_stream("aac", rate=SAMPLE_RATE_HZ, layout="mono")
        self._stream.bit_rate = 64_000
        silence = np.zeros(max(0, round(sound.start_s * SAMPLE_RATE_HZ)), np.float32)
        # Loud recordings pass full scale a little, and what passes it here would pass a listener's ears.
        self._samples: Float32[ndarray, " n"] = np.concatenate([silence, np.clip(sound.samples, -1, 1)])
        self._written = 0

    def write(self, until_s: float) -> None:
        """Encode the sound up to a time."""
        stop = min(len(self._samples), round(until_s * SAMPLE_RATE_HZ))
        while self._written < stop:
            block = self._samples[None, self._written : self._written + _AAC_FRAME_SAMPLES]
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE_HZ, self._written, Fraction(1, SAMPLE_RATE_HZ)
            self._file.mux(self._stream.encode(frame))
            self._written += block.shape[1]

    def finish(self) -> None:
        """Encode the rest."""
        self.write(until_s=len(self._samples) / SAMPLE_RATE_HZ)
        self._file.mux(self._stream.encode(None))


def write_sound(target: Path, sound: Sound) -> None:
    """Write a file of sound alone.

    Args:
        target: the file.
        sound: its times from the start of the range.
    """
    with av.open(str(target), "w", format="mp4", options=_TARGET_OPTIONS) as file:
        _SoundTrack(file, sound).finish()


def fitted(bgr: UInt8[ndarray, "row column bgr"], size: tuple[int, int]) -> UInt8[ndarray, "height width bgr"]:
    """The picture in the middle of one of this size: a file may change its pictures' size on the way, and a video may not."""
    width, height = size
    if bgr.shape[:2] == (height, width):
        return bgr
    scale = min(width / bgr.shape[1], height / bgr.shape[0])
    inner_width, inner_height = min(width, round(bgr.shape[1] * scale)), min(height, round(bgr.shape[0] * scale))
    left, top = (width - inner_width) // 2, (height - inner_height) // 2
    whole = np.zeros((height, width, 3), np.uint8)
    whole[top : top + inner_height, left : left + inner_width] = cv2.resize(bgr, (inner_width, inner_height), interpolation=cv2.INTER_AREA)
    return whole
