"""YuNet by LiteRT, as avemo runs it, beside OpenCV's own inference of the same file: CPU milliseconds a picture, in turns.

OMP_NUM_THREADS=1 python benchmarks/detection.py [--turns 15]
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from skimage.data import astronaut

sys.path.insert(0, str(Path(__file__).parents[1]))

from avemo_core.faces.detect import BESIDE_WIDTH_PX, COPY_WIDTH_PX, MIN_SCORE, NMS_IOU, SMALL_FACES_WIDTH_PX, UPRIGHT_PX
from avemo_core.faces.yunet.detections import MAX_CANDIDATES, detections
from avemo_core.faces.yunet.network import YuNet
from avemo_core.runtime import weights

SIZES = {
    "a tracked face, verified": (UPRIGHT_PX, UPRIGHT_PX),
    "the search, 4:3": (COPY_WIDTH_PX, 240),
    "the search, 16:9": (COPY_WIDTH_PX, 180),
    "beside larger ones, 16:9": (BESIDE_WIDTH_PX, 360),
    "small faces, 16:9": (SMALL_FACES_WIDTH_PX, 540),
}


def main() -> None:
    """Print a line for each use."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=15)
    turns = parser.parse_args().turns
    cv2.setNumThreads(1)
    for use, size in SIZES.items():
        picture = cv2.resize(np.ascontiguousarray(astronaut()[:, :, ::-1]), size, interpolation=cv2.INTER_AREA)
        ours, opencvs = _in_turns([_by_litert(picture), _by_opencv(picture)], turns)
        print(f"{use}, {size[0]}x{size[1]}: {ours:.2f} by LiteRT, {opencvs:.2f} by OpenCV, {opencvs / ours:.1f} times")


def _by_litert(picture: np.ndarray) -> Callable[[], object]:
    net = YuNet()
    return lambda: detections(net.candidates(picture, MIN_SCORE), np.ones(2, np.float32), min_score=MIN_SCORE, nms_iou=NMS_IOU)


def _by_opencv(picture: np.ndarray) -> Callable[[], object]:
    net = cv2.FaceDetectorYN.create(str(weights.path_of("yunet")), "", picture.shape[1::-1], MIN_SCORE, NMS_IOU, MAX_CANDIDATES)
    return lambda: net.detect(picture)


def _in_turns(calls: list[Callable[[], object]], turns: int) -> list[float]:
    """The median of each, in milliseconds; the first turn warms up."""
    found: list[list[float]] = [[] for _ in calls]
    for turn in range(turns + 1):
        for call, taken in zip(calls, found, strict=True):
            start_s = time.process_time()
            call()
            if turn:
                taken.append(1e3 * (time.process_time() - start_s))
    return [statistics.median(taken) for taken in found]


if __name__ == "__main__":
    main()
