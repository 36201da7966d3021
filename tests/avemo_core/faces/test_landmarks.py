import numpy as np

from avemo_core.faces import landmarks, shape


def test_the_scheme_has_49_different_mesh_points():
    assert len(set(landmarks.IBUG_49)) == 49


def test_the_named_places_are_where_their_names_say():
    mesh = np.stack([np.arange(468), np.zeros(468)], axis=1).astype(np.float32)

    picked = landmarks.of(mesh)[:, 0]

    assert 33 in picked[landmarks.LEFT_EYE]
    assert 263 in picked[landmarks.RIGHT_EYE]
    assert picked[landmarks.NOSE_BASE] == 2
    assert picked[list(landmarks.MOUTH_CORNERS)].tolist() == [61, 291]


def _faces(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(100, 20, (12, 49, 2)).astype(np.float32)


def test_shape_does_not_depend_on_place_and_size_of_the_face_in_the_picture():
    faces, has_face = _faces(), np.ones(12, bool)

    here, there = shape.normalised(faces, has_face), shape.normalised(3 * faces + np.float32([40, -7]), has_face)

    np.testing.assert_allclose(here, there, atol=1e-4)


def test_shape_keeps_the_movement_of_the_head():
    still, has_face = np.repeat(_faces()[:1], 12, axis=0), np.ones(12, bool)
    moving = still + np.arange(12, dtype=np.float32)[:, None, None] * np.float32([1, 0])

    x = shape.normalised(moving, has_face)[:, 0::2].mean(axis=1)

    assert np.all(np.diff(x) > 0)


def test_frames_without_a_face_hold_zeros_and_change_nothing():
    faces, has_face = _faces(), np.arange(12) % 3 != 0
    garbage = np.where(has_face[:, None, None], faces, np.float32(1e9))

    normalised = shape.normalised(garbage, has_face)

    assert not normalised[~has_face].any()
    np.testing.assert_array_equal(normalised[has_face], shape.normalised(faces[has_face], np.ones(8, bool)))


def test_a_clip_without_any_face_has_a_shape_of_zeros():
    assert not shape.normalised(_faces(), np.zeros(12, bool)).any()
