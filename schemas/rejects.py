"""The rejects table: every clip that could not be used, with the reason."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import pyarrow as pa

from schemas.columns import column


class Reason(StrEnum):
    """Why a clip was rejected: the closed list."""

    MISSING = "missing"
    """The file, or the sound track asked for, is not there, may not be read, or the file was written to while it was read."""
    DECODE_FAILED = "decode_failed"
    """Not a media file FFmpeg reads, or broken before one second decoded."""
    NO_VIDEO = "no_video"
    """Neither moving pictures nor sound: a still picture, or a file without a stream that can be played."""
    NO_FACE_NO_AUDIO = "no_face_no_audio"
    """No frame with a usable face and no sound with energy."""
    NOT_READ = "not_read"
    """The model reads sound alone, or faces alone, and the clip has none."""
    TOO_SHORT = "too_short"
    """Nothing, or too little to use, lies in the clip's range."""
    TOO_LONG = "too_long"
    """Longer than a whole-clip row may be; the detail names the option that divides it into segments."""
    TOO_LARGE = "too_large"
    """More bytes, pixels or streams than the limits allow."""
    FORBIDDEN = "forbidden"
    """A playlist or a container that points to other files or to the network."""
    DEADLINE = "deadline"
    """Its worker did not finish with it in time."""
    WORKER_DIED = "worker_died"
    """It ended its worker process each time it was tried."""
    FAILED = "failed"
    """An error the program did not foresee; the detail shows it."""


REJECTS: Final = pa.schema(
    [
        column("clip_id", pa.string(), "", "id of the rejected clip or segment of one"),
        column("source_id", pa.string(), "", "the clip's id in the clips table"),
        column("uri", pa.string(), "", "where the clip was read from"),
        column("stage", pa.string(), "", "what was being done: read, decode, faces, audio, score"),
        column("reason", pa.string(), "", "one of schemas.rejects.Reason"),
        column("detail", pa.string(), "", "what was seen, in words"),
        column("attempts", pa.int32(), "attempts", "how often the clip was tried"),
        column("worker", pa.string(), "", "which worker tried it last: host and process"),
        column("time", pa.timestamp("ms", tz="UTC"), "", "when it was rejected"),
    ]
)
