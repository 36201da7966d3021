"""The features table: one row a clip, its sequences as lists with one entry a step."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from schemas.audio import AUDIO_WIDTH
from schemas.columns import column, vectors
from schemas.condition import CONDITION, SOUND_TRACK
from schemas.face_box import FACE_BOX
from schemas.identity import IDENTITY

SHAPE_WIDTH: Final = 98
"""49 landmarks, x and y."""

APPEARANCE_WIDTH: Final = 1024
"""Values of the network's feature map that the random forest selects (Chao et al. 2016, section 3.2)."""


def schema(appearance: int, audio: int) -> pa.Schema:
    """The schema for so many appearance values a frame and so many audio values a step."""
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
            column(
                "shape",
                vectors(SHAPE_WIDTH, pa.float32()),
                "clip scale",
                "49 landmarks a frame as x0, y0, x1, y1, ..., less the clip's mean position, over the clip's scale; zeros without a face",
            ),
            column(
                "appearance",
                vectors(appearance, pa.float32()),
                "",
                "selected values of the network's feature map, a vector a frame, rounded to float16; zeros without a face",
            ),
            column(
                "audio_time_s", pa.list_(pa.float32()), "s", "time of each audio step on the file's clock; no steps where there is no sound"
            ),
            column("audio", vectors(audio, pa.float32()), "", "the 27 YAAFE features, a vector an audio step (schemas.audio.COLUMNS)"),
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
