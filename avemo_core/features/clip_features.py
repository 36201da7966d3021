"""A clip's sequences, as they stand in the features table."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float, Float16, Float32

from avemo_core.audio import energy
from avemo_core.audio_sets.steps import AudioSteps
from avemo_core.errors import TableError
from avemo_core.features.parts import FACE_COLUMNS, FACE_PARTS, PAPER, audio_sets, columns_of, parts_in
from avemo_core.features.voice import Voice
from avemo_core.runtime.stored import storable
from schemas.audio import AUDIO_WIDTH, COLUMNS
from schemas.audio_sets import YAAFE, halves_in
from schemas.features import SHAPE_WIDTH

_NAMES: Final = ("clip_id", "source_id", "label", "split", "subject")

_COVERAGE: Final = "audio_coverage"

FEATURE_COLUMNS: Final = (
    *_NAMES,
    "audio",
    "audio_time_s",
    "shape",
    "appearance",
    "frame_time_s",
    "has_face",
)
"""What `from_table` reads of a table of the paper's three parts; the other columns may be left out."""


def feature_columns(parts: tuple[str, ...]) -> list[str]:
    """The columns that hold these parts, with those that every clip has; what `from_table` needs of a table of others too."""
    if parts == PAPER:
        return list(FEATURE_COLUMNS)
    return [*_NAMES, *FACE_COLUMNS, _COVERAGE, *(column for part in parts for column in columns_of(part))]


def columns_to_read(parts: tuple[str, ...], columns: Collection[str]) -> list[str]:
    """Those of a table's columns that a model needs which reads these parts; what the table does not hold it does without.

    Args:
        parts: the model's, of both modalities.
        columns: of the table.
    """
    held = parts_in(columns)
    return feature_columns(tuple(part for part in parts if part in held))


@dataclass(frozen=True, kw_only=True, eq=False)
class ClipFeatures:
    """One row of the features table as arrays; they may be read-only views into the table's own memory, or lie on a disk.

    A part that the table does not hold has no columns.
    """

    clip_id: str
    source_id: str
    label: str | None
    split: str | None
    subject: str | None
    audio: Float32[np.ndarray, "t_a d_a"] = storable()
    """yaafe27; no rows where the clip has no sound."""
    audio_time_s: Float[np.ndarray, " t_a"]
    shape: Float32[np.ndarray, "t_v d_shape"] = storable()
    appearance: Float16[np.ndarray, "t_v d_appearance"] | Float32[np.ndarray, "t_v d_appearance"] = storable()
    frame_time_s: Float[np.ndarray, " t_v"]
    """No frames where the clip has no pictures; a table of 0.2 or before has frames without a face there, at 25 fps."""
    has_face: Bool[np.ndarray, " t_v"]
    other_audio: Mapping[str, AudioSteps] = storable(dict)
    """The other audio sets, by name."""
    audio_coverage: float | None = None
    """Share of the sound that is audible, where the table says so; asked only where there is no energy to see it by."""
    voice: Voice | None = storable(lambda: None)
    """Of `audio`, where it was read before; whoever gives a clip another sound takes it away."""

    @property
    def audio_columns(self) -> Mapping[str, slice]:
        """Where each of the 27 features lies in `audio`, whose column says no names: all of them where it has their width, else none."""
        return COLUMNS if self.audio.shape[1] == AUDIO_WIDTH else {}

    @property
    def has_sound(self) -> bool:
        """Whether any audio step has energy: a sound track may be there, and hold nothing."""
        if "Energy" in self.audio_columns:
            return bool(energy.audible(self.audio).any())
        return self.audio_coverage != 0 and any(len(steps.values) for steps in self.audio_by_name.values())

    @property
    def audio_by_name(self) -> Mapping[str, AudioSteps]:
        """Every audio set by name, yaafe27 among them where it has columns."""
        own = {YAAFE: AudioSteps(self.audio, self.audio_time_s)} if self.audio.shape[1] else {}
        return {**own, **self.other_audio}

    @property
    def is_finite(self) -> bool:
        """Whether no value is NaN or infinite."""
        values = (self.audio, self.shape, self.appearance, *(steps.values for steps in self.other_audio.values()))
        return all(np.isfinite(each).all() for each in values)


