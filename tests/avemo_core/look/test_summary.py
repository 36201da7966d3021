from typing import Any

import numpy as np

from avemo_core.faces.frame_faces import Face, FrameFaces
from avemo_core.look import summary
from avemo_core.look.document import SeenPicture

VIDEO = {
    "kind": "video",
    "index": 0,
    "codec": "h264",
    "language": "und",
    "chosen": True,
    "width": 640,
    "height": 360,
    "fps": 29.97,
    "rate_hz": None,
    "channels": None,
}
SOUND = {
    "kind": "audio",
    "index": 1,
    "codec": "aac",
    "language": "eng",
    "chosen": False,
    "width": None,
    "height": None,
    "fps": None,
    "rate_hz": 48_000,
    "channels": 2,
}


def head(**other: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever look.json holds
    streams = [SOUND, VIDEO, SOUND | {"kind": "data", "index": 2, "codec": None, "language": None, "rate_hz": None, "channels": None}]
    known = {"streams": streams, "start_s": 1.5, "stop_s": 4.0, "decoded_share": 1.0, "fault": None, "sound": None}
    return known | {"width": 640, "height": 360, "main_track": 1} | other


def picture(*tracks: int) -> SeenPicture:
    faces = [
        Face(track=track, landmarks=np.zeros((49, 2), np.float32), box=np.zeros(4, np.float32), score=1.0, side_px=1.0) for track in tracks
    ]
    return SeenPicture(faces=FrameFaces(time_s=0.0, faces=faces, width=640, height=360), brightness=0.0, width=640, height=360)


def test_streams_are_told_in_the_files_order_with_those_chosen():
    assert summary.streams_lines(head()) == [
        "stream 0: video h264 640x360, 29.97 fps, chosen",
        "stream 1: audio aac 48000 Hz, 2 channels, eng",
        "stream 2: data of no known codec",
    ]


def test_what_was_decoded_is_told_with_its_fault():
    assert summary.range_line(head()) == "1.50 to 4.00 s (2.50 s), decoded 100 %, no fault"
    assert summary.range_line(head(decoded_share=0.5, fault="breaks_off")) == "1.50 to 4.00 s (2.50 s), decoded 50 %, fault: breaks_off"


def test_pictures_and_faces_are_counted():
    assert summary.pictures_line(head(), [picture(0, 1), picture(), picture(1)]) == (
        "3 pictures 640x360, faces in 2, 2 tracks, main track 1"
    )
    assert summary.pictures_line(head(), [picture()]) == "1 picture 640x360, faces in 0, 0 tracks"
    assert summary.pictures_line(head(), []) == "no pictures"


def test_the_sound_that_is_listened_to_is_told():
    sound = {"start_s": 0.25, "rate": 16_000, "samples": 24_000, "sound_track": 1, "channel": "left"}

    assert summary.sound_line(head(sound=sound)) == "sound from 0.250 s, 1.50 s at 16000 Hz (track 1, left)"
    assert summary.sound_line(head()) == "no sound"
