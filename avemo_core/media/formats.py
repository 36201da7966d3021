"""Which formats are clips, and what the others are instead."""

from typing import BinaryIO, Final

from avemo_core.errors import MediaError
from schemas.rejects import Reason

CLIPS: Final = frozenset(
    {
        # pictures with sound
        *("asf", "avi", "dv", "flv", "matroska", "mov", "mpeg", "mpegts", "mxf", "nut", "ogg", "rm", "webm"),
        # pictures alone
        *("apng", "av1", "gif", "h261", "h263", "h264", "hevc", "ivf", "m4v", "mjpeg", "mpegvideo", "obu", "vc1", "yuv4mpegpipe"),
        # sound alone
        *("aac", "ac3", "aiff", "amr", "au", "caf", "dts", "eac3", "flac", "mp3", "nistsphere", "tta", "w64", "wav", "wv"),
    }
)
"""Formats that are read, as FFmpeg names them: those that recordings come in. None of them names other files."""

POINTERS: Final = frozenset(
    {
        "concat",
        "dash",
        "ffmetadata",
        "hls",
        "image2",
        "imf",
        "lavfi",
        "rtp",
        "rtsp",
        "sap",
        "sbg",
        "sdp",
        "tty",
        "vobsub",
        "webm_dash_manifest",
    }
)
"""Formats that point to other files or to the network, or that describe what is to be made up."""

_SIGNATURES: Final = (
    *(
        b"#EXTM3U",
        b"ffconcat",
        b"<MPD",
        b"<SmoothStreamingMedia",
        b"v=0\r",
        b"v=0\n",
        b";FFMETADATA",
        b"# VobSub index file",
        b"[playlist]",
    ),
    *(
        b"[Reference]",
        b"[InternetShortcut]",
        b"<ASX",
        b"<asx",
        b"<smil",
        b"RTSPtext",
        b"SMILtext",
        b"http://",
        b"https://",
        b"rtsp://",
        b"mms://",
    ),
)
"""How they begin: refused before FFmpeg reads the file."""
_DESCRIPTIONS: Final = (b"<MPD", b"<CompositionPlaylist", b"<SmoothStreamingMedia")
"""These may stand after an XML head."""
_HEAD_BYTES: Final = 1024


def refuse_by_signature(file: BinaryIO) -> None:
    """Read a file's first bytes, and go back to its start.

    Raises:
        MediaError: `forbidden` for a playlist or the like.
    """
    head = file.read(_HEAD_BYTES).lstrip(b"\xef\xbb\xbf \t\r\n")
    file.seek(0)
    if head.startswith(_SIGNATURES) or any(each in head for each in _DESCRIPTIONS):
        raise MediaError(Reason.FORBIDDEN, "read", f"a playlist or description that points elsewhere: {head[:24]!r}...")


def refusal(error: Exception) -> MediaError | None:
    """What to say when FFmpeg found a format that is not on the list; None when it stopped for another reason."""
    log: tuple[int, str, str] | None = getattr(error, "log", None)
    if log is None or "whitelist" not in log[2]:
        return None
    _, name, _ = log
    if name in POINTERS:
        return MediaError(Reason.FORBIDDEN, "read", f"format {name}: it points to other files or to the network")
    if name.endswith("_pipe"):
        return MediaError(Reason.NO_VIDEO, "read", f"format {name}: a still picture, not a clip")
    return MediaError(Reason.DECODE_FAILED, "read", f"format {name}: not one that recordings come in")
