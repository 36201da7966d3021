"""Open a media file safely, and choose its picture and its sound."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final, Never

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from avemo_core.errors import MediaError
from schemas.rejects import Reason

MAX_STREAMS: Final = 64
MAX_PIXELS: Final = 8192 * 4320
"""Pixels of a picture: up to 8K."""
BUFFER_BYTES: Final = 2**18

FORBIDDEN_FORMATS: Final = frozenset(
    {"concat", "dash", "ffmetadata", "hls", "image2", "imf", "lavfi", "rtp", "rtsp", "sdp", "tty", "webm_dash_manifest"}
)
"""Formats that point to other files or to the network, or that are no media."""
_SIGNATURES: Final = (b"#EXTM3U", b"ffconcat version", b"<MPD", b"v=0", b";FFMETADATA")
"""How such files begin; a look at the bytes, so that the reject says what they are."""


@contextmanager
def opened(file: BinaryIO) -> Iterator[InputContainer]:
    """Open the container in a file object; nothing but that object is ever read.

    Raises:
        MediaError: `forbidden` for playlists and the like, `decode_failed` when FFmpeg knows no such format, `too_large` beyond the limits.
    """
    _refuse_playlists(file)
    try:
        container = av.open(
            file,
            "r",
            buffer_size=BUFFER_BYTES,
            io_open=_refuse_other_files,
            container_options={"protocol_whitelist": "none"},
            metadata_errors="replace",
        )
    except (av.FFmpegError, ValueError) as error:
        raise MediaError(Reason.DECODE_FAILED, "decode", f"no media file that FFmpeg reads: {error}") from error
    with container:
        _refuse_format(container.format.name)
        if len(container.streams) > MAX_STREAMS:
            raise MediaError(Reason.TOO_LARGE, "decode", f"{len(container.streams)} streams; at most {MAX_STREAMS} are read")
        yield container


def picture_stream(container: InputContainer) -> VideoStream | None:
    """The stream to look at: no cover art; the file's default before others, then the largest.

    Raises:
        MediaError: `too_large` for pictures beyond the limit.
    """
    streams = [stream for stream in container.streams.video if _is_moving(stream)]
    chosen = max(streams, key=lambda stream: (_is_default(stream), stream.width * stream.height), default=None)
    if chosen is not None:
        refuse_pixels(chosen.width, chosen.height)
    return chosen


def sound_stream(container: InputContainer) -> AudioStream | None:
    """The stream to listen to: the file's default before others, then the one with most channels."""
    streams = [stream for stream in container.streams.audio if stream.codec_context is not None and stream.sample_rate]
    return max(streams, key=lambda stream: (_is_default(stream), stream.channels), default=None)


def refuse_pixels(width: int, height: int) -> None:
    """Raise `too_large` for a picture beyond the limit."""
    if width * height > MAX_PIXELS:
        raise MediaError(Reason.TOO_LARGE, "decode", f"pictures of {width} x {height} pixels; at most {MAX_PIXELS} pixels are read")


def _is_moving(stream: VideoStream) -> bool:
    return stream.codec_context is not None and not stream.disposition & Disposition.attached_pic


def _is_default(stream: VideoStream | AudioStream) -> bool:
    return bool(stream.disposition & Disposition.default)


def _refuse_playlists(file: BinaryIO) -> None:
    head = file.read(1024).lstrip(b"\xef\xbb\xbf \t\r\n")
    file.seek(0)
    if head.startswith(_SIGNATURES) or b"<MPD" in head:
        raise MediaError(Reason.FORBIDDEN, "read", f"a playlist or description that points elsewhere: {head[:24]!r}...")


def _refuse_format(name: str) -> None:
    names = set(name.split(","))
    if names & FORBIDDEN_FORMATS or any(each.endswith("_pipe") for each in names):
        raise MediaError(Reason.FORBIDDEN, "read", f"format {name}: a playlist, a still picture or a network description, not a clip")


def _refuse_other_files(url: str, _flags: int, _options: dict[str, str]) -> Never:
    raise MediaError(Reason.FORBIDDEN, "read", f"the file points to another: {url}")
