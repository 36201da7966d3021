import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace
from numpy import ndarray
from skimage.data import astronaut

from avemo_core.media import picture as pictures


@pytest.fixture(scope="module")
def portrait() -> ndarray:
    """288 x 360, BGR, soft: colour at half the resolution loses nothing."""
    return np.ascontiguousarray(cv2.GaussianBlur(astronaut()[:288, 60:420, ::-1], (0, 0), 3))


def _frame(bgr: ndarray, pix_fmt: str, space: Colorspace = Colorspace.ITU601, range_: ColorRange = ColorRange.MPEG) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(bgr, format="bgr24")
    return frame.reformat(format=pix_fmt, dst_colorspace=space, dst_color_range=range_)


@pytest.mark.parametrize(
    ("pix_fmt", "space", "range_"),
    [
        ("yuv420p", Colorspace.ITU601, ColorRange.MPEG),
        ("yuv420p", Colorspace.ITU709, ColorRange.MPEG),
        ("yuvj420p", Colorspace.ITU601, ColorRange.JPEG),
        ("yuv420p", Colorspace.ITU709, ColorRange.JPEG),
        ("yuv420p10le", Colorspace.ITU709, ColorRange.MPEG),
        ("yuv422p", Colorspace.ITU601, ColorRange.MPEG),
        ("yuv444p", Colorspace.ITU709, ColorRange.MPEG),
        ("nv12", Colorspace.ITU601, ColorRange.MPEG),
        ("rgb24", Colorspace.ITU601, ColorRange.JPEG),
    ],
)
def test_colours_come_out_the_same_however_they_were_stored(portrait: ndarray, pix_fmt: str, space: Colorspace, range_: ColorRange):
    frame = _frame(portrait, pix_fmt, space, range_)

    bgr = pictures.of(frame).bgr()

    error = np.abs(bgr.astype(int) - portrait)
    assert error.mean() < 1.5
    assert np.percentile(error, 99) <= 5


def test_a_part_is_cut_from_the_whole(portrait: ndarray):
    whole = pictures.of(_frame(portrait, "yuv420p"))

    np.testing.assert_array_equal(whole.part((100, 60, 220, 180))[..., :3], pictures.of(_frame(portrait, "yuv420p")).bgr()[60:180, 100:220])


@pytest.mark.parametrize("shrink", [1, 2, 4])
@pytest.mark.parametrize("inner", [(104, 68, 184, 180), (106, 66, 186, 178), (32, 20, 288, 260)], ids=["in step", "off step", "beyond"])
def test_a_part_of_a_part_is_the_same_as_when_cut_alone(portrait: ndarray, inner: tuple[int, int, int, int], shrink: int):
    asked_twice = pictures.of(_frame(portrait, "yuv420p"))
    asked_twice.part((40, 20, 296, 260), shrink)

    np.testing.assert_array_equal(asked_twice.part(inner, shrink), pictures.of(_frame(portrait, "yuv420p")).part(inner, shrink))


def test_a_part_is_the_same_after_it_was_asked_for_in_another_size(portrait: ndarray):
    box, asked_again = (40, 20, 296, 260), pictures.of(_frame(portrait, "yuv420p"))

    for shrink in (1, 2, 4, 1):
        np.testing.assert_array_equal(asked_again.part(box, shrink), pictures.of(_frame(portrait, "yuv420p")).part(box, shrink))


def test_a_shrunken_part_is_the_mean_of_its_pixels(portrait: ndarray):
    picture = pictures.of(_frame(portrait, "yuv420p"))

    small = picture.part((40, 20, 280, 260), 4)

    expected = cv2.resize(portrait[20:260, 40:280], (60, 60), interpolation=cv2.INTER_AREA)
    assert np.abs(small[..., :3].astype(int) - expected).mean() < 2.0


@pytest.mark.parametrize(("width", "height"), [(359, 288), (360, 287), (359, 287)])
def test_odd_sides_lose_their_last_line(portrait: ndarray, width: int, height: int):
    picture = pictures.of(_frame(np.ascontiguousarray(portrait[:height, :width]), "yuv444p"))

    assert (picture.width, picture.height) == (width & ~1, height & ~1)
    assert np.abs(picture.bgr().astype(int) - portrait[: height & ~1, : width & ~1]).mean() < 2.0


def test_a_picture_without_a_square_of_four_pixels_is_refused(portrait: ndarray):
    with pytest.raises(ValueError, match="1 x 288 pixels"):
        pictures.of(_frame(np.ascontiguousarray(portrait[:, :1]), "yuv444p"))


@pytest.mark.parametrize("aspect", [0.5, 16 / 15, 2.0])
def test_pixels_become_square(portrait: ndarray, aspect: float):
    picture = pictures.of(_frame(portrait, "yuv420p"), pixel_aspect=aspect)

    assert picture.height == 288
    assert picture.width == pytest.approx(360 * aspect, abs=2)


def test_large_pictures_are_shrunk_to_the_longer_side(portrait: ndarray):
    picture = pictures.of(_frame(portrait, "yuv420p"), max_side_px=180)

    assert (picture.width, picture.height) == (180, 144)


def test_a_small_copy_has_the_pictures_shape(portrait: ndarray):
    assert pictures.of(_frame(portrait, "yuv420p")).small(180).shape == (144, 180, 3)
