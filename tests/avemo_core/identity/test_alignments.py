from pathlib import Path

import cv2
import numpy as np
import pytest

from avemo_core.appearance.stills import resized
from avemo_core.faces import still
from avemo_core.faces.detect import Detector
from avemo_core.faces.mesh import Mesh
from avemo_core.identity.alignments import Augmentation, FaceLocator, cut_chip, whole_picture


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A public-domain portrait."""
    from skimage import data  # noqa: PLC0415 - slow to import, and only this fixture needs it

    path = tmp_path_factory.mktemp("portrait") / "astronaut.png"
    cv2.imwrite(str(path), cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR))
    return path


@pytest.fixture
def ramp(tmp_path: Path) -> Path:
    """An aligned face of 60 x 60 that is brighter to the right."""
    path = tmp_path / "ramp.png"
    cv2.imwrite(str(path), np.tile(np.arange(60, dtype=np.uint8)[None, :, None] * 4, (60, 1, 3)))
    return path


def test_a_chip_cut_by_its_alignment_is_the_chip_of_the_face(portrait: Path):
    picture = cv2.imread(str(portrait))

    alignment = FaceLocator(150, aligned=False).locate(picture)

    assert alignment is not None
    np.testing.assert_array_equal(cut_chip(str(portrait), alignment, 150), still.chip_of(picture, Detector(), Mesh()))


def test_a_picture_without_a_face_has_no_alignment():
    assert FaceLocator(150, aligned=False).locate(np.full((120, 120, 3), 90, np.uint8)) is None


def test_an_aligned_picture_is_its_own_chip(ramp: Path):
    alignment = FaceLocator(120, aligned=True).locate(cv2.imread(str(ramp)))

    assert alignment is not None
    np.testing.assert_allclose(alignment, whole_picture(60, 60, 120))
    difference = cut_chip(str(ramp), alignment, 120)[2:-2, 2:-2].astype(int) - resized(cv2.imread(str(ramp)), 120)[2:-2, 2:-2]
    assert np.abs(difference).max() <= 1


def test_the_same_draw_gives_the_same_varied_chip(ramp: Path):
    one, again, other = (
        cut_chip(str(ramp), whole_picture(60, 60, 120), 120, Augmentation.sampled(np.random.default_rng(seed), 120)) for seed in (1, 1, 2)
    )

    np.testing.assert_array_equal(one, again)
    assert np.any(one != other)


def test_half_of_the_varied_chips_are_mirrored(ramp: Path):
    chips = [
        cut_chip(str(ramp), whole_picture(60, 60, 60), 60, Augmentation.sampled(np.random.default_rng(seed), 60)).astype(float)
        for seed in range(60)
    ]

    mirrored = sum(chip[20:40, 10:20].mean() > chip[20:40, 40:50].mean() for chip in chips)

    assert 18 <= mirrored <= 42


def test_varied_tones_stay_in_range_rather_than_wrap(tmp_path: Path):
    path = tmp_path / "black.png"
    cv2.imwrite(str(path), np.zeros((40, 40, 3), np.uint8))
    darker = Augmentation(in_chip=np.eye(3), contrast=1.25, brightness=-25.0)

    assert cut_chip(str(path), whole_picture(40, 40, 40), 40, darker).max() == 0
