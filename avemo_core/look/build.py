"""A look at a clip's range: one pass through it as extraction makes it, and four files."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

import cv2
import numpy as np
from jaxtyping import UInt8
from numpy import ndarray
from scipy.io import wavfile

from avemo_core.errors import MediaError
from avemo_core.faces.detect import Detector
from avemo_core.faces.frame_faces import FaceObserver, FrameFaces
from avemo_core.faces.mesh import Mesh
from avemo_core.figures import style
from avemo_core.look import contact_sheet, document, summary
from avemo_core.look.contact_sheet import Strips
from avemo_core.look.document import SeenPicture
from avemo_core.look.drawing import draw_faces
from avemo_core.look.moments import Moment, Moments
from avemo_core.media.clock import DEFAULT_FRAME_S
from avemo_core.media.picture import Picture
from avemo_core.media.recording import LONGEST_S, PADDING_S, Frame, Recording
from avemo_core.media.sound import Sound
from avemo_core.media.sound_choice import Channel
from avemo_core.playable.video import PlayableVideo, fitted
from schemas.audio import SAMPLE_RATE_HZ
from schemas.rejects import Reason

LOOK, SOUND, VIDEO, SHEET = FILES = ("look.json", "sound.wav", "faces.mp4", "contact_sheet.png")
MAX_SIDE_PX: Final = 1280
"""Larger pictures are shown shrunk to this longer side; faces are found in those of the file's own size, as extraction finds them."""
_KEPT: Final = 160
"""Small pictures that wait until the clip's length is known: ten or more for each place on the sheet."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Looked:
    """What was written."""

    head: dict[str, Any]
    """look.json without its pictures."""
    pictures: Sequence[SeenPicture]
    sound: Sound | None
    moments: Moments
    """Some of the pictures, small, with their faces drawn in."""

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files that this look has, with its contact sheet."""
        return (LOOK, *([SOUND] if self.sound is not None else []), *([VIDEO] if self.pictures else []), SHEET)


def build(recording: Recording, folder: Path, *, clip: str, channel: Channel, detector: Detector, mesh: Mesh) -> Looked:
    """Go through the recording once, and write what was seen and heard into the folder; `write_contact_sheet` does the rest.

    Args:
        recording: the clip's range.
        folder: an empty folder.
        clip: where the clip was read from, without credentials.
        channel: which of the sound was asked for.
        detector: finds faces.
        mesh: tracks them.

    Raises:
        MediaError: the clip cannot be used; `too_short` when neither a frame nor a sample lies in the range, `too_long` beyond ten minutes.
    """
    shown = _ShownPictures(recording, folder / VIDEO, FaceObserver(detector, mesh))
    for frame in _frames(recording):
        shown.add(frame)
    sound = recording.sound()
    if sound is None and not shown.seen:
        raise MediaError(Reason.TOO_SHORT, "decode", f"neither a frame nor a sample in [{recording.start_s:g}, {recording.stop_s:g}) s")
    shown.finish(sound)
    if sound is not None:
        wavfile.write(folder / SOUND, SAMPLE_RATE_HZ, sound.samples)
    head = document.document(recording, shown.seen, sound, clip=clip, channel=channel)
    (folder / LOOK).write_text(document.text(head, shown.seen), encoding="utf-8")
    return Looked(head=head, pictures=shown.seen, sound=sound, moments=shown.moments)


def write_contact_sheet(looked: Looked, folder: Path) -> None:
    """Write the contact sheet of a look into the folder."""
    times_s = [each.time_s for each in looked.pictures]
    frame_s = float(np.median(np.diff(times_s))) if len(times_s) > 1 else DEFAULT_FRAME_S
    columns, cells = contact_sheet.cells_for(looked.pictures[0].width, looked.pictures[0].height) if times_s else (1, 0)
    middles_s = contact_sheet.even_times_s(times_s[0], times_s[-1] + frame_s, cells) if times_s else []
    tracks = {track: np.array(seen_s) for track, seen_s in _track_times_s(looked.pictures).items()}
    strips = Strips(start_s=looked.head["start_s"], stop_s=looked.head["stop_s"], sound=looked.sound, tracks=tracks, frame_s=frame_s)
    title = style.plain(PurePosixPath(looked.head["clip"]).name, longest=90)
    facts = summary.sheet_lines(looked.head, looked.pictures)
    (folder / SHEET).write_bytes(contact_sheet.contact_sheet(title, facts, looked.moments.at(middles_s), columns, strips))


