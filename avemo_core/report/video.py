"""A clip's video in a form that browsers play."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, Final

import av
from av.audio.resampler import AudioResampler
from av.subtitles.subtitle import SubtitleSet

from avemo_core.errors import MediaError
from avemo_core.media import container, picture
from schemas.rejects import Reason

MAX_SIDE_PX: Final = 640
SOUND_HZ: Final = 48_000
_AAC_FRAME_SAMPLES: Final = 1024
_CLOCK: Final = Fraction(1, 90_000)
"""Tick of the written file's clock, in seconds."""
_SLACK_S: Final = 1.0
"""One stream may lie this far behind the other in the file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """A half-open time range on a file's clock."""

    start_s: float
    stop_s: float


def write_video(file: BinaryIO, wanted: Range, target: Path) -> None:
    """Write the range as MP4 (H.264, AAC), at most 640 px on its longer side; its clock starts with the range.

    Always encoded anew: many corpora come in containers no browser plays, and a copy would bring the rest of a long film with it.

    Raises:
        MediaError: the file cannot be decoded, or has nothing in the range.
    """
    try:
        with container.opened(file) as source, av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as sink:
            _transcode(source, wanted, sink)
    except av.FFmpegError as error:
        target.unlink(missing_ok=True)
        raise MediaError(Reason.DECODE_FAILED, "decode", f"while copying the video: {error}") from error
    except MediaError:
        target.unlink(missing_ok=True)
        raise


def _transcode(source: av.container.InputContainer, wanted: Range, sink: av.container.OutputContainer) -> None:
    seen, heard = container.picture_stream(source), container.sound_stream(source)
    streams = [stream for stream in (seen, heard) if stream is not None]
    if not streams:
        raise MediaError(Reason.NO_VIDEO, "decode", "neither a picture nor a sound stream")
    origin_s = (source.start_time or 0) / av.time_base
    wanted = Range(start_s=wanted.start_s + origin_s, stop_s=wanted.stop_s + origin_s)
    pictures = None if seen is None else _Pictures(sink, seen, wanted)
    sounds = None if heard is None else _Sounds(sink, wanted)
    seek_to = streams[0]
    if seek_to.time_base:
        source.seek(int(wanted.start_s / seek_to.time_base), stream=seek_to)
    for frame in source.decode(*streams):
        if isinstance(frame, SubtitleSet) or frame.time is None:
            continue
        if frame.time >= wanted.stop_s + _SLACK_S:
            break
        if isinstance(frame, av.VideoFrame) and pictures is not None:
            pictures.add(frame)
        elif isinstance(frame, av.AudioFrame) and sounds is not None:
            sounds.add(frame)
    for writer in (pictures, sounds):
        if writer is not None:
            writer.close()


class _Pictures:
    """The picture half of the written file."""

    def __init__(self, sink: av.container.OutputContainer, stream: av.VideoStream, wanted: Range) -> None:
        self._sink, self._range = sink, wanted
        self._aspect = float(stream.sample_aspect_ratio or 1)
        self._stream = sink.add_stream("libx264", rate=stream.average_rate or 25, options={"crf": "26", "preset": "veryfast"})
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.thread_count = 1
        self._is_sized = False

    def add(self, frame: av.VideoFrame) -> None:
        """Encode the frame if it lies in the range."""
        if frame.time is None or not self._range.start_s <= frame.time < self._range.stop_s:
            return
        shown = av.VideoFrame.from_ndarray(picture.of(frame, pixel_aspect=self._aspect, max_side_px=MAX_SIDE_PX).bgr(), format="bgr24")
        if not self._is_sized:
            self._stream.width, self._stream.height, self._is_sized = shown.width, shown.height, True
            self._stream.codec_context.time_base = _CLOCK
        shown.pts, shown.time_base = round((frame.time - self._range.start_s) / _CLOCK), _CLOCK
        self._sink.mux(self._stream.encode(shown))

    def close(self) -> None:
        """Write what the encoder still holds."""
        if self._is_sized:
            self._sink.mux(self._stream.encode(None))


class _Sounds:
    """The sound half of the written file."""

    def __init__(self, sink: av.container.OutputContainer, wanted: Range) -> None:
        self._sink, self._range = sink, wanted
        self._stream = sink.add_stream("aac", rate=SOUND_HZ, layout="stereo", bit_rate=96_000)
        self._resampler = AudioResampler(format="fltp", layout="stereo", rate=SOUND_HZ, frame_size=_AAC_FRAME_SAMPLES)
        self._next_sample: int | None = None

    def add(self, frame: av.AudioFrame) -> None:
        """Encode the frame if it lies in the range; its first one sets where the sound begins."""
        if frame.time is None or not self._range.start_s <= frame.time < self._range.stop_s:
            return
        if self._next_sample is None:
            self._next_sample = round((frame.time - self._range.start_s) * SOUND_HZ)
        frame.pts = None
        self._write(self._resampler.resample(frame))

    def close(self) -> None:
        """Write what the resampler and the encoder still hold."""
        if self._next_sample is not None:
            self._write(self._resampler.resample(None))
            self._sink.mux(self._stream.encode(None))

    def _write(self, frames: list[av.AudioFrame]) -> None:
        for frame in frames:
            frame.pts, frame.time_base = self._next_sample, Fraction(1, SOUND_HZ)
            self._next_sample = (self._next_sample or 0) + frame.samples
            self._sink.mux(self._stream.encode(frame))
