"""What a face of the built-in clip costs the network: CPU milliseconds on one thread, precisions in turns, medians over passes.

Run: OMP_NUM_THREADS=1 python benchmarks/face_network.py
"""

import statistics
import time

import numpy as np

from avemo_core.appearance import networks
from avemo_core.corpora.clip import Clip
from avemo_core.faces.clip_chips import chips_of
from avemo_core.faces.detect import Detector
from avemo_core.faces.mesh import Mesh
from avemo_core.preflight.sample import CLIP
from avemo_core.runtime import threads

FACES, PASSES = 64, 7


def main() -> None:
    """Print milliseconds a face, and how far each precision's feature map lies from that of float32."""
    threads.use_one()
    faces, _ = chips_of(Clip(source_id="clip", uri=str(CLIP)), Detector(), Mesh(), every_s=0.0)
    chips = np.resize(faces, (FACES, *faces.shape[1:]))
    exact = networks.load("resnet29").feature_map(chips)
    every = {precision: networks.load("resnet29", precision=precision) for precision in ("float32", "bfloat16", "int8")}
    errors = {name: ((network.feature_map(chips) - exact).abs().mean() / exact.abs().mean()).item() for name, network in every.items()}
    spent_ms: dict[str, list[float]] = {precision: [] for precision in every}
    for _ in range(PASSES):
        for precision, network in every.items():
            start_s = time.process_time()
            network.feature_map(chips)
            spent_ms[precision].append(1000 * (time.process_time() - start_s) / FACES)
    for precision, error in errors.items():
        cost_ms = statistics.median(spent_ms[precision])
        print(f"resnet29 {precision:<9} {cost_ms:5.2f} ms a face, mean error {100 * error:.2f} % of the mean value")


if __name__ == "__main__":
    main()
