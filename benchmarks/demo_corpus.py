"""What a clip of the demo corpus costs: CPU seconds for its sound, its pictures and its encoding.

Run: OMP_NUM_THREADS=1 python benchmarks/demo_corpus.py
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2

from avemo_core.synthetic import clip_file, corpus
from avemo_core.synthetic.faces.portraits import portraits
from avemo_core.synthetic.frames import frames
from schemas.audio import SAMPLE_RATE_HZ

CLIPS = 14


def cpu_s(work: Callable[[], object]) -> float:
    """CPU seconds of this process that the work takes."""
    start_s = time.process_time()
    work()
    return time.process_time() - start_s


def main() -> None:
    """Print the start-up once, then medians over the clips of two actors."""
    cv2.setNumThreads(1)
    print(f"portraits, once a process: {cpu_s(portraits):.2f} s")
    plans = corpus.plan()[:CLIPS]
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for plan in plans:
            sound_s = cpu_s(lambda plan=plan: corpus.sound(plan))
            pictures_s = cpu_s(lambda plan=plan: list(frames(plan)))
            pictures, samples, path = [frame.picture for frame in frames(plan)], corpus.sound(plan), Path(folder) / "clip.mp4"
            rows.append((sound_s, pictures_s, cpu_s(lambda: clip_file.write(path, pictures, 25, samples, SAMPLE_RATE_HZ))))  # noqa: B023 - called at once
    sound_s, pictures_s, encoding_s = (statistics.median(column) for column in zip(*rows, strict=True))
    print(f"a clip: sound {sound_s:.3f} s, pictures {pictures_s:.3f} s, encoding {encoding_s:.3f} s")


if __name__ == "__main__":
    main()
