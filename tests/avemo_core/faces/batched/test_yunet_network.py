import cv2
import numpy as np
import pytest
import torch
from numpy import ndarray

from avemo_core.faces.batched import detecting, yunet_network
from avemo_core.faces.boxes import Detection
from avemo_core.faces.detect import MIN_SCORE, NMS_IOU, Detector
from avemo_core.faces.yunet.detections import detections
from tests.avemo_core.faces.batched.faces_in_pictures import portrait

SAME = np.ones(2, np.float32)


@pytest.mark.parametrize("size", [(320, 240), (300, 178)])
def test_faces_of_a_batch_are_those_found_one_by_one(size: tuple[int, int]):
    one, none = portrait(*size), np.full((size[1], size[0], 3), 120, np.uint8)
    two = np.hstack([cv2.resize(one, (size[0] // 2, size[1])), cv2.resize(one, (size[0] - size[0] // 2, size[1]))])

    found = _found([one, none, two])

    assert [len(faces) for faces in found] == [1, 0, 2]
    for picture, faces in zip([one, none, two], found, strict=True):
        for face, expected in zip(faces, Detector().find_large(picture), strict=True):
            np.testing.assert_allclose(face.box, expected.box, atol=0.01)
            np.testing.assert_allclose(face.eyes, expected.eyes, atol=0.01)
            assert face.score == pytest.approx(expected.score, abs=1e-4)


def test_a_picture_of_a_few_pixels_has_no_face():
    assert _found([np.full((20, 30, 3), 120, np.uint8)]) == [[]]


def test_of_boxes_that_overlap_the_best_stays():
    rows = np.zeros((3, 15), np.float32)
    rows[:, :4] = [[0, 0, 10, 10], [2, 0, 10, 10], [5.9, 0, 10, 10]]
    rows[:, -1] = [0.9, 0.8, 0.7]

    found = detections(rows, SAME, min_score=0.5, nms_iou=0.34)

    assert [face.score for face in found] == pytest.approx([0.9, 0.7])


def _found(pictures: list[ndarray]) -> list[list[Detection]]:
    candidates = detecting.candidates(yunet_network.load(), torch.from_numpy(np.stack(pictures))).numpy()
    return [detections(each, SAME, min_score=MIN_SCORE, nms_iou=NMS_IOU) for each in candidates]
