"""A training whose features lie in memory, and on the disk: peak memory of the process, and time.

    OMP_NUM_THREADS=1 python benchmarks/train_memory.py [--gb 3] [--epochs 2] [--preset best] [--only disk]

Features are random, of clips of three seconds with a face and sound (75 frames, 94 audio steps), six emotions and twelve people, as one
table in a temporary folder. Each training is a process of its own and reads the table as a worker of `train` does; peak memory is the
largest resident set, mapped files included. Both trainings must end in the same weights.
"""

import argparse
import hashlib
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[1]))

from avemo_core.features.clip_features import FEATURE_COLUMNS, ClipFeatures, from_table
from avemo_core.runtime import threads
from avemo_core.runtime.scratch import in_memory, on_disk
from avemo_core.training import presets
from avemo_core.training.bundle_training import fit_bundle
from avemo_core.training.splits import SPLIT_COLUMNS, split_of
from cluster.tables import parts
from schemas.audio import AUDIO_WIDTH
from schemas.emotions import EMOTIONS
from schemas.features import APPEARANCE_WIDTH, SHAPE_WIDTH
from tests.avemo_core.feature_rows import table

FRAMES, STEPS, PEOPLE, PART_CLIPS = 75, 94, 12, 100
CLIP_BYTES = 4 * (FRAMES * (SHAPE_WIDTH + APPEARANCE_WIDTH) + STEPS * AUDIO_WIDTH)


def main() -> None:
    """Print a line a training, and the second's ratios to the first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gb", type=float, default=3.0)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--preset", choices=("best", "paper"), default="best")
    parser.add_argument("--only", choices=("memory", "disk"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clips = round(given.gb * 1e9 / CLIP_BYTES)
        for start in range(0, clips, PART_CLIPS):
            part = [clip(number) for number in range(start, min(start + PART_CLIPS, clips))]
            pq.write_table(table(part), f"{folder}/part-{start:06d}.parquet", row_group_size=24, use_dictionary=False)
        size_gb = parts.size_bytes(folder, list(FEATURE_COLUMNS)) / 1e9
        print(f"{clips} clips, {size_gb:.2f} GB of features; preset {given.preset}, {given.epochs} epochs", flush=True)
        found = {where: _apart(folder, where, given) for where in ("memory", "disk") if given.only in (None, where)}
    for where, one in found.items():
        print(f"{where:7} {one['seconds']:.0f} s, {one['cpu_s']:.0f} CPU s, peak {one['peak_gb']:.2f} GB")
    if len(found) == 2:
        memory, disk = found["memory"], found["disk"]
        print(f"same weights: {memory['weights'] == disk['weights']}")
        for what in ("seconds", "cpu_s"):
            print(f"disk over memory, {what}: {disk[what] / memory[what]:.2f}")


def clip(number: int) -> ClipFeatures:
    """One clip; its label moves its values, so that there is something to learn."""
    draw, emotion = np.random.default_rng(number), number % 6
    return ClipFeatures(
        clip_id=f"clip-{number:06d}",
        source_id=f"clip-{number:06d}",
        label=[name for name in EMOTIONS if name != "disgust"][emotion],
        split=None,
        subject=f"person-{number // 6 % PEOPLE:02d}",
        audio=draw.gamma(1 + emotion, size=(STEPS, AUDIO_WIDTH)).astype(np.float32),
        audio_time_s=np.arange(STEPS, dtype=np.float32) * np.float32(0.032),
        shape=draw.normal(emotion / 10, size=(FRAMES, SHAPE_WIDTH)).astype(np.float32),
        appearance=draw.normal(emotion / 10, size=(FRAMES, APPEARANCE_WIDTH)).astype(np.float16),
        frame_time_s=np.arange(FRAMES, dtype=np.float32) * np.float32(0.04),
        has_face=np.ones(FRAMES, bool),
    )


def _apart(folder: str, where: str, given: argparse.Namespace) -> Mapping[str, Any]:
    with multiprocessing.get_context("spawn").Pool(1) as process:
        return json.loads(process.apply(trained, (folder, where, given.epochs, given.preset)))


def trained(folder: str, where: str, epochs: int, preset: str) -> str:
    """Train as a worker does, in this process; figures as JSON."""
    threads.use_one()
    started, cpu = time.monotonic(), time.process_time()
    recipe = presets.best() if preset == "best" else presets.paper()
    recipe = replace(recipe, fit=replace(recipe.fit, epochs=epochs))
    split = split_of(parts.read(folder, list(SPLIT_COLUMNS)))
    columns, storage = list(FEATURE_COLUMNS), on_disk if where == "disk" else in_memory
    with storage() as keep:
        tables = parts.row_groups(folder, columns) if where == "disk" else [parts.read(folder, columns)]
        clips = [keep(one) for rows in tables for one in from_table(rows)]
        bundle = fit_bundle(recipe, clips, split, [0], "random", storage=storage)
    weights = b"".join(bundle.members[0][name].numpy().tobytes() for name in sorted(bundle.members[0]))
    return json.dumps(
        {
            "seconds": time.monotonic() - started,
            "cpu_s": time.process_time() - cpu,
            "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9,
            "weights": hashlib.sha256(weights).hexdigest(),
        }
    )


if __name__ == "__main__":
    main()
