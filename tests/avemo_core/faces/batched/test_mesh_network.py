import cv2
import numpy as np
import pytest
import torch
from numpy import ndarray
from torch import Tensor

from avemo_core.errors import ConfigError
from avemo_core.faces.batched import mesh_network
from avemo_core.faces.landmarks import FIRST_SCHEME, STEADIER_SCHEME, LandmarkScheme
from avemo_core.faces.mesh import Mesh
from avemo_core.faces.region import Region
from avemo_core.runtime import weights
from tests.avemo_core.faces.batched.faces_in_pictures import portrait

WHOLE = Region(x_px=95.5, y_px=95.5, side_px=192.0, roll_rad=0.0)


@pytest.fixture(scope="module")
def squares() -> list[ndarray]:
    """BGR: a face, its mirror image, one turned and dark, and none."""
    face = np.ascontiguousarray(portrait()[20:212, 130:322])
    turned = cv2.warpAffine(face, cv2.getRotationMatrix2D((96, 96), 25, 0.8), (192, 192)) // 2
    return [face, np.ascontiguousarray(face[:, ::-1]), turned, np.full((192, 192, 3), 90, np.uint8)]


def _as_input(squares: list[ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(squares)[..., ::-1].copy()).permute(0, 3, 1, 2).float() / 255


@pytest.mark.parametrize("scheme", [FIRST_SCHEME, STEADIER_SCHEME])
def test_points_and_scores_of_a_batch_are_those_of_litert(squares: list[ndarray], scheme: LandmarkScheme):
    points, logits = mesh_network.load(scheme)(_as_input(squares))

    for square, found, logit in zip(squares, points.numpy(), logits.sigmoid().tolist(), strict=True):
        expected, score = Mesh(scheme).points(square, WHOLE)
        np.testing.assert_allclose(found, expected, atol=0.002)
        assert logit == pytest.approx(score, abs=1e-5)


def test_in_float16_the_points_of_a_face_move_less_than_a_tenth_of_a_pixel(squares: list[ndarray]):
    faces = _as_input(squares[:1])

    exact, _ = mesh_network.load(FIRST_SCHEME)(faces)
    half, _ = mesh_network.load(FIRST_SCHEME, dtype=torch.float16)(faces.half())

    assert half.dtype == torch.float32
    assert 0 < (half - exact).abs().max() < 0.1


def test_a_file_of_another_network_is_refused():
    with pytest.raises(ConfigError, match=r"\.onnx is no \.tflite file"):
        mesh_network.load(FIRST_SCHEME, weights.path_of("yunet"))
