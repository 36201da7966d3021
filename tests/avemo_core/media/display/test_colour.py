"""Colours come out as they are meant, whatever matrix, range and depth a file stores them in."""

import itertools

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange
from numpy import ndarray

from avemo_core.media import picture as pictures
from avemo_core.media.display.colour import Recoding

MAX_ERROR_LEVELS = 5
PATCH_PX = 16
SKIN = [(224, 172, 138), (141, 85, 36), (255, 219, 172), (90, 56, 37), (198, 134, 66), (180, 60, 70), (255, 127, 127)]
BETWEEN = [(128, 128, 128), (16, 16, 16), (235, 235, 235), (255, 128, 0), (128, 0, 255), (0, 255, 128), (64, 64, 0), (0, 64, 64)]
VIVID = [(64, 0, 64), (250, 5, 120), (5, 250, 200), (200, 30, 30), (30, 200, 30), (30, 30, 200), (127, 255, 255)]
PALETTE = np.array([*itertools.product((0, 255), repeat=3), *SKIN, *BETWEEN, *VIVID], float)
"""30 colours (R, G, B): the corners of the cube, skin and lips, and what lies between."""
LIMITED, FULL = ColorRange.MPEG, ColorRange.JPEG
UNTAGGED = 2


def _weighted(red: float, blue: float) -> ndarray:
    """From R, G, B in [0, 1] to luma and the two differences (ITU-T H.273, 8.3)."""
    luma = np.array([red, 1 - red - blue, blue])
    return np.array([luma, ([0, 0, 1] - luma) / (2 - 2 * blue), ([1, 0, 0] - luma) / (2 - 2 * red)])


MATRICES = {
    "BT.709": (1, _weighted(0.2126, 0.0722)),
    "FCC": (4, _weighted(0.30, 0.11)),
    "BT.470 BG": (5, _weighted(0.299, 0.114)),
    "SMPTE 170M": (6, _weighted(0.299, 0.114)),
    "SMPTE 240M": (7, _weighted(0.212, 0.087)),
    "YCgCo": (8, np.array([[1, 2, 1], [-1, 2, -1], [2, 0, -2]]) / 4),
    "BT.2020": (9, _weighted(0.2627, 0.0593)),
}
DEPTHS = {"yuv420p": 8, "yuv422p": 8, "yuv444p": 8, "yuv420p10le": 10, "yuv422p10le": 10, "yuv444p12le": 12}


def _codes(to_yuv: ndarray, range_: ColorRange, bits: int) -> ndarray:
    """The palette as the numbers that a file stores: 3 x 30."""
    y, u, v = to_yuv @ PALETTE.T / 255
    unit, top = 2 ** (bits - 8), 2**bits - 1
    luma, difference, black = (top, top, 0) if range_ == FULL else (219 * unit, 224 * unit, 16 * unit)
    return np.round([black + luma * y, 128 * unit + difference * u, 128 * unit + difference * v]).clip(0, top)


