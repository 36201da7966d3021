"""Files that point to another one: playlists, descriptions, and containers whose data lies elsewhere."""

import struct
from collections.abc import Callable
from typing import Final

from tests.avemo_core.media.hostile import clips


def hls(url: str) -> bytes:
    """An HTTP live streaming playlist."""
    return f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.2,\n{url}\n#EXT-X-ENDLIST\n".encode()


def hls_master(url: str) -> bytes:
    """A playlist of playlists, behind a byte order mark."""
    return b"\xef\xbb\xbf" + f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\n{url}\n".encode()


def hls_key(url: str) -> bytes:
    """A playlist whose key lies elsewhere."""
    return f'#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-KEY:METHOD=AES-128,URI="{url}"\n#EXTINF:1,\n{url}\n#EXT-X-ENDLIST\n'.encode()


def concat(url: str) -> bytes:
    """FFmpeg's list of files to be read as one."""
    return f"ffconcat version 1.0\nfile '{url}'\nduration 1.2\n".encode()


def concat_unsafe(url: str) -> bytes:
    """The same, asking for the checks to be left out."""
    return f"ffconcat version 1.0\noption safe 0\nfile {url}\n".encode()


def dash(url: str) -> bytes:
    """A manifest of adaptive streaming."""
    profile = "urn:mpeg:dash:profile:isoff-on-demand:2011"
    return f"""<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S" profiles="{profile}">
<Period><AdaptationSet mimeType="video/mp4"><Representation id="1">
<BaseURL>{url}</BaseURL></Representation></AdaptationSet></Period></MPD>""".encode()


def smooth(url: str) -> bytes:
    """A manifest of smooth streaming."""
    return f'<SmoothStreamingMedia MajorVersion="2" Duration="1"><StreamIndex Type="video" Url="{url}"/></SmoothStreamingMedia>'.encode()


def imf(url: str) -> bytes:
    """A composition of digital cinema."""
    space = "http://www.smpte-ra.org/schemas/2067-3/2016"
    return f'<?xml version="1.0"?>\n<CompositionPlaylist xmlns="{space}"><Id>{url}</Id></CompositionPlaylist>'.encode()


def sdp(url: str) -> bytes:
    """A description of a live session, which FFmpeg would listen to."""
    return f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns={url}\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 50040 RTP/AVP 0\n".encode()


def metadata(url: str) -> bytes:
    """FFmpeg's own text of tags."""
    return f";FFMETADATA1\ntitle={url}\n[STREAM]\n".encode()


def vobsub(url: str) -> bytes:
    """An index of subtitles that lie in the file beside it."""
    return f"# VobSub index file, v7 (do not modify this line!)\n# {url}\nid: en, index: 0\ntimestamp: 00:00:01:000, filepos: 0\n".encode()


def pls(url: str) -> bytes:
    """A radio's playlist."""
    return f"[playlist]\nFile1={url}\nNumberOfEntries=1\n".encode()


def asx(url: str) -> bytes:
    """A media player's playlist."""
    return f'<ASX version="3.0"><Entry><Ref href="{url}"/></Entry></ASX>'.encode()


def bare(url: str) -> bytes:
    """Nothing but the address."""
    return f"http://{url.rpartition('://')[-1]}\n".encode()


PLAYLISTS: Final[tuple[Callable[[str], bytes], ...]] = (
    *(hls, hls_master, hls_key, concat, concat_unsafe, dash, smooth, imf, sdp, metadata, vobsub, pls, asx, bare),
)


def external(url: str) -> bytes:
    """A QuickTime movie whose samples are said to lie in another file, by an alias record."""
    record = _alias(url)
    data = clips.clip("mov")
    old_start = data.index(b"dref") - 4
    old_size = int.from_bytes(data[old_start : old_start + 4])
    new = struct.pack(">I4sII", 16 + len(record), b"dref", 0, 1) + record
    grown = len(new) - old_size
    data = data[:old_start] + new + data[old_start + old_size :]
    for box in (b"dinf", b"minf", b"mdia", b"trak", b"moov"):
        data = _grown(data, data.rindex(box, 0, old_start), grown)
    return data


def _alias(url: str) -> bytes:
    path = url.removeprefix("file://").encode()
    fixed = bytearray(150)
    fixed[0:4], fixed[10] = b"\0\0\0\0", 6
    fixed[10:38] = b"\x06canary".ljust(28, b"\0")
    fixed[50:114] = b"\x06canary".ljust(64, b"\0")
    # The levels from the movie to the file, without which FFmpeg does not look for it.
    fixed[130:134] = struct.pack(">HH", 1, 1)
    tags = b"".join(struct.pack(">HH", kind, len(path)) + path + b"\0" * (len(path) % 2) for kind in (2, 18)) + struct.pack(
        ">HH", 0xFFFF, 0
    )
    body = b"alis" + b"\0\0\0\0" + bytes(fixed) + tags
    return struct.pack(">I", 4 + len(body)) + body


def _grown(data: bytes, name_at: int, by: int) -> bytes:
    size = int.from_bytes(data[name_at - 4 : name_at]) + by
    return data[: name_at - 4] + size.to_bytes(4) + data[name_at:]
