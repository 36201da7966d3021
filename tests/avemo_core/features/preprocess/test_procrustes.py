"""Procrustes-aligned landmarks: what the head does is gone, what the face does stays."""

from dataclasses import replace

import numpy as np
import pytest

from avemo_core.features.preprocess.config import PreprocessConfig
from avemo_core.features.preprocess.procrustes import procrustes
from avemo_core.features.preprocess.whitening import Whitening
from tests.avemo_core.planted import Plan, planted


@pytest.fixture
def faces() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(6, 49, 2)).astype(np.float32)


def flat(faces: np.ndarray) -> np.ndarray:
    return faces.reshape(len(faces), 98).astype(np.float32)


def moved(faces: np.ndarray, degrees: float, scale: float) -> np.ndarray:
    """The same faces on a head that is turned, nearer and elsewhere."""
    angle = np.deg2rad(degrees)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return scale * faces @ rotation.T + np.array([0.4, -1.2])


@pytest.mark.parametrize(("degrees", "scale"), [(0, 1), (35, 1), (-80, 0.4), (170, 3)])
def test_how_the_head_is_held_does_not_matter(faces: np.ndarray, degrees: float, scale: float):
    reference = flat(faces[:1])[0]

    still, aligned = (procrustes(flat(some), reference) for some in (faces, moved(faces, degrees, scale)))

    np.testing.assert_allclose(aligned, still, atol=1e-4)


def test_the_transform_is_the_one_of_least_squares(faces: np.ndarray):
    reference = faces[0] - faces[0].mean(0)

    found = procrustes(flat(faces[1:]), flat(faces[:1])[0]).reshape(-1, 49, 2)

    for face, aligned in zip(faces[1:], found, strict=True):
        x, y = (face - face.mean(0)).T
        # x' = a x - b y, y' = b x + a y
        design = np.concatenate([np.stack([x, -y], 1), np.stack([y, x], 1)])
        (a, b), *_ = np.linalg.lstsq(design, np.concatenate(reference.T), rcond=None)
        np.testing.assert_allclose(aligned, np.stack([a * x - b * y, b * x + a * y], 1), atol=1e-4)


def test_steps_without_a_face_stay_zeros(faces: np.ndarray):
    shape = flat(faces)
    shape[2] = 0

    assert not procrustes(shape, shape[0])[2].any()


def test_the_model_sees_the_same_shape_however_the_head_is_held():
    clips = planted(Plan(clips=14, seed=0))[0]
    tilted = [replace(clip, shape=flat(moved(clip.shape.reshape(-1, 49, 2), 25, 1.3))) for clip in clips]
    whitening = Whitening.fit(clips, PreprocessConfig(audio_components=5, shape_components=4, shape_procrustes=True))

    np.testing.assert_allclose(whitening(tilted[0]).shape, whitening(clips[0]).shape, atol=1e-3)
