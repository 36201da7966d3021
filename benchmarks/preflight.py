"""What a preflight costs, and by how much each precision differs from float32 on this machine.

    OMP_NUM_THREADS=1 python benchmarks/preflight.py

Of other units of the processor: once with --keep FILE, then with OPENCV_CPU_DISABLE=AVX2,FMA3,AVX before it and --beside FILE.
"""

import argparse
import pickle
from pathlib import Path
from time import process_time

import numpy as np

from avemo_core.appearance import networks
from avemo_core.appearance.selection import Selection
from avemo_core.extraction.config import ExtractionConfig
from avemo_core.faces.landmarks import STEADIER_SCHEME
from avemo_core.preflight.sample import Sample, sample


def _distance(found: np.ndarray, expected: np.ndarray) -> float:
    return float((np.linalg.norm(found - expected, axis=1) / np.linalg.norm(expected, axis=1)).max())


def _print(name: str, found: Sample, expected: Sample, cpu_s: float) -> None:
    shape = np.abs(found.shape - expected.shape).max()
    appearance, sound = _distance(found.appearance, expected.appearance), _distance(found.audio, expected.audio)
    print(f"{name:24} {cpu_s:8.2f} {appearance:10.4f} {shape:8.4f} {sound:8.4f}")


def main() -> None:
    """Print a line for each precision, and for the other landmark network."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--beside", type=Path)
    arguments = parser.parse_args()
    selection = Selection.all(networks.load())
    expected = sample(ExtractionConfig(), selection)
    if arguments.keep:
        arguments.keep.write_bytes(pickle.dumps(expected))
    if arguments.beside:
        expected = pickle.loads(arguments.beside.read_bytes())  # noqa: S301 - what --keep wrote
    print(f"{'':24} {'CPU s':>8} {'appearance':>10} {'shape':>8} {'sound':>8}")
    configs = {precision: ExtractionConfig(precision=precision) for precision in networks.PRECISIONS}
    for name, config in {**configs, STEADIER_SCHEME: ExtractionConfig(landmarks=STEADIER_SCHEME)}.items():
        started_s = process_time()
        found = sample(config, selection)
        _print(name, found, expected, process_time() - started_s)


if __name__ == "__main__":
    main()