def from_table(table: pa.Table) -> list[ClipFeatures]:
    """Read rows of a features table, all parts that it holds, without a copy of the values where they lie in one chunk.

    Raises:
        TableError: a column is missing, a row has neither frame nor audio step, or the lists of a row differ in length.
    """
    parts = _checked_parts(table)
    columns = [name for name in feature_columns(parts) if name in table.column_names]
    table = table.select(columns)
    return [sequences for batch in table.to_batches() for sequences in _rows(batch, parts)]


def _checked_parts(table: pa.Table) -> tuple[str, ...]:
    parts = parts_in(table.column_names)
    missing = [name for name in (*_NAMES, *FACE_COLUMNS, *halves_in(table.column_names)) if name not in table.column_names]
    if missing or not parts:
        expected = (*_NAMES, *FACE_COLUMNS, "and a part: shape, appearance, audio with audio_time_s, or audio_NAME with audio_NAME_time_s")
        found = f"no {', '.join(missing)}" if missing else "none of the parts"
        raise TableError.mismatch("features table", ", ".join(expected), found, "Give a table that `extract` wrote.")
    return parts


def _rows(batch: pa.RecordBatch, parts: tuple[str, ...]) -> Iterator[ClipFeatures]:
    scalars = {name: batch.column(name).to_pylist() for name in (*_NAMES, _COVERAGE) if name in batch.schema.names}
    lists = {name: _split(batch.column(name)) for name in batch.schema.names if name not in scalars}
    for row in range(batch.num_rows):
        found = {name: column[row] for name, column in lists.items()}
        frames, others = found["frame_time_s"], [name for name in audio_sets(parts) if name != YAAFE]
        values = {
            "shape": found["shape"].reshape(-1, SHAPE_WIDTH) if "shape" in found else _nothing(len(frames)),
            "appearance": found.get("appearance", _nothing(len(frames))),
            "audio": found.get("audio", _nothing(0)),
            "audio_time_s": found.get("audio_time_s", np.zeros(0, np.float32)),
            "frame_time_s": frames,
            "has_face": found["has_face"],
            "other_audio": {name: AudioSteps(*(found[column] for column in columns_of(name))) for name in others},
            **{name: column[row] for name, column in scalars.items()},
        }
        # A table whose parts were all read has something in every row; one of which some were read may have rows without these.
        _check_row(values, may_be_empty=parts != PAPER)
        yield ClipFeatures(**values)


def _nothing(steps: int) -> Float32[np.ndarray, "steps none"]:
    return np.zeros((steps, 0), np.float32)


def _split(column: pa.Array) -> list[np.ndarray]:
    """One array a row, views into the column's flat values."""
    offsets = column.offsets.to_numpy()
    values = column.values
    if pa.types.is_fixed_size_list(values.type):
        # `values` of a fixed-size list ignores its own offset, `flatten` heeds it and drops nulls, of which there are none.
        flat = values.flatten().to_numpy(zero_copy_only=False).reshape(-1, values.type.list_size)
    else:
        flat = values.to_numpy(zero_copy_only=False)
    return [flat[start:stop] for start, stop in pairwise(offsets)]


def _check_row(values: Mapping[str, Any], *, may_be_empty: bool) -> None:
    t_v, t_a = len(values["frame_time_s"]), len(values["audio_time_s"])
    others: Mapping[str, AudioSteps] = values["other_audio"]
    found = {name: len(values[name]) for name in ("has_face", *FACE_PARTS, "audio")}
    found |= {name: len(each.values) for name, each in others.items()}
    expected = dict.fromkeys(("has_face", *FACE_PARTS), t_v) | {"audio": t_a} | {name: len(each.time_s) for name, each in others.items()}
    steps = t_v + t_a + sum(len(each.time_s) for each in others.values())
    if found != expected or not (steps or may_be_empty):
        raise TableError.mismatch(
            f"features of clip {values['clip_id']}",
            expected if steps else "at least one frame or audio step",
            found,
            "The row is damaged: extract the clip again.",
        )
