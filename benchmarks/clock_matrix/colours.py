"""Colour: patches of known values, under the matrices and ranges that files name.

Values are compared in the primaries of the file: what is tested is the way from YUV to RGB, not between gamuts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy import ndarray

from clock_matrix.film import HEIGHT_PX, WIDTH_PX
from clock_matrix.writers import NotWritten, Program, file_name

PATCHES: Final[dict[str, tuple[tuple[int, int, int], ...]]] = {
    "skin": ((255, 219, 172), (224, 172, 105), (198, 134, 66), (141, 85, 36)),
    "lips": ((220, 110, 120), (190, 60, 75), (150, 40, 60), (110, 30, 45)),
    "primaries": ((255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 255, 255), (255, 0, 255), (255, 255, 0), (255, 255, 255), (0, 0, 0)),
}
"""RGB."""
COLUMNS, ROWS = 4, 4
KR_KB: Final = {"601": (0.299, 0.114), "709": (0.2126, 0.0722), "2020": (0.2627, 0.0593)}
"""Weights of red and blue in the luma."""
TAGS: Final = {
    "601": "colorspace=smpte170m:color_primaries=smpte170m:color_trc=smpte170m",
    "709": "colorspace=bt709:color_primaries=bt709:color_trc=bt709",
    "2020": "colorspace=bt2020nc:color_primaries=bt2020:color_trc=bt2020-10",
}
FRAMES: Final = 12


@dataclass(frozen=True, kw_only=True)
class Coloured:
    """A clip of patches."""

    name: str
    writer: str
    path: str


@dataclass(frozen=True, kw_only=True)
class _Way:
    """How patches are written."""

    name: str
    matrix: str
    extension: str
    encoding: tuple[str, ...]
    is_full: bool = False
    bits: int = 8
    has_tags: bool = True


_X264: Final = ("-c:v", "libx264", "-qp", "0", "-preset", "ultrafast")
_X265: Final = ("-c:v", "libx265", "-x265-params", "lossless=1:log-level=none:pools=1", "-preset", "ultrafast")


def _ways() -> Iterator[_Way]:
    for matrix in KR_KB:
        for is_full in (False, True):
            name = f"mp4 h264 {matrix} {'full' if is_full else 'limited'}"
            yield _Way(name=name, matrix=matrix, is_full=is_full, extension="mp4", encoding=_X264)
    yield _Way(name="mp4 h264 without tags (601 limited)", matrix="601", extension="mp4", encoding=_X264, has_tags=False)
    yield _Way(name="mp4 hevc 10 bit 2020 limited", matrix="2020", extension="mp4", encoding=_X265, bits=10)
    yield _Way(name="webm vp9 709 limited", matrix="709", extension="webm", encoding=("-c:v", "libvpx-vp9", "-lossless", "1"))
    yield _Way(name="ts mpeg2 709 limited", matrix="709", extension="ts", encoding=("-c:v", "mpeg2video", "-q:v", "1", "-intra_vlc", "1"))
    yield _Way(name="mkv ffv1 709 limited", matrix="709", extension="mkv", encoding=("-c:v", "ffv1"))
    yield _Way(
        name="avi mjpeg 601 full", matrix="601", is_full=True, extension="avi", encoding=("-c:v", "mjpeg", "-q:v", "1", "-qmin", "1")
    )


def picture() -> ndarray:
    """The patches as RGB: uint8, height x width x 3."""
    patches = [patch for kind in PATCHES.values() for patch in kind]
    rows = np.array(patches, np.uint8).reshape(ROWS, COLUMNS, 3)
    return rows.repeat(HEIGHT_PX // ROWS, axis=0).repeat(WIDTH_PX // COLUMNS, axis=1)


def yuv(matrix: str, *, is_full: bool, bits: int = 8) -> bytes:
    """The patches as planar YUV 4:2:0 by the definition in ITU-R BT.601, 709 and 2020."""
    kr, kb = KR_KB[matrix]
    red, green, blue = np.moveaxis(picture() / 255, 2, 0)
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    chroma = [(colour - luma) / (2 * (1 - k)) for colour, k in ((blue, kb), (red, kr))]
    most, unit = 2**bits - 1, 2 ** (bits - 8)
    scale, offset, chroma_scale = (most, 0, most) if is_full else (219 * unit, 16 * unit, 224 * unit)
    planes = [scale * luma + offset, *(chroma_scale * plane[::2, ::2] + 128 * unit for plane in chroma)]
    return b"".join(plane.round().clip(0, most).astype("<u2" if bits > 8 else "u1").tobytes() for plane in planes)


def made(program: Program, folder: Path, report: Callable[[str], None]) -> Iterator[Coloured]:
    """Every clip of patches that this program can write."""
    for way in _ways():
        raw, out = folder / "colours.yuv", folder / file_name(way.name, way.extension)
        raw.write_bytes(FRAMES * yuv(way.matrix, is_full=way.is_full, bits=way.bits))
        pix_fmt = "yuv420p10le" if way.bits > 8 else "yuvj420p" if "mjpeg" in way.encoding else "yuv420p"
        tags = ("-vf", f"setparams=range={'pc' if way.is_full else 'tv'}:{TAGS[way.matrix]}") if way.has_tags else ()
        inputs = ("-f", "rawvideo", "-pix_fmt", pix_fmt, "-s", f"{WIDTH_PX}x{HEIGHT_PX}", "-framerate", "25", "-i", raw)
        try:
            program(*inputs, *tags, *way.encoding, "-pix_fmt", pix_fmt, "-threads", "1", out=out)
        except NotWritten as error:
            report(f"{program.name}: {way.name}: {error}")
            continue
        yield Coloured(name=way.name, writer=program.name, path=f"{folder.name}/{out.name}")


def levels_off(rgb: ndarray) -> dict[str, int]:
    """By how many of 256 levels the worst channel of the worst patch of each kind is off, in the middle of each patch."""
    off = np.abs(rgb.astype(int) - picture()).max(axis=2)
    middles = off[HEIGHT_PX // ROWS // 2 :: HEIGHT_PX // ROWS, WIDTH_PX // COLUMNS // 2 :: WIDTH_PX // COLUMNS].ravel()
    worst, at = {}, 0
    for kind, patches in PATCHES.items():
        worst[kind] = int(middles[at : at + len(patches)].max())
        at += len(patches)
    return worst