def _frame(name: str, codes: ndarray, space: int, range_: ColorRange, size: tuple[int, int] | None = None) -> av.VideoFrame:
    """Patches of flat colour side by side."""
    width, height = size or (PATCH_PX * codes.shape[1], PATCH_PX)
    frame = av.VideoFrame(width, height, name)
    dtype = np.dtype("u1" if frame.format.components[0].bits == 8 else "<u2")
    for plane, values in zip(frame.planes, codes, strict=True):
        rows = np.zeros((plane.height, plane.line_size // dtype.itemsize), dtype)
        rows[:, : plane.width] = np.repeat(values, -(-plane.width // len(values)))[: plane.width]
        plane.update(rows)
    frame.colorspace, frame.color_range = space, range_
    return frame


def _seen(frame: av.VideoFrame, colours: int) -> ndarray:
    """R, G, B in the middle of each patch."""
    bgr = pictures.of(frame).bgr()
    patch = bgr.shape[1] // colours
    return bgr[bgr.shape[0] // 2, patch // 2 :: patch, ::-1][:colours].astype(int)


@pytest.mark.parametrize(("space", "to_yuv"), MATRICES.values(), ids=MATRICES)
@pytest.mark.parametrize("range_", [LIMITED, FULL], ids=["limited", "full"])
@pytest.mark.parametrize(("name", "bits"), DEPTHS.items(), ids=DEPTHS)
def test_every_colour_is_right_within_a_few_levels(name: str, bits: int, range_: ColorRange, space: int, to_yuv: ndarray):
    frame = _frame(name, _codes(to_yuv, range_, bits), space, range_)

    assert np.abs(_seen(frame, len(PALETTE)) - PALETTE).max() <= MAX_ERROR_LEVELS


@pytest.mark.parametrize("name", ["rgb24", "gbrp", "bgra", "gbrp10le", "gbrp12le"])
@pytest.mark.parametrize("tag", [ColorRange.UNSPECIFIED, LIMITED, FULL])
def test_rgb_is_full_range_whatever_its_tag(name: str, tag: ColorRange):
    rows = np.repeat(np.repeat(PALETTE[None].astype(np.uint8), PATCH_PX, axis=1), PATCH_PX, axis=0)
    frame = av.VideoFrame.from_ndarray(rows, format="rgb24").reformat(format=name)
    frame.color_range = tag

    assert np.abs(_seen(frame, len(PALETTE)) - PALETTE).max() <= MAX_ERROR_LEVELS


@pytest.mark.parametrize("name", ["gray", "gray10le"])
@pytest.mark.parametrize(("tag", "black", "white"), [(LIMITED, 16, 235), (FULL, 0, 255.75), (ColorRange.UNSPECIFIED, 0, 255.75)])
def test_grey_is_full_range_unless_its_tag_says_limited(name: str, tag: ColorRange, black: float, white: float):
    unit = 2 ** (av.VideoFormat(name).components[0].bits - 8)
    levels = np.arange(0, 256, 17)

    frame = _frame(name, np.floor(unit * (black + (white - black) * levels / 255))[None], UNTAGGED, tag)

    assert np.abs(_seen(frame, len(levels)) - levels[:, None]).max() <= 2


@pytest.mark.parametrize(
    ("size", "meant"), [((720, 576), "BT.470 BG"), ((1278, 576), "BT.470 BG"), ((1280, 544), "BT.709"), ((720, 578), "BT.709")]
)
def test_an_untagged_picture_is_of_high_definition_by_its_size(size: tuple[int, int], meant: str):
    frame = _frame("yuv420p", _codes(MATRICES[meant][1], LIMITED, 8)[:, 1:5], UNTAGGED, ColorRange.UNSPECIFIED, size)

    assert np.abs(_seen(frame, 4) - PALETTE[1:5]).max() <= MAX_ERROR_LEVELS


def test_the_brightness_that_scenes_are_told_apart_by_does_not_depend_on_the_range():
    limited, full = (
        pictures.of(_frame("yuv420p", _codes(MATRICES["BT.709"][1], range_, 8), 1, range_)).coarse_brightness()
        for range_ in (LIMITED, FULL)
    )

    np.testing.assert_allclose(limited, full, atol=1)


def test_each_pixel_is_recoded_by_its_own_luma_and_the_differences_of_its_square():
    random = np.random.default_rng(0)
    y, u, v = (random.integers(60, 180, (side, 2 * side), dtype=np.uint8) for side in (8, 4, 4))
    recoding = Recoding(gain=0.5, offset=40.0, shift=(0.25, -0.5), to_u=(0.75, 0.25), to_v=(-0.25, 1.0))

    luma, blue, red = recoding.planes((y, u, v))

    for row, column in np.ndindex(y.shape):
        d_u, d_v = float(u[row // 2, column // 2]) - 128, float(v[row // 2, column // 2]) - 128
        assert abs(float(luma[row, column]) - (0.5 * y[row, column] + 40 + 0.25 * d_u - 0.5 * d_v)) <= 1
        assert abs(float(blue[row // 2, column // 2]) - (128 + 0.75 * d_u + 0.25 * d_v)) <= 0.5
        assert abs(float(red[row // 2, column // 2]) - (128 - 0.25 * d_u + d_v)) <= 0.5
