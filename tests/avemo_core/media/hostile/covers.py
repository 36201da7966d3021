"""Pictures that are no clip: covers of sound files, still pictures."""

import io
from fractions import Fraction
from typing import Final

import av
from av.stream import Disposition

from tests.avemo_core.media.hostile import clips

STILLS: Final = ("png", "mjpeg", "bmp", "tiff", "libwebp")
_PIXELS: Final = {"mjpeg": "yuvj420p", "bmp": "bgr24", "libwebp": "yuv420p"}


def still(codec: str) -> bytes:
    """A still picture."""
    context = av.CodecContext.create(codec, "w")
    context.width, context.height, context.pix_fmt = 64, 48, _PIXELS.get(codec, "rgb24")
    context.time_base = Fraction(1, 25)
    frame = av.VideoFrame.from_ndarray(clips.bar(0, 64, 48)).reformat(format=context.pix_fmt)
    frame.pts = 0
    return b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])


def sung(seconds: float = 1.2) -> bytes:
    """A sound file with a cover picture."""
    return _with_cover(sound=True, seconds=seconds)


def mute() -> bytes:
    """A cover picture and nothing else."""
    return _with_cover(sound=False, seconds=0)


def _with_cover(*, sound: bool, seconds: float) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        tone = container.add_stream("aac", rate=16_000, layout="mono") if sound else None
        cover = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        container.start_encoding()
        packet = av.Packet(still("mjpeg"))
        packet.stream, packet.pts, packet.dts, packet.time_base = cover, 0, 0, Fraction(1, 1000)
        container.mux(packet)
        if tone is not None:
            for packet in clips.sung(tone, seconds):
                container.mux(packet)
    return file.getvalue()
