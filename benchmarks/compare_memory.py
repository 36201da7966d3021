"""How much of Ray's object store a comparison of 24 people fills, every person left out once.

    python benchmarks/compare_memory.py [--people 24] [--clips 6]

The clips are made: 60 frames of 1,024 appearance values and 80 steps of sound, standard normal. Networks are trained for one epoch, as what
fills the store are the folds' inputs.
"""

import argparse
import re
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import ray
from ray._private.internal_api import memory_summary

sys.path.insert(0, str(Path(__file__).parents[1]))

from avemo_core.evaluation.folds import leave_out
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.training import presets
from cluster.compare.results import fit_all
from cluster.ray.session import session
from schemas.emotions import EMOTIONS
from schemas.features import SHAPE_WIDTH

FRAMES, STEPS, APPEARANCE, AUDIO, STORE_MIB = 60, 80, 1024, 300, 4096
USED = re.compile(r"Plasma memory usage (\d+) MiB, (\d+) objects")
SPILLED = re.compile(r"Spilled (\d+) MiB")


def made(people: int, clips: int) -> list[ClipFeatures]:
    """So many clips of each person."""
    draw = np.random.default_rng(0)
    return [
        ClipFeatures(
            clip_id=f"{person:02}-{clip:02}",
            source_id=f"{person:02}-{clip:02}",
            label=EMOTIONS[clip % len(EMOTIONS)],
            split=None,
            subject=f"person {person:02}",
            audio=draw.normal(size=(STEPS, AUDIO)).astype(np.float32),
            audio_time_s=np.arange(STEPS) * 0.032,
            shape=draw.normal(size=(FRAMES, SHAPE_WIDTH)).astype(np.float32),
            appearance=draw.normal(size=(FRAMES, APPEARANCE)).astype(np.float16),
            frame_time_s=np.arange(FRAMES) / 25,
            has_face=np.ones(FRAMES, bool),
        )
        for person in range(people)
        for clip in range(clips)
    ]


def watch(address: str, peak: list[int], done: threading.Event) -> None:
    """Keep the most MiB that were used and spilled, looked at every half second."""
    while not done.wait(0.5):
        said = memory_summary(address, stats_only=True)
        used, spilled = USED.search(said), SPILLED.search(said)
        peak[0] = max(peak[0], int(used[1]) if used else 0)
        peak[1] = max(peak[1], int(spilled[1]) if spilled else 0)


def main() -> None:
    """Print the peak."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=24)
    parser.add_argument("--clips", type=int, default=6)
    arguments = parser.parse_args()
    clips = made(arguments.people, arguments.clips)
    folds = leave_out([clip.subject for clip in clips], with_val=False)
    ray.init("local", num_cpus=2, object_store_memory=STORE_MIB << 20, include_dashboard=False, log_to_driver=False)
    peak, done, started_s = [0, 0], threading.Event(), time.monotonic()
    watching = threading.Thread(target=watch, args=(ray.get_runtime_context().gcs_address, peak, done))
    with session():
        watching.start()
        fit_all(clips, folds, lambda encoding: replace(presets.best(encoding), fit=replace(presets.best(encoding).fit, epochs=1)), None, 1)
        done.set()
        watching.join()
    store = f"at most {peak[0]} MiB in the store, {peak[1]} MiB spilled"
    print(f"{len(folds)} folds of {len(clips)} clips: {store}, {time.monotonic() - started_s:.0f} s")


if __name__ == "__main__":
    main()
