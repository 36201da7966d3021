"""Open a media file safely, and choose its picture and its sound."""

import errno
import io
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final, NamedTuple

import av
import av.logging
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from avemo_core.errors import MediaError
from avemo_core.media import formats, sound
from avemo_core.media import sound_choice as sound_choices
from avemo_core.media.sound_choice import SoundChoice
from schemas.rejects import Reason

MAX_STREAMS: Final = 64
MAX_PIXELS: Final = 8192 * 4320
"""Pixels of a picture: up to 8K."""
MAX_ASPECT: Final = 8.0
"""A pixel this much wider than high, or higher than wide, is a broken header."""
MIN_BYTES_PER_S: Final = 100
"""Even digital silence in FLAC takes this much."""
BUFFER_BYTES: Final = 2**18

CODEC_OPTIONS: Final = {"max_pixels": str(MAX_PIXELS)}
"""FFmpeg itself refuses larger pictures before it takes memory for them, whatever the container's header says."""
_CONTAINER_OPTIONS: Final = {
    "protocol_whitelist": "none",
    "format_whitelist": ",".join(sorted(formats.CLIPS)),
    # One more than is read, so that a crowd is seen as one instead of being cut.
    "max_streams": str(MAX_STREAMS + 1),
    # Let QuickTime ask for the files it refers to: the question is what gives it away.
    "enable_drefs": "1",
    "use_absolute_path": "1",
}


GUESSED_LENGTH: Final = frozenset(
    {"aac", "ac3", "amr", "dts", "eac3", "h261", "h263", "h264", "hevc", "m4v", "mjpeg", "mp3", "mpegvideo", "vc1"}
)
"""Formats without a header that says how long they are: FFmpeg guesses from the bytes a second."""


class StreamFacts(NamedTuple):
    """What a file says of one of its streams; None where it does not say, or where the kind has no such thing."""

    place: int
    """In the file, from 0."""
    kind: str
    """video, audio, subtitle, data."""
    codec: str | None
    language: str | None
    is_chosen: bool
    width_px: int | None
    height_px: int | None
    fps: float | None
    rate_hz: int | None
    channels: int | None


@contextmanager
def opened(file: BinaryIO, *, reads_edit_lists: bool = True) -> Iterator[InputContainer]:
    """Open the container in a file object; nothing but that object is ever read.

    Args:
        file: at its start.
        reads_edit_lists: whether FFmpeg follows MP4 edit lists; otherwise stamps are those of each track's media.

    Raises:
        MediaError: `missing` when reading fails, `forbidden` for playlists and what else points elsewhere, `no_video` for a still picture,
            `decode_failed` when it is no clip that FFmpeg reads, `too_large` beyond the limits.
    """
    _let_errors_speak()
    formats.refuse_by_signature(file)
    elsewhere: list[str] = []
    try:
        container = av.open(
            _Nameless(file),
            "r",
            buffer_size=BUFFER_BYTES,
            io_open=lambda url, _flags, _options: _nothing(url, elsewhere),
            options=CODEC_OPTIONS,
            container_options=_CONTAINER_OPTIONS if reads_edit_lists else {**_CONTAINER_OPTIONS, "ignore_editlist": "1"},
            metadata_errors="replace",
        )
    except (av.FFmpegError, ValueError) as error:
        _refuse_pointers(elsewhere)
        raise _refusal(error) from error
    except OSError as error:
        raise MediaError(Reason.MISSING, "read", f"{type(error).__name__}: {error}") from error
    with container:
        _refuse_pointers(elsewhere)
        if len(container.streams) > MAX_STREAMS:
            raise MediaError(Reason.TOO_LARGE, "decode", f"more than {MAX_STREAMS} streams")
        yield container


def picture_stream(container: InputContainer) -> VideoStream | None:
    """The video stream: no cover art; the file's default before others, then the largest.

    Raises:
        MediaError: `too_large` for pictures beyond the limit.
    """
    streams = [stream for stream in container.streams.video if _is_moving(stream)]
    chosen = max(streams, key=lambda stream: (_is_default(stream), stream.width * stream.height), default=None)
    if chosen is not None:
        if chosen.width * chosen.height > MAX_PIXELS:
            size = f"{chosen.width} x {chosen.height}"
            raise MediaError(Reason.TOO_LARGE, "decode", f"pictures of {size} pixels; at most {MAX_PIXELS} pixels are read")
        chosen.codec_context.options = dict(CODEC_OPTIONS)
    return chosen


