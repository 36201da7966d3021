"""Seek before a range: near enough to be quick, early enough that every picture of the range decodes.

A picture decodes only after a key frame. Without an index a container lands anywhere, and pictures up to the next key frame are lost:

    key frames      K - - - - - - - - - K - - - - - - - - - K - -
    range                                     [start_s   )stop_s
    1 s before                             >- - - - - - - - K         behind start_s: the range would lose its first pictures
    4 s before                       >- K                             before start_s: decode from here, drop what precedes start_s
"""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final

import av
from av.container import InputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from avemo_core.media.stamps.joined import PartJoiner

SEEK_FROM_S: Final = 10.0
"""Ranges that start earlier are reached by decoding from the file's start."""
MARGINS_S: Final = (1.0, 4.0, 16.0, 64.0)
"""How long before a range to seek to: the first of these after which a key frame comes before the range.

Containers without an index, such as MPEG transport streams, land between key frames.
"""
JOINABLE: Final = frozenset({"mpeg", "mpegts"})
"""Formats whose stamps may start anew within a file: all of the file is what follows from joining files."""
MAX_KNOWN: Final = 1000
FIRST_PACKETS: Final = 40
"""Packets among which the first picture is looked for."""

_joined: dict[str, bool] = {}
"""By sha256: whether the stamps of files that were looked through start anew. A film with a thousand ranges is looked through once."""


def is_joined(container: InputContainer, wanted: Sequence[Stream], sha256: str) -> bool:
    """Whether the file's stamps start anew somewhere, so that a time stands for several places in it.

    Reads all packets of the file once, without decoding them, and leaves it at its start.
    """
    if container.format.name not in JOINABLE:
        return False
    if sha256 not in _joined:
        joiner = PartJoiner()
        try:
            for packet in container.demux(list(wanted)):
                for _ in joiner.add(packet):
                    pass
            for _ in joiner.rest():
                pass
        finally:
            container.seek(0, unsupported_byte_offset=True)
        if len(_joined) >= MAX_KNOWN:
            _joined.clear()
        _joined[sha256] = bool(joiner.joints_s)
    return _joined[sha256]


def see_first(container: InputContainer, video: VideoStream | None, see: Callable[[av.VideoFrame], None]) -> None:
    """Show the first picture of the file, which must stand at its start: a stream may say once, there, which way up it is.

    Raises:
        av.FFmpegError: it cannot be read or decoded.
    """
    for packet in () if video is None else islice(container.demux(video), FIRST_PACKETS):
        if frames := packet.decode():
            return see(frames[0])
    return None


def seek_before(container: InputContainer, video: VideoStream | None, start_s: float, origin_s: float) -> bool:
    """Seek to where decoding is to begin; whether that is away from the file's start.

    Args:
        container: the open file, at its start.
        video: the stream whose pictures are wanted; None: any place will do.
        start_s: start of the range on the file's clock.
        origin_s: the stamp at which that clock starts.

    Raises:
        av.FFmpegError: the file cannot be sought in.
        OverflowError: no file is so long.
    """
    for margin_s in MARGINS_S if start_s >= SEEK_FROM_S else ():
        if margin_s < start_s:
            _go(container, start_s - margin_s + origin_s)
            if video is None or _has_key_frame(container, video, start_s + origin_s):
                _go(container, start_s - margin_s + origin_s)  # again: looking for the key frame has read on
                return True
    if start_s >= SEEK_FROM_S:
        _go(container, origin_s)  # no margin will do: decode from the start
    return False


def _go(container: InputContainer, stamp_s: float) -> None:
    container.seek(int(stamp_s * av.time_base), backward=True)


def _has_key_frame(container: InputContainer, video: VideoStream, stamp_s: float) -> bool:
    """Whether the next key frame comes before this time; a place behind the file's last picture is as good as any."""
    read = 0
    for packet in container.demux(video):
        if packet.is_keyframe and packet.size:
            return packet.pts is None or float(packet.pts * packet.time_base) <= stamp_s
        read += packet.size
    return read == 0
