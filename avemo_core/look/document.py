"""look.json: what was seen and heard of a clip's range, as numbers. Its keys are described in docs/guides/look.md."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from avemo_core.faces import boxes
from avemo_core.faces.frame_faces import Face, FrameFaces, main_track
from avemo_core.media.recording import Recording
from avemo_core.media.sound import Sound
from avemo_core.media.sound_choice import Channel
from schemas.audio import SAMPLE_RATE_HZ

FORMAT: Final = 1
"""Goes up when a key changes its meaning or leaves."""
_DECIMALS: Final = 4
"""Of shares and scores: a tenth of a pixel, and finer than FaceMesh's noise."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SeenPicture:
    """One picture, without its pixels."""

    faces: FrameFaces
    """In pixels of the picture."""
    brightness: float
    """Mean luma: 0 is black, 255 is white."""
    width: int
    height: int
    """As it was decoded, upright and with square pixels."""

    @property
    def time_s(self) -> float:
        """When it comes up, on the file's clock."""
        return self.faces.time_s


def document(recording: Recording, pictures: Sequence[SeenPicture], sound: Sound | None, *, clip: str, channel: Channel) -> dict[str, Any]:
    """All of look.json but its pictures one by one, once the recording is decoded.

    Args:
        recording: the clip's range, gone through.
        pictures: those of the range.
        sound: what was listened to.
        clip: where it was read from, without credentials.
        channel: which of the sound was asked for.
    """
    condition = recording.condition()
    return {
        "made_by": "avemo",
        "format": FORMAT,
        "clip": clip,
        "content_sha256": recording.sha256,
        "start_s": recording.start_s,
        "stop_s": max(recording.end_s, recording.start_s),
        "decoded_share": condition.decoded_share,
        "fault": None if condition.fault is None else str(condition.fault),
        "streams": [
            {
                "kind": stream.kind,
                "index": stream.place,
                "codec": stream.codec,
                "language": stream.language,
                "chosen": stream.is_chosen,
                "width": stream.width_px,
                "height": stream.height_px,
                "fps": stream.fps,
                "rate_hz": stream.rate_hz,
                "channels": stream.channels,
            }
            for stream in recording.streams
        ],
        "sound": None
        if sound is None
        else {
            "start_s": sound.start_s,
            "rate": SAMPLE_RATE_HZ,
            "samples": len(sound.samples),
            "sound_track": recording.sound_track,
            "channel": channel,
        },
        "width": pictures[0].width if pictures else None,
        "height": pictures[0].height if pictures else None,
        "main_track": main_track(each.faces for each in pictures),
    }


def text(head: Mapping[str, Any], pictures: Sequence[SeenPicture]) -> str:
    """The file's text: strict JSON, a picture a line."""
    opening = json.dumps(head, indent=2, ensure_ascii=False, allow_nan=False).removesuffix("\n}")
    lines = ",".join(f"\n    {json.dumps(_entry(each), allow_nan=False)}" for each in pictures)
    end = "\n  " if lines else ""
    return f'{opening},\n  "pictures": [{lines}{end}]\n}}\n'


def _entry(picture: SeenPicture) -> dict[str, Any]:
    # The time is not rounded: as float32 it is that of the features table.
    return {
        "time_s": picture.time_s,
        "brightness": round(picture.brightness, 2),
        "faces": [_face(face, picture) for face in picture.faces.faces],
    }


def _face(face: Face, picture: SeenPicture) -> dict[str, Any]:
    box = boxes.shares(face.box, picture.width, picture.height)
    return {"track": face.track, "box": [round(float(share), _DECIMALS) for share in box], "score": round(face.score, _DECIMALS)}
