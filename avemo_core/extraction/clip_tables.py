"""A clip's rows in tables of one's own, put where the network's and the sound's features would stand.

The times of both tables are on the file's clock, as those of pictures and sound are:

    sound          [~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~)
    audio table      |    |    |    |    |    |    |           a vector at each of its own times
    face table      |  |  |  |     |  |  |  |  |  |  |         a frame at each of its own times; NaN: a frame without a face
    segment                   [--------------)                 what lies in [start, stop)
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from avemo_core.audio_sets.steps import AudioSteps
from avemo_core.corpora.clip import Clip
from avemo_core.errors import MediaError
from avemo_core.extraction.feature_rows import RowSequences
from avemo_core.extraction.parts import Parts
from avemo_core.extraction.segments import MIN_TAIL_S, Segment
from avemo_core.own_tables.own_table import OwnRows, OwnTable
from schemas.rejects import Reason

_SLACK_S: Final = 1.0
"""Times may lie so far beyond a clip's end: its last window, or a duration that was rounded."""


class ClipTables:
    """What the tables have of one clip.

    Args:
        parts: of the extraction.
        clip: which.
    """

    def __init__(self, parts: Parts, clip: Clip) -> None:
        self._clip = clip
        self._audio, self._faces = (_of(table, clip) for table in (parts.audio_table, parts.face_table))
        self.has_faces, self.has_audio = self._faces is not None, self._audio is not None

    @property
    def sha256(self) -> str:
        """Of the clip's rows: of what a row is made of where no file is read."""
        return next(rows.sha256 for rows in (self._faces, self._audio) if rows is not None)

    def audio_steps(self, start_s: float, stop_s: float) -> AudioSteps | None:
        """Of the audio table, in [start_s, stop_s); None without such a table."""
        if self._audio is None:
            return None
        rows = self._audio.between(start_s, stop_s)
        return AudioSteps(time_s=rows.time_s, values=rows.vectors)

    def sequences(self, start_s: float, stop_s: float) -> RowSequences | None:
        """Of the face table, in [start_s, stop_s), with neither landmarks nor boxes; None without such a table."""
        if self._faces is None:
            return None
        rows = self._faces.between(start_s, stop_s)
        return RowSequences(
            frame_time_s=rows.time_s,
            has_face=rows.is_known,
            face_box=None,
            shape=None,
            appearance=np.where(rows.is_known[:, None], rows.vectors, np.float32(0)),
        )

    def segments(self, segment_s: float | None, stride_s: float | None) -> Iterator[Segment]:
        """The clip's segments by the times of the tables alone, cut as `Segmenter` cuts recordings; for when no file is opened.

        Raises:
            MediaError: `missing` where the tables have no row in the clip's range.
        """
        begins_s = self._clip.start_s or 0.0
        asked_s = np.inf if self._clip.stop_s is None else self._clip.stop_s
        times = [rows.between(begins_s, asked_s).time_s for rows in (self._audio, self._faces) if rows is not None]
        if not any(len(each) for each in times):
            raise MediaError(Reason.MISSING, "read", "the tables have no row of this clip, or none in its range")
        end_s = float(min(asked_s, max(each[-1] + _step_s(each) for each in times if len(each))))
        length_s = end_s - begins_s if segment_s is None else segment_s
        stride_s = stride_s or length_s
        start_s, stop_s = begins_s, -np.inf
        while start_s == begins_s or (end_s - start_s >= MIN_TAIL_S and end_s > stop_s):
            stop_s = min(start_s + length_s, end_s)
            lasts_s = stop_s - start_s
            yield Segment(start_s=start_s, stop_s=stop_s, decoded_s=lasts_s, frames=[], sound=None, heard=None, condition=None)
            start_s += stride_s

    def check_times(self, end_s: float) -> None:
        """Refuse tables that go on after the clip has ended: they were made of another file, or at another speed.

        Raises:
            MediaError: `failed`, with both times.
        """
        for rows in (self._audio, self._faces):
            if rows is not None and self._clip.stop_s is None and len(rows.time_s) and rows.time_s[-1] > end_s + _SLACK_S:
                raise MediaError(Reason.FAILED, "read", f"a table has times up to {rows.time_s[-1]:g} s, and the clip ends at {end_s:g} s")


def _of(table: OwnTable | None, clip: Clip) -> OwnRows | None:
    """Its rows; none of a clip that is not in it."""
    if table is None:
        return None
    nothing = OwnRows(time_s=np.zeros(0), vectors=np.zeros((0, len(table.columns)), np.float32))
    return table.rows.get(clip.source_id, nothing)


def _step_s(time_s: np.ndarray) -> float:
    """From a step to the next, as a clip's last one lasts."""
    return float(np.median(np.diff(time_s))) if len(time_s) > 1 else 0.0
