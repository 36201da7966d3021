"""A clip's video in a form that browsers play."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import cv2

from avemo_core.errors import MediaError
from avemo_core.media import decode
from avemo_core.media.recording import Recording
from avemo_core.media.sound import Sound
from avemo_core.media.source import Source
from avemo_core.playable.video import PlayableVideo, write_sound
from schemas.rejects import Reason

MAX_SIDE_PX: Final = 640


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """A half-open time range on a file's clock."""

    start_s: float
    stop_s: float


def write_video(source: Source, wanted: Range, target: Path) -> None:
    """Write the range as MP4 (H.264, AAC), at most 640 px on its longer side; its clock starts with the range.

    Pictures stand and sound is heard where extraction had them, so that attention lies over what it was paid to. The sound is the
    one channel of 16 kHz that extraction listens to by default.

    Always encoded anew: many corpora come in containers no browser plays, and a copy would bring the rest of a long film with it.

    Raises:
        MediaError: the file cannot be decoded, or has nothing in the range.
    """
    working = target.with_suffix(".working")
    length_s = wanted.stop_s - wanted.start_s
    try:
        with decode.recording(
            source, start_s=wanted.start_s, stop_s=wanted.stop_s, max_side_px=MAX_SIDE_PX, longest_s=length_s
        ) as recording:
            _write(recording, working, target)
    except (av.FFmpegError, ValueError, IndexError, cv2.error) as error:
        target.unlink(missing_ok=True)
        raise MediaError(Reason.DECODE_FAILED, "decode", f"while copying the video: {error}") from error
    except MediaError:
        target.unlink(missing_ok=True)
        raise
    finally:
        working.unlink(missing_ok=True)


def _write(recording: Recording, working: Path, target: Path) -> None:
    start_s = recording.start_s
    video: PlayableVideo | None = None
    for frame in recording.frames():
        bgr = frame.picture.bgr()
        video = video or PlayableVideo(working, (bgr.shape[1], bgr.shape[0]), recording.streams)
        video.add(frame.time_s - start_s, bgr)
    heard = recording.sound()
    sound = None if heard is None else Sound(start_s=heard.start_s - start_s, samples=heard.samples)
    if video is not None:
        video.close()
        video.join(target, sound, recording.end_s - start_s)
    elif sound is not None:
        write_sound(target, sound)
    else:
        stop_s = recording.stop_s
        raise MediaError(Reason.TOO_SHORT, "decode", f"neither a frame nor a sample in [{start_s:g}, {stop_s:g}) s")
