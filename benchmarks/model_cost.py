"""What training and scoring preset best cost beside another checkout, in turns: CPU seconds of one thread, features in memory, no Ray.

    OMP_NUM_THREADS=1 python benchmarks/model_cost.py --features FEATURES --against PATH [--every 8] [--rounds 3]

Every so many-th clip is trained on, as `train --preset best` does with all of them, and scored with what was trained; scoring
is the least of six, as a busy machine makes it longer. PATH is the other checkout, such as `git worktree add PATH COMMIT`.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import pyarrow as pa
import torch

sys.path.append(str(Path(__file__).parents[1]))  # behind PYTHONPATH, which says of which checkout the packages are

from avemo_core.features.clip_features import from_table
from avemo_core.inference.predictor import Predictor
from avemo_core.training import presets
from avemo_core.training.bundle_training import fit_bundle
from avemo_core.training.splits import split_of
from cluster.tables.parts import read

ROOT = Path(__file__).parents[1]
RUNS = 6


def cost(features: str, every: int) -> tuple[float, float]:
    """CPU seconds of a training, and of measuring people and scoring all clips, by the checkout that is first on the path."""
    torch.set_num_threads(1)
    table = read(features).sort_by("clip_id")
    table = table.take(pa.array(range(0, len(table), every))).combine_chunks()
    has_faces = any(share > 0 for share in table.column("face_coverage").to_pylist())
    recipe = presets.best().reading("audio-visual" if has_faces else "sound")
    started_s = time.process_time()
    bundle = fit_bundle(recipe, from_table(table), split_of(table), [0], table.column("feature_set")[0].as_py())
    train_s, score_s = time.process_time() - started_s, float("inf")
    for _ in range(RUNS):
        predictor = Predictor(bundle)
        started_s = time.process_time()
        kept = {"voices": predictor.voices(table)} if hasattr(predictor, "voices") else {}  # as the job hands them on
        subjects = predictor.gather(table, **kept)
        for start in range(0, len(table), 64):
            predictor.rows(table.slice(start, 64), subjects, **kept)
        score_s = min(score_s, time.process_time() - started_s)
    return train_s, score_s


def cost_of(checkout: Path, features: Path, every: int) -> tuple[float, float]:
    """The same in a process of the checkout's own."""
    command = [sys.executable, str(Path(__file__)), "--features", str(features), "--every", str(every), "--one"]
    said = subprocess.run(command, cwd=checkout, env=os.environ | {"PYTHONPATH": str(checkout)}, check=True, capture_output=True, text=True)  # noqa: S603 - ourselves
    train_s, score_s = map(float, said.stdout.split()[-2:])
    return train_s, score_s


def main() -> None:
    """Print every round, and the medians' ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--every", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(*cost(str(arguments.features), arguments.every))
        return
    if arguments.against is None:
        parser.error("--against PATH: which checkout to take turns with")
    ratios: list[tuple[float, float]] = []
    for number in range(arguments.rounds):
        pair = [cost_of(checkout.resolve(), arguments.features.resolve(), arguments.every) for checkout in (ROOT, arguments.against)]
        for name, (train_s, score_s) in zip(("here", "against"), pair, strict=True):
            print(f"round {number + 1}  {name:8} train {train_s:7.1f} CPU s  score {score_s:6.2f} CPU s", flush=True)
        ratios.append((pair[0][0] / pair[1][0], pair[0][1] / pair[1][1]))
    for what, found in zip(("train", "score"), zip(*ratios, strict=True), strict=True):
        print(f"{what}: {median(found):.2f} of the other's (median of {len(found)} rounds)")


if __name__ == "__main__":
    main()
