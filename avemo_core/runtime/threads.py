"""One thread a process: a machine is filled with processes, one a core, and each library is set to it."""

import cv2
import torch


def use_one() -> None:
    """Tell torch and OpenCV to compute on the calling thread; FFmpeg is set where a file is opened."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