def sound_stream(container: InputContainer, choice: SoundChoice = sound_choices.DEFAULT) -> AudioStream | None:
    """The sound stream asked for; else the file's default before others, then the one with most channels.

    None at a rate that no recording has, and in a file without sound.

    Raises:
        MediaError: `missing` when there is sound, and not the track asked for.
    """
    tracks = list(container.streams.audio)
    streams = [track for track in tracks if track.codec_context is not None and sound.is_plausible(track.sample_rate)]
    if choice.track is not None and tracks:
        named = [track for place, track in enumerate(tracks) if track in streams and choice.track in {place, track.language}]
        if not named:
            there = ", ".join(f"{place} ({track.language or 'no language'})" for place, track in enumerate(tracks))
            raise MediaError(Reason.MISSING, "decode", f"--sound-track {choice.track}: the file has the sound tracks {there}")
        return named[0]
    return max(streams, key=lambda stream: (_is_default(stream), stream.channels), default=None)


def pixel_aspect(stream: VideoStream | None) -> float:
    """Width of a pixel over its height; 1 where the file says nothing that can be believed."""
    aspect = float((stream and stream.sample_aspect_ratio) or 1)
    return aspect if 1 / MAX_ASPECT <= aspect <= MAX_ASPECT else 1.0


def facts_of(container: InputContainer, chosen: Collection[VideoStream | AudioStream | None]) -> tuple[StreamFacts, ...]:
    """What the file says of each of its streams."""
    return tuple(_facts(stream, is_chosen=stream in chosen) for stream in container.streams)


def _facts(stream: Stream, *, is_chosen: bool) -> StreamFacts:
    video, audio = stream if isinstance(stream, VideoStream) else None, stream if isinstance(stream, AudioStream) else None
    is_known = stream.codec_context is not None
    return StreamFacts(
        place=stream.index,
        kind=stream.type,
        codec=stream.codec_context.name if is_known else None,
        language=stream.language,
        is_chosen=is_chosen,
        width_px=video.width if video and is_known else None,
        height_px=video.height if video and is_known else None,
        fps=float(video.average_rate) if video and is_known and video.average_rate else None,
        rate_hz=audio.sample_rate if audio and is_known else None,
        channels=audio.channels if audio and is_known else None,
    )


def reported_duration_s(container: InputContainer, size_bytes: int) -> float | None:
    """The duration that the file's header reports; None when it reports none, or has too few bytes for it."""
    seconds = None if container.duration is None else container.duration / av.time_base
    if seconds is not None and container.format.name == "avi":
        ends_s = [*map(reported_end_s, container.streams.video), *map(reported_end_s, container.streams.audio)]
        seconds = max([seconds, *filter(None, ends_s)])
    return seconds if seconds is not None and 0 < seconds <= size_bytes / MIN_BYTES_PER_S else None


def reported_end_s(stream: VideoStream | AudioStream) -> float | None:
    """The stamp at which a stream ends, by the file's header; None where that does not say it."""
    if stream.duration is None or stream.time_base is None:
        return None
    # Of an AVI file that was cut off FFmpeg shortens the duration; the count of its blocks stays as the header has it.
    length = max(stream.duration, stream.frames) if stream.container.format.name == "avi" else stream.duration
    return float(((stream.start_time or 0) + length) * stream.time_base)


def is_too_large(error: Exception) -> bool:
    """Whether FFmpeg stopped at one of the limits it was given."""
    sides = re.search(r"Picture size (\d+)x(\d+)", str(error))
    if sides is not None:
        return int(sides[1]) * int(sides[2]) > MAX_PIXELS
    return isinstance(error, av.FFmpegError) and error.errno == errno.ENOMEM


def _refusal(error: Exception) -> MediaError:
    """The reject that an error of FFmpeg stands for."""
    if is_too_large(error):
        return MediaError(Reason.TOO_LARGE, "decode", f"beyond the limits of pixels, streams or memory: {error}")
    if (refused := formats.refusal(error)) is not None:
        return refused
    return MediaError(Reason.DECODE_FAILED, "decode", f"no media file that FFmpeg reads: {error}")


def _let_errors_speak() -> None:
    # Without a level PyAV drops FFmpeg's messages, and "invalid argument" is all that is left of them.
    if av.logging.get_level() is None:
        av.logging.set_level(av.logging.PANIC)


def _is_moving(stream: VideoStream) -> bool:
    return stream.codec_context is not None and not stream.disposition & Disposition.attached_pic


def _is_default(stream: VideoStream | AudioStream) -> bool:
    return bool(stream.disposition & Disposition.default)


def _refuse_pointers(elsewhere: list[str]) -> None:
    if elsewhere:
        raise MediaError(Reason.FORBIDDEN, "read", f"the file points to another: {elsewhere[0]}")


def _nothing(url: str, elsewhere: list[str]) -> io.BytesIO:
    # An exception here would be kept by PyAV, and could come up again while the next clip is read.
    elsewhere.append(url)
    return io.BytesIO()


class _Nameless:
    """A file without its name: FFmpeg guesses formats and neighbouring files from names."""

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.tell = file.read, file.tell
        self._file = file

    def seek(self, offset: int, whence: int) -> int:
        """Where the file stands now; negative for a place that no file has, which broken indexes name."""
        try:
            return self._file.seek(offset, whence)
        except (OSError, ValueError):
            return -errno.EINVAL
