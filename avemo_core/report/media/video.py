"""A clip's video in a form that browsers play."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, Final

import av
import cv2
from av.audio.resampler import AudioResampler
from av.subtitles.subtitle import SubtitleSet

from avemo_core.errors import MediaError
from avemo_core.media import container
from avemo_core.media.picture import PictureMaker
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
    except (av.FFmpegError, ValueError, IndexError, cv2.error) as error:
        target.unlink(missing_ok=True)
        raise MediaError(Reason.DECODE_FAILED, "decode", f"while copying the video: {error}") from error
    except MediaError:
        target.unlink(missing_ok=True)
        raise


def _transcode(source: av.container.InputContainer, wanted: Range, sink: av.container.OutputContainer) -> None:
    video, audio = container.picture_stream(source), container.sound_stream(source)
    streams = [stream for stream in (video, audio) if stream is not None]
    if not streams:
        raise MediaError(Reason.NO_VIDEO, "decode", "neither a picture nor a sound stream")
    origin_s = (source.start_time or 0) / av.time_base
    wanted = Range(start_s=wanted.start_s + origin_s, stop_s=wanted.stop_s + origin_s)
    pictures = None if video is None else _Pictures(sink, video, wanted)
    sounds = None if audio is None else _Sounds(sink, wanted, pictures)
    _seek(source, streams, wanted.start_s)
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
    if not any(writer is not None and writer.has_begun for writer in (pictures, sounds)):
        raise MediaError(Reason.TOO_SHORT, "decode", f"neither a frame nor a sample in [{wanted.start_s:g}, {wanted.stop_s:g}) s")


def _seek(source: av.container.InputContainer, streams: list[av.VideoStream | av.AudioStream], start_s: float) -> None:
    """To before the start, by a stream that has begun there: one that begins later would lead past what the other has."""
    for stream in streams:
        if stream.time_base and (stream.start_time or 0) * stream.time_base <= start_s:
            source.seek(int(start_s / stream.time_base), stream=stream)
            return


class _Pictures:
    """The picture half of the written file."""

    def __init__(self, sink: av.container.OutputContainer, stream: av.VideoStream, wanted: Range) -> None:
        self._sink, self._range = sink, wanted
        self._pictures = PictureMaker(pixel_aspect=float(stream.sample_aspect_ratio or 1), max_side_px=MAX_SIDE_PX)
        self._rate = stream.average_rate or 25
        self._stream: av.VideoStream | None = None

    @property
    def has_begun(self) -> bool:
        """Whether the file knows of its pictures: only then may anything be written into it."""
        return self._stream is not None

    def add(self, frame: av.VideoFrame) -> None:
        """Encode the frame if it lies in the range."""
        self._pictures.see(frame)
        if frame.time is None or not self._range.start_s <= frame.time < self._range.stop_s:
            return
        shown = av.VideoFrame.from_ndarray(self._pictures.of(frame).bgr(), format="bgr24")
        self._stream = self._stream or self._begun(shown.width, shown.height)
        shown.pts, shown.time_base = round((frame.time - self._range.start_s) / _CLOCK), _CLOCK
        self._sink.mux(self._stream.encode(shown))

    def close(self) -> None:
        """Write what the encoder still holds."""
        if self._stream is not None:
            self._sink.mux(self._stream.encode(None))

    def _begun(self, width: int, height: int) -> av.VideoStream:
        stream = self._sink.add_stream("libx264", rate=self._rate, options={"crf": "26", "preset": "veryfast"})
        stream.pix_fmt, stream.width, stream.height = "yuv420p", width, height
        stream.codec_context.thread_count, stream.codec_context.time_base = 1, _CLOCK
        return stream


class _Sounds:
    """The sound half of the written file; it waits until the pictures have begun, or there are none."""

    def __init__(self, sink: av.container.OutputContainer, wanted: Range, pictures: _Pictures | None) -> None:
        self._sink, self._range, self._pictures = sink, wanted, pictures
        self._stream = sink.add_stream("aac", rate=SOUND_HZ, layout="stereo", bit_rate=96_000)
        self._resampler = AudioResampler(format="fltp", layout="stereo", rate=SOUND_HZ, frame_size=_AAC_FRAME_SAMPLES)
        self._next_sample: int | None = None
        self._waiting: list[av.Packet[av.AudioStream]] = []

    @property
    def has_begun(self) -> bool:
        """Whether the range has any sound."""
        return self._next_sample is not None

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
            self._write_packets(self._stream.encode(None), last=True)

    def _write(self, frames: list[av.AudioFrame]) -> None:
        for frame in frames:
            frame.pts, frame.time_base = self._next_sample, Fraction(1, SOUND_HZ)
            self._next_sample = (self._next_sample or 0) + frame.samples
            self._write_packets(self._stream.encode(frame))

    def _write_packets(self, packets: "list[av.Packet[av.AudioStream]]", *, last: bool = False) -> None:
        self._waiting += packets
        if last or self._pictures is None or self._pictures.has_begun:
            self._sink.mux(self._waiting)
            self._waiting = []
