"""Thumbnails and videos of the report's clips."""

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from avemo_core.errors import MediaError
from avemo_core.faces.detect import Detector
from avemo_core.media import source
from avemo_core.media.source import Source
from avemo_core.report.inputs import Media
from avemo_core.report.media.thumbnails import MIN_SCORE, thumbnails
from avemo_core.report.media.video import Range, write_video

FOLDER: Final = "media"


@dataclass(frozen=True, kw_only=True, slots=True)
class MediaRequest:
    """What to make for one row of the predictions table."""

    row: int
    uri: str
    moments_s: tuple[float, ...]
    """Rising times to make thumbnails at, on the file's clock."""
    range: Range


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipMedia:
    """What was made for one row; file names are relative to the report."""

    thumbnails: tuple[tuple[float, str], ...] = ()
    """Time on the file's clock and file name."""
    video: str | None = None
    video_start_s: float = 0.0
    """Time on the file's clock at which the written video starts."""
    problem: str = ""
    """Why there is less than was wanted."""


class Gallery:
    """Makes the media of clips on all cores, into one folder of the report.

    Args:
        report: the report's folder.
        media: blurred or shown.

    Raises:
        ConfigError: faces are to be blurred and the detector's model file is not there.
    """

    def __init__(self, report: Path, media: Media) -> None:
        self._report, self._media = report, media
        self._own = threading.local()
        self._blurs = media is Media.BLURRED
        if self._blurs:
            self._detector()
        (report / FOLDER).mkdir(parents=True, exist_ok=True)

    def make(self, clips: Sequence[MediaRequest]) -> dict[int, ClipMedia]:
        """Make the media of these clips; a clip whose file fails gets the reason instead.

        Returns:
            Row -> what was made.
        """
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            return dict(zip((clip.row for clip in clips), pool.map(self._one, clips), strict=True))

    def _one(self, clip: MediaRequest) -> ClipMedia:
        try:
            with source.opened(clip.uri) as opened:
                return self._made(clip, opened)
        except MediaError as error:
            return ClipMedia(problem=str(error))

    def _made(self, clip: MediaRequest, media: Source) -> ClipMedia:
        video = self._video(clip, media)
        try:
            return ClipMedia(thumbnails=self._thumbnails(clip, media), video=video, video_start_s=clip.range.start_s)
        except MediaError as error:
            return ClipMedia(video=video, video_start_s=clip.range.start_s, problem=str(error))

    def _thumbnails(self, clip: MediaRequest, media: Source) -> tuple[tuple[float, str], ...]:
        detector = self._detector() if self._blurs else None
        made = []
        for place, (moment_s, jpeg) in enumerate(zip(clip.moments_s, thumbnails(media, clip.moments_s, detector), strict=False)):
            name = f"{FOLDER}/{clip.row:06d}-{place}.jpg"
            (self._report / name).write_bytes(jpeg)
            made.append((moment_s, name))
        return tuple(made)

    def _video(self, clip: MediaRequest, media: Source) -> str | None:
        if self._media is not Media.SHOWN:
            return None
        name = f"{FOLDER}/{clip.row:06d}.mp4"
        write_video(media, clip.range, self._report / name)
        return name

    def _detector(self) -> Detector:
        """One detector a thread: a detector works on one picture at a time."""
        if not hasattr(self._own, "detector"):
            self._own.detector = Detector(min_score=MIN_SCORE)
        detector: Detector = self._own.detector
        return detector
