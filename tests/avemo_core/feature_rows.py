"""Clips' features as rows of a features table, for tests."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from avemo_core.features.clip_features import ClipFeatures
from schemas import features


def table(clips: Sequence[ClipFeatures], feature_set: str = "planted") -> pa.Table:
    """A features table of these clips."""
    schema = features.schema(clips[0].appearance.shape[1], clips[0].audio.shape[1])
    return pa.Table.from_pylist([_row(clip, feature_set) for clip in clips], schema)


def _row(clip: ClipFeatures, feature_set: str) -> dict[str, object]:
    stop_s = float(max(clip.frame_time_s[-1:].max(initial=0), clip.audio_time_s[-1:].max(initial=0)))
    names = ("clip_id", "source_id", "label", "split", "subject", "audio_time_s", "frame_time_s", "has_face")
    return {name: getattr(clip, name) for name in names} | {
        "uri": f"/clips/{clip.source_id}.mp4",
        "start_s": 0.0,
        "stop_s": stop_s,
        "duration_s": stop_s,
        "content_sha256": "",
        "face_box": [[0.25, 0.125, 0.75, 0.875] if found else [0.0] * 4 for found in clip.has_face],
        "audio": list(clip.audio),
        "shape": list(clip.shape),
        "appearance": list(clip.appearance.astype(np.float16)),
        "face_coverage": float(clip.has_face.mean()) if len(clip.has_face) else 0.0,
        "audio_coverage": 1.0 if len(clip.audio) else 0.0,
        "faces_max": 1,
        "decoded_share": 1.0,
        "sound_track": 0 if len(clip.audio) else None,
        "feature_set": feature_set,
    }
