"""What a face costs the network: CPU milliseconds on one thread, by precision, medians over passes.

Run: OMP_NUM_THREADS=1 python benchmarks/face_network.py
"""

import statistics
import time

import numpy as np

from avemo_core.appearance import networks
from avemo_core.runtime import threads

FACES, PASSES = 32, 7


def main() -> None:
    """Print milliseconds a face, and how far each precision's feature map lies from that of float32."""
    threads.use_one()
    chips = np.random.default_rng(0).integers(0, 256, (FACES, 150, 150, 3), dtype=np.uint8)
    exact = networks.load("resnet29").feature_map(chips)
    for precision in ("float32", "bfloat16"):
        network = networks.load("resnet29", precision=precision)
        spent_ms = []
        for _ in range(PASSES):
            start_s = time.process_time()
            feature_map = network.feature_map(chips)
            spent_ms.append(1000 * (time.process_time() - start_s) / FACES)
        error = ((feature_map - exact).abs().mean() / exact.abs().mean()).item()
        print(f"resnet29 {precision:<9} {statistics.median(spent_ms):5.2f} ms a face, mean error {100 * error:.2f} % of the mean value")


if __name__ == "__main__":
    main()
