import cv2
import numpy as np
import pytest

from avemo_core.faces.yunet.detections import MAX_CANDIDATES, detections


@pytest.mark.parametrize("spread_px", [2.0, 40.0, 400.0])
def test_of_boxes_that_overlap_those_stay_that_opencv_keeps(spread_px: float):
    draw = np.random.default_rng(0)
    for _ in range(150):
        count = int(draw.integers(2, MAX_CANDIDATES + 1))
        rows = np.zeros((count, 15), np.float32)
        rows[:, :2], rows[:, 2:4] = draw.normal(100, spread_px, (count, 2)), np.abs(draw.normal(0, spread_px, (count, 2)))
        rows[:, -1] = np.sort(draw.choice(np.float32([0.7, 0.8, 0.9]), count))[::-1]

        found = detections(rows, np.ones(2, np.float32), min_score=0.6, nms_iou=0.3)

        # OpenCV compares boxes of whole pixels, cut off, and takes two that are empty for one.
        kept = cv2.dnn.NMSBoxes(rows[:, :4].astype(np.int32).tolist(), rows[:, -1].tolist(), 0.6, 0.3)
        boxes = np.concatenate([rows[kept, :2], rows[kept, :2] + rows[kept, 2:4]], axis=1)
        assert sorted(face.box.tolist() for face in found) == sorted(boxes.tolist())
