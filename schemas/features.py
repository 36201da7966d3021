"""The features table: one row a clip, its sequences as lists with one entry a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyarrow as pa

from schemas.audio import AUDIO_WIDTH
from schemas.audio_sets import AudioSet, fields_of, yaafe_fields
from schemas.columns import column, vectors
from schemas.condition import CONDITION, SOUND_TRACK
from schemas.face_box import FACE_BOX
from schemas.identity import IDENTITY

SHAPE_WIDTH: Final = 98
"""49 landmarks, x and y."""

APPEARANCE_WIDTH: Final = 1024
"""Values of the network's feature map that the random forest selects (Chao et al. 2016, section 3.2)."""

_SHAPE: Final = column(
    "shape",
    vectors(SHAPE_WIDTH, pa.float32()),
    "clip scale",
    "49 landmarks a frame as x0, y0, x1, y1, ..., less the clip's mean position, over the clip's scale; zeros without a face",
)


def schema(appearance: int, audio: int | None, sets: Sequence[AudioSet] = (), *, with_shape: bool = True) -> pa.Schema:
    """The schema of a table of these parts.

    Args:
        appearance: values a frame.
        audio: values a step of the 27 features; None: the table has not them.
        sets: its further audio sets, in their order.
        with_shape: whether it has landmarks; faces of a user's own table have none.
    """
    return pa.schema(
        [
            *IDENTITY,
            column("duration_s", pa.float64(), "s", "length of the row's range that decoded"),
            column("content_sha256", pa.string(), "", "sha256 of the file's bytes, hexadecimal"),
            column(
                "frame_time_s", pa.list_(pa.float32()), "s", "time of each frame on the file's clock; no frames where there are no pictures"
            ),
            column("has_face", pa.list_(pa.bool_()), "", "whether the frame's face was found"),
            FACE_BOX,
            *((_SHAPE,) if with_shape else ()),
            column(
                "appearance",
                vectors(appearance, pa.float32()),
                "",
                "selected values of the network's feature map, a vector a frame, rounded to float16; zeros without a face",
            ),
            *(yaafe_fields(audio) if audio is not None else ()),
            *(field for audio_set in sets for field in fields_of(audio_set)),
            column("face_coverage", pa.float32(), "share", "share of the frames that have a face"),
            column("audio_coverage", pa.float32(), "share", "share of the audio steps that have energy"),
            column("faces_max", pa.int32(), "faces", "most faces seen in one frame"),
            *CONDITION,
            SOUND_TRACK,
            column(
                "feature_set",
                pa.string(),
                "",
                "what a model must agree with: network and feature map, selection, landmarks, audio set, subsampling, media version",
            ),
        ]
    )


FEATURES: Final = schema(APPEARANCE_WIDTH, AUDIO_WIDTH)
