from collections.abc import Callable

import cv2
import numpy as np
import pytest
import torch
from numpy import ndarray

from avemo_core.errors import ConfigError
from avemo_core.faces.batched import detecting, yunet_network
from avemo_core.faces.detect import MIN_SCORE, NMS_IOU
from avemo_core.faces.yunet import network, onnx_weights
from avemo_core.faces.yunet.detections import MAX_CANDIDATES, detections
from avemo_core.faces.yunet.network import YuNet
from avemo_core.runtime import weights
from tests.avemo_core.faces.batched.faces_in_pictures import portrait


@pytest.fixture(scope="module")
def yunet() -> YuNet:
    return YuNet()


@pytest.mark.parametrize("size", [(320, 240), (300, 178), (160, 160), (161, 97), (640, 480)])
def test_faces_are_those_that_opencv_finds(yunet: YuNet, size: tuple[int, int]):
    one, none = portrait(*size), np.full((size[1], size[0], 3), 120, np.uint8)
    two = np.hstack([cv2.resize(one, (size[0] // 2, size[1])), cv2.resize(one, (size[0] - size[0] // 2, size[1]))])

    for picture, faces in ((one, 1), (none, 0), (two, 2)):
        expected = _by_opencv(picture)
        found = detections(yunet.candidates(picture, MIN_SCORE), np.ones(2, np.float32), min_score=MIN_SCORE, nms_iou=NMS_IOU)

        assert len(found) == len(expected) == faces
        for face, row in zip(found, expected, strict=True):
            np.testing.assert_allclose(face.box, np.concatenate([row[:2], row[:2] + row[2:4]]), atol=1e-3)
            np.testing.assert_allclose(face.eyes, row[4:8].reshape(2, 2), atol=1e-3)
            assert face.score == pytest.approx(row[14], abs=1e-5)


@pytest.mark.parametrize("size", [(32, 200), (9, 600), (31, 31), (300, 20), (1, 1), (96, 32)])
def test_pictures_one_place_wide_or_high_are_read_as_by_torch(yunet: YuNet, size: tuple[int, int]):
    # OpenCV 4.14 answers them with boxes without end, and with faces that are not there: it is no reference here.
    picture = portrait(*size)

    found = yunet.candidates(picture, 0.0)

    by_torch = detecting.candidates(yunet_network.load(), torch.from_numpy(picture[None])).numpy()[0]
    # Which of many places without a face is the tenth, a last digit may decide.
    np.testing.assert_allclose(found[:10, -1], by_torch[: len(found)][:10, -1], atol=1e-5)
    np.testing.assert_allclose(found[:1], by_torch[:1], atol=1e-3)


def test_a_picture_gives_the_same_after_others_of_its_size_and_of_other_sizes():
    used, picture = YuNet(), portrait(320, 240)

    fresh = YuNet().candidates(picture, MIN_SCORE)
    for before in (portrait(320, 240)[:, ::-1], portrait(200, 120), portrait(640, 480), np.full((20, 30, 3), 255, np.uint8)):
        used.candidates(before, MIN_SCORE)
        np.testing.assert_array_equal(used.candidates(picture, MIN_SCORE), fresh)


def test_a_picture_for_which_there_is_no_room_fails_alone(monkeypatch: pytest.MonkeyPatch):
    used, picture = YuNet(), portrait(320, 240)
    expected = used.candidates(picture, MIN_SCORE)

    with monkeypatch.context() as short_of_memory:
        short_of_memory.setattr(used._net, "allocate_tensors", _no_room)
        with pytest.raises(RuntimeError, match="no room"):
            used.candidates(portrait(640, 480), MIN_SCORE)

    np.testing.assert_array_equal(used.candidates(picture, MIN_SCORE), expected)


def test_candidates_come_best_first_at_most_so_many(yunet: YuNet):
    scores = yunet.candidates(portrait(640, 480), 0.0)[:, -1]

    assert len(scores) == MAX_CANDIDATES
    assert (np.diff(scores) <= 0).all()


def test_scores_of_what_is_surely_no_face_are_nothing_and_never_overflow():
    with np.errstate(over="raise"):
        scores = network._sigmoid(np.float32([-200, 0, 200]))

    np.testing.assert_allclose(scores, [0, 0.5, 1], atol=1e-12)


def test_a_picture_of_a_few_pixels_has_no_face(yunet: YuNet):
    assert len(yunet.candidates(np.full((2, 2, 3), 120, np.uint8), MIN_SCORE)) == 0


def test_a_file_of_another_network_is_refused():
    with pytest.raises(ConfigError, match="bring it anew with `make setup`"):
        YuNet(weights.path_of("facemesh"))


@pytest.mark.parametrize(
    "changed",
    [lambda file: file[:-1], lambda file: [*file, file[0]], lambda _: []],
    ids=["less", "more", "none"],
)
def test_other_convolutions_than_yunets_are_refused(monkeypatch: pytest.MonkeyPatch, changed: Callable[[list], list]):
    convolutions = onnx_weights.read_convolutions(weights.path_of("yunet"))
    monkeypatch.setattr(network.onnx_weights, "read_convolutions", lambda _: changed(convolutions))
    monkeypatch.setattr(network, "_model_of", network._model_of.__wrapped__)  # not what was made of the file before

    with pytest.raises(ConfigError, match="another network than YuNet"):
        YuNet()


def _no_room() -> None:
    raise RuntimeError("no room")


def _by_opencv(picture: ndarray) -> list[ndarray]:
    """Rows of OpenCV's own detector, largest face first: box as left, top, width, height, five points, score."""
    net = cv2.FaceDetectorYN.create(str(weights.path_of("yunet")), "", picture.shape[1::-1], MIN_SCORE, NMS_IOU, MAX_CANDIDATES)
    rows = net.detect(np.ascontiguousarray(picture))[1]
    return [] if rows is None else sorted(rows, key=lambda row: -max(row[2:4]))
