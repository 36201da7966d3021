import numpy as np
import pytest
import torch
from numpy import ndarray

from avemo_core.faces import chip, cutout, region
from avemo_core.faces.batched import cutting, pictures, regions
from avemo_core.faces.batched.pictures import Planes
from avemo_core.faces.region import Region
from avemo_core.faces.template import ARCFACE, CHIP
from avemo_core.media.picture import Picture
from tests.avemo_core.faces.batched.faces_in_pictures import planes_of, portrait

SIDE_PX = 192


@pytest.fixture(scope="module")
def planes() -> list[Planes]:
    return [planes_of(portrait(*size)) for size in ((512, 512), (360, 270), (360, 270), (1280, 720))]


def test_pictures_of_several_sizes_have_the_bytes_that_opencv_makes(planes: list[Planes]):
    uploaded = pictures.upload(planes)

    for place, each in enumerate(planes):
        np.testing.assert_array_equal(_rgb(uploaded, 0, place)[..., ::-1], Picture(*each).bgr())


def test_a_halved_picture_is_the_one_that_opencv_shrinks(planes: list[Planes]):
    whole = (0, 0, 1280, 720)

    halved = _rgb(pictures.upload(planes), 1, 3)

    np.testing.assert_array_equal(halved[..., ::-1], Picture(*planes[3]).part(whole, shrink=2)[..., :3])


@pytest.mark.parametrize(
    ("place", "where"),
    [
        (0, Region(x_px=224.0, y_px=118.0, side_px=170.0, roll_rad=0.1)),
        (1, Region(x_px=157.0, y_px=62.0, side_px=101.7, roll_rad=-0.3)),
        (3, Region(x_px=560.0, y_px=166.0, side_px=500.0, roll_rad=0.05)),
        (1, Region(x_px=5.0, y_px=265.0, side_px=150.0, roll_rad=0.8)),
    ],
)
def test_a_square_is_the_one_that_opencv_cuts(planes: list[Planes], place: int, where: Region):
    expected = cutout.square(Picture(*planes[place]), where.to_picture(SIDE_PX), SIDE_PX)[..., ::-1].astype(int)

    (square,) = _cut(planes, [place], [where])

    assert np.abs(square - expected).mean() < 0.05
    assert np.quantile(np.abs(square - expected), 0.999) <= 2


def test_squares_of_a_batch_come_each_from_their_own_picture(planes: list[Planes]):
    where = [Region(x_px=224.0 - 30 * place, y_px=118.0, side_px=170.0 + 250 * place, roll_rad=0.1) for place in (0, 1)]

    together = _cut(planes, [0, 3], where)

    np.testing.assert_array_equal(together[0], _cut(planes, [0], where[:1])[0])
    np.testing.assert_array_equal(together[1], _cut(planes, [3], where[1:])[0])


@pytest.mark.parametrize("lost", [float("nan"), 1e30])
def test_a_region_that_is_nowhere_is_black(planes: list[Planes], lost: float):
    to_picture = torch.full((1, 2, 3), lost)

    assert not cutting.squares(pictures.upload(planes), torch.tensor([1]), to_picture, SIDE_PX).any()


def test_the_next_region_and_the_chip_are_those_of_one_face_alone():
    points = (100 + 50 * np.random.default_rng(0).normal(size=(2, 468, 2))).astype(np.float32)

    several = regions.to_picture(regions.of_points(torch.from_numpy(points)), SIDE_PX).numpy()
    chips = {each.name: regions.chips_to_picture(torch.from_numpy(points[:, :49]), each, 112).numpy() for each in (CHIP, ARCFACE)}

    for face, of_face in enumerate(points):
        np.testing.assert_allclose(several[face], region.of_points(of_face).to_picture(SIDE_PX), atol=1e-3)
        for each in (CHIP, ARCFACE):
            expected = chip.similarity(each.in_px(112), each.anchors(of_face[:49]))
            np.testing.assert_allclose(chips[each.name][face], expected, atol=1e-3)


def _cut(planes: list[Planes], which: list[int], where: list[Region]) -> ndarray:
    to_picture = regions.to_picture(regions.stacked(where), SIDE_PX)
    return cutting.squares(pictures.upload(planes), torch.tensor(which), to_picture, SIDE_PX).permute(0, 2, 3, 1).numpy()


def _rgb(uploaded: pictures.DevicePictures, level: int, place: int) -> ndarray:
    start, width, height = (int(table[level, place]) for table in (uploaded.offsets, uploaded.widths, uploaded.heights))
    return uploaded.pixels[start : start + width * height].view(torch.uint8).view(height, width, 4)[..., :3].numpy()
