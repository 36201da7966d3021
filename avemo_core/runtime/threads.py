"""One thread a process: a machine is filled with processes, one a core, and each library is set to it."""

from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import torch


def use_one() -> None:
    """Tell torch and OpenCV to compute on the calling thread; FFmpeg is set where a file is opened."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


@contextmanager
def kept() -> Iterator[None]:
    """Leave torch and OpenCV the threads that they had, whatever the block sets."""
    torch_threads, opencv_threads = torch.get_num_threads(), cv2.getNumThreads()
    try:
        yield
    finally:
        torch.set_num_threads(torch_threads)
        cv2.setNumThreads(opencv_threads)