def _frames(recording: Recording) -> Iterator[Frame]:
    """The recording's frames; what is too long is told so in this command's own words."""
    if recording.expected_s is not None and recording.expected_s > LONGEST_S + PADDING_S:
        raise _too_long(f"{recording.expected_s:.0f} s")
    try:
        yield from recording.frames()
    except MediaError as error:
        if error.reason != Reason.TOO_LONG:
            raise
        raise _too_long(f"more than {LONGEST_S:.0f} s") from error


def _too_long(found: str) -> MediaError:
    return MediaError(Reason.TOO_LONG, "decode", f"{found}; at most {LONGEST_S:.0f} s are looked at: give --start and --stop")


class _ShownPictures:
    """The pictures on their way into look.json, the video and the contact sheet; of each only its faces and its brightness stay."""

    def __init__(self, recording: Recording, path: Path, observer: FaceObserver) -> None:
        self._recording, self._path, self._observer = recording, path, observer
        self._video: PlayableVideo | None = None
        self.seen: list[SeenPicture] = []
        self.moments = Moments(_KEPT)
        self._small_size = (0, 0)

    def add(self, frame: Frame) -> None:
        """Find the faces of the next frame, draw them, and let go of its pixels."""
        frame_faces = self._observer.observe(frame, with_chips=False)
        picture = frame.picture
        bgr = _shown(picture)
        # As a whole BGR picture the luma is that of the colours shown, black 0 and white 255, whatever range and matrix the file has.
        brightness = float(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY).mean())
        self.seen.append(SeenPicture(faces=frame_faces, brightness=brightness, width=picture.width, height=picture.height))
        self._video = self._video or self._begun(picture, bgr.shape[1], bgr.shape[0])
        if self.moments.wants(frame.time_s):
            self.moments.add(Moment(time_s=frame.time_s, bgr=self._small(bgr, frame_faces, picture)))
        draw_faces(bgr, frame_faces.faces, _scale(bgr, picture))
        self._video.add(frame.time_s - self._recording.start_s, bgr)

    def finish(self, sound: Sound | None) -> None:
        """Complete the video."""
        if self._video is not None:
            start_s = self._recording.start_s
            moved = None if sound is None else Sound(start_s=sound.start_s - start_s, samples=sound.samples)
            self._video.close()
            self._video.join(self._path, moved, self._recording.end_s - start_s)

    def _begun(self, picture: Picture, width: int, height: int) -> PlayableVideo:
        columns, _ = contact_sheet.cells_for(picture.width, picture.height)
        small_width = contact_sheet.cell_width_px(columns)
        self._small_size = (small_width, max(1, round(small_width * height / width)))
        return PlayableVideo(self._path.with_suffix(".working"), (width, height), self._recording.streams)

    def _small(
        self, bgr: UInt8[ndarray, "row column bgr"], frame_faces: FrameFaces, picture: Picture
    ) -> UInt8[ndarray, "small_row small_column bgr"]:
        """As it stands on the contact sheet; its lines are drawn in its own size, so that they stay legible."""
        width = self._small_size[0]
        how = cv2.INTER_AREA if width < bgr.shape[1] else cv2.INTER_CUBIC
        small = cv2.resize(bgr, (width, max(1, round(width * bgr.shape[0] / bgr.shape[1]))), interpolation=how)
        draw_faces(small, frame_faces.faces, _scale(small, picture))
        return fitted(small, self._small_size)


def _shown(picture: Picture) -> UInt8[ndarray, "row column bgr"]:
    """The picture as the video shows it, to be drawn into."""
    shrink = min(1.0, MAX_SIDE_PX / max(picture.width, picture.height))
    # A copy: the picture keeps what it handed out, and hands it out again.
    return picture.small(max(2, round(picture.width * shrink) & ~1)).copy()


def _scale(bgr: UInt8[ndarray, "row column bgr"], picture: Picture) -> tuple[float, float]:
    return bgr.shape[1] / picture.width, bgr.shape[0] / picture.height


def _track_times_s(seen: Sequence[SeenPicture]) -> dict[int, list[float]]:
    """The times of the pictures in which each track was seen."""
    times_s: defaultdict[int, list[float]] = defaultdict(list)
    for picture in seen:
        for face in picture.faces.faces:
            times_s[face.track].append(picture.time_s)
    return times_s
