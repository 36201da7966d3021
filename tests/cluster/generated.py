"""Features and a model without any video: what scoring needs, made in a second."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from avemo_core.bundle.bundle import Bundle
from avemo_core.extraction import media_version
from avemo_core.features.clip_features import from_table
from avemo_core.features.preprocess.config import Modalities
from avemo_core.training import presets
from avemo_core.training.bundle_training import fit_bundle
from avemo_core.training.splits import SPLIT_COLUMNS, split_of
from schemas import features
from schemas.emotions import EMOTIONS
from schemas.faults import Fault

APPEARANCE, AUDIO, FEATURE_SET = 24, 60, f"generated features{media_version.part()}"
FAULTS = (Fault.BREAKS_OFF, None, None, Fault.DAMAGED, None)
SCHEMA = features.schema(APPEARANCE, AUDIO)


def rows(count: int, *, seed: int = 0, frames: int = 6, steps: int = 8, feature_set: str = FEATURE_SET) -> pa.Table:
    """Rows of a features table: standard normal sequences, seven subjects, every emotion in every split."""
    draw = np.random.default_rng(seed)
    return pa.Table.from_pylist([_row(index, draw, frames, steps, feature_set) for index in range(count)], schema=SCHEMA)


def _row(index: int, draw: np.random.Generator, frames: int, steps: int, feature_set: str) -> dict[str, object]:
    split = ("train", "train", "val", "test")[index // len(EMOTIONS) % 4]
    return {
        "clip_id": f"clip-{index:03}",
        "source_id": f"clip-{index:03}",
        "uri": f"/clips/{index}.mp4",
        "label": EMOTIONS[index % len(EMOTIONS)],
        "split": split,
        "subject": f"{split}-{index % 2}",
        "start_s": 0.0,
        "stop_s": frames / 25,
        "duration_s": frames / 25,
        "content_sha256": f"{index:064x}",
        "frame_time_s": (np.arange(frames) / 25).tolist(),
        "has_face": [True] * frames,
        "face_box": [[0.25, 0.125, 0.75, 0.875]] * frames,
        "shape": draw.normal(size=(frames, features.SHAPE_WIDTH)).tolist(),
        "appearance": draw.normal(size=(frames, APPEARANCE)).astype(np.float16).tolist(),
        "audio_time_s": (np.arange(steps) * 0.032).tolist(),
        "audio": draw.normal(size=(steps, AUDIO)).tolist(),
        "face_coverage": 1.0,
        "audio_coverage": 1.0,
        "faces_max": 1,
        "decoded_share": 0.5 if index % 5 == 0 else 1.0,
        "fault": FAULTS[index % len(FAULTS)],
        "sound_track": 0,
        "feature_set": feature_set,
    }


def without_faces(table: pa.Table) -> pa.Table:
    """The rows as sound files give them: no frames."""
    empty = {name: [] for name in ("frame_time_s", "has_face", "face_box", "shape", "appearance")}
    rows = [row | empty | {"face_coverage": 0.0, "faces_max": 0} for row in table.to_pylist()]
    return pa.Table.from_pylist(rows, SCHEMA)


def without_sound(table: pa.Table) -> pa.Table:
    """The rows as silent films give them: no audio steps."""
    rows = [row | {"audio_time_s": [], "audio": [], "audio_coverage": 0.0, "sound_track": None} for row in table.to_pylist()]
    return pa.Table.from_pylist(rows, SCHEMA)


def write_features(table: pa.Table, folder: Path, sizes: Sequence[int] = (20, 10)) -> str:
    """Put the rows into parts of these sizes, the last one taking the rest; a folder without a record beside it is a table too."""
    folder.mkdir(parents=True)
    starts = [0, *np.cumsum(sizes).tolist()]
    for number, (start, stop) in enumerate(zip(starts, [*starts[1:], len(table)], strict=True)):
        pq.write_table(table.slice(start, stop - start), folder / f"part-{number}.parquet", row_group_size=7)
    return str(folder)


def bundle(table: pa.Table, modalities: Modalities = "audio-visual") -> Bundle:
    """A model of few epochs on the rows, normalised by subject as `best` is."""
    recipe = presets.paper().reading(modalities)
    recipe = replace(
        recipe,
        model=replace(recipe.model, audio_components=8, shape_components=6, subject_normalised=True),
        fit=replace(recipe.fit, epochs=2),
    )
    return fit_bundle(recipe, from_table(table), split_of(table.select(SPLIT_COLUMNS)), [0], FEATURE_SET)
