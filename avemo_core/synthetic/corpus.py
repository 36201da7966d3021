"""Make the demo corpus: a folder of clips and the table that says what was planted in them."""

import csv
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from avemo_core.synthetic import clip_file
from avemo_core.synthetic.frames import frames
from avemo_core.synthetic.performance import prosodies, speech
from avemo_core.synthetic.plans import CLIPS, DURATION_S, FPS, ClipPlan, plan
from avemo_core.synthetic.voices import voice
from avemo_core.synthetic.voices.speech import MARGIN_S
from schemas.audio import SAMPLE_RATE_HZ

COLUMNS = ("clip_id", "path", "label", "subject", "split", "segment_start_s", "segment_stop_s", "av_offset_s")


def make(out: Path, *, clips: int = CLIPS, seed: int = 0, duration_s: tuple[float, float] = DURATION_S) -> Path:
    """Make the corpus in this process; clips that are there already are kept.

    Args:
        out: folder to make it in.
        clips: how many.
        seed: of the corpus.
        duration_s: shortest and longest clip.

    Returns:
        The clips table, `out/clips.csv`.

    Raises:
        ConfigError: too few clips, or a face model file is missing.
    """
    plans = plan(clips=clips, seed=seed, duration_s=duration_s)
    for one in plans:
        render(one, out)
    return write_table(plans, out)


def render(plan: ClipPlan, folder: Path) -> Path:
    """Render one clip into the folder, unless it is there; the same plan gives the same file wherever it is rendered.

    Raises:
        ConfigError: a face model file is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{plan.clip_id}.mp4"
    if not path.exists():
        pictures = (frame.picture for frame in frames(plan))
        clip_file.write(path, pictures, FPS, sound(plan), SAMPLE_RATE_HZ)
    return path


def sound(plan: ClipPlan) -> Float32[ndarray, " sample"]:
    """The clip's sound at `SAMPLE_RATE_HZ`, shifted by the planted offset."""
    margin = round(MARGIN_S * SAMPLE_RATE_HZ)
    count = round(plan.duration_s * SAMPLE_RATE_HZ)
    time_s = np.arange(-margin, count + margin) / SAMPLE_RATE_HZ
    longer = voice.sound(time_s, speech(plan), plan.segment, prosodies(plan), plan.actor.voice, np.random.default_rng([plan.seed, 4]))
    start = margin - round(plan.av_offset_s * SAMPLE_RATE_HZ)
    return longer[start : start + count]


def write_table(plans: Iterable[ClipPlan], folder: Path) -> Path:
    """Write `clips.csv` beside the clips; nothing is planted in neutral ones, so their segment is empty."""
    path = folder / "clips.csv"
    staging = path.with_name(f".{path.name}.{os.getpid()}")
    with staging.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        table.writerows(_row(one) for one in plans)
    staging.replace(path)
    return path


def _row(plan: ClipPlan) -> tuple[str | float, ...]:
    segment: tuple[str | float, str | float] = ("", "") if plan.label == "neutral" else (plan.segment.start_s, plan.segment.stop_s)
    return (plan.clip_id, f"{plan.clip_id}.mp4", plan.label, plan.actor.name, plan.split, *segment, plan.av_offset_s)
