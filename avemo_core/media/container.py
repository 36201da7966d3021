"""Open a media file safely, and choose its picture and its sound."""

import errno
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

import av
import av.logging
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from avemo_core.errors import MediaError
from avemo_core.media import formats, sound
from schemas.rejects import Reason

MAX_STREAMS: Final = 64
MAX_PIXELS: Final = 8192 * 4320
"""Pixels of a picture: up to 8K."""
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


@contextmanager
def opened(file: BinaryIO) -> Iterator[InputContainer]:
    """Open the container in a file object; nothing but that object is ever read.

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
            container_options=_CONTAINER_OPTIONS,
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


def sound_stream(container: InputContainer) -> AudioStream | None:
    """The sound stream: the file's default before others, then the one with most channels; none at a rate that no recording has."""
    streams = [stream for stream in container.streams.audio if stream.codec_context is not None and sound.is_plausible(stream.sample_rate)]
    return max(streams, key=lambda stream: (_is_default(stream), stream.channels), default=None)


def reported_duration_s(container: InputContainer, size_bytes: int) -> float | None:
    """The duration that the file's header reports; None when it reports none, or has too few bytes for it."""
    seconds = None if container.duration is None else container.duration / av.time_base
    return seconds if seconds is not None and 0 < seconds <= size_bytes / MIN_BYTES_PER_S else None


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
