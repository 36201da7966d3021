"""A row of the features table from the faces and the audio features of a segment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float, Float16, Float32
from numpy import ndarray

from avemo_core.audio_sets.steps import AudioSteps
from avemo_core.extraction.segments import Segment
from avemo_core.faces import shape
from avemo_core.faces.frame_faces import Face
from avemo_core.faces.landmarks import IBUG_49
from schemas.audio_sets import time_column, values_column
from schemas.face_box import FACE_BOX_WIDTH

LANDMARKS: Final = len(IBUG_49)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RowSequences:
    """What is seen in a row, frame by frame; a segment without pictures has no frames (docs/decisions/one-modality.md)."""

    frame_time_s: Float[ndarray, " t_v"]
    has_face: Bool[ndarray, " t_v"]
    face_box: Float32[ndarray, "t_v 4"] | None
    """None where a table says what is seen, and not where."""
    shape: Float32[ndarray, "t_v shape_width"] | None
    """Likewise."""
    appearance: Float16[ndarray, "t_v selected"] | Float32[ndarray, "t_v selected"]


def sequences(segment: Segment, track_faces: Sequence[Face | None], selected: int) -> RowSequences:
    """What is seen of one face of a segment; a segment without pictures has no frames.

    Args:
        segment: the segment.
        track_faces: the face in each of its frames, its appearance read; None where it was not found.
        selected: how many values an appearance has.
    """
    frame_time_s = np.array([frame.time_s for frame in segment.frames], float)
    has_face = np.zeros(len(frame_time_s), bool)
    points = np.zeros((len(has_face), LANDMARKS, 2), np.float32)
    appearance = np.zeros((len(has_face), selected), np.float16)
    face_box = np.zeros((len(has_face), FACE_BOX_WIDTH), np.float32)
    for step, face in enumerate(track_faces):
        if face is not None and face.appearance is not None:
            has_face[step], points[step], appearance[step] = True, face.landmarks, face.appearance
            face_box[step] = segment.frames[step].box_shares(face)
    return RowSequences(
        frame_time_s=frame_time_s,
        has_face=has_face,
        face_box=face_box,
        shape=shape.normalised(points, has_face),
        appearance=appearance,
    )


def table(sequences: RowSequences, audio: Mapping[str, AudioSteps], scalars: Mapping[str, Any], schema: pa.Schema) -> pa.Table:
    """One row.

    Args:
        sequences: what is seen.
        audio: what is heard, by audio set.
        scalars: every other column of the schema.
        schema: of the table.
    """
    lists = {name: getattr(sequences, name) for name in RowSequences.__slots__}
    lists |= {values_column(name): steps.values for name, steps in audio.items()}
    lists |= {time_column(name): steps.time_s for name, steps in audio.items()}
    columns = [
        _list_of(lists[field.name], field.type) if field.name in lists else pa.array([scalars[field.name]], field.type) for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _list_of(values: ndarray | None, type_: pa.DataType) -> pa.Array:
    """A list array of one list, of numbers or of vectors; of null where there is none."""
    if values is None:
        return pa.nulls(1, type_)
    inner = type_.value_type
    number = inner.value_type if pa.types.is_fixed_size_list(inner) else inner
    flat = pa.array(np.ascontiguousarray(values, number.to_pandas_dtype()).reshape(-1), number)
    steps = pa.FixedSizeListArray.from_arrays(flat, type=inner) if pa.types.is_fixed_size_list(inner) else flat
    return pa.ListArray.from_arrays(pa.array([0, len(values)], pa.int32()), steps, type=type_)
