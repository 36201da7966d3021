"""The formats by their names, and a predictions table written as one of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from avemo_core.export.arff import write_arff
from avemo_core.export.audformat_database import write_audformat
from avemo_core.export.eaf import eaf
from avemo_core.export.flat_csv import write_csv
from avemo_core.export.subtitles import subrip, webvtt
from avemo_core.export.textgrid import write_textgrid
from avemo_core.export.videos import RowGroups, Video, videos_of


class Format(StrEnum):
    """What an export may be; the values are what a user writes."""

    VTT = "vtt"
    """WebVTT, a file a video: subtitles in a browser."""
    SRT = "srt"
    """SubRip, a file a video: subtitles in a player."""
    TEXTGRID = "textgrid"
    """Praat, a file a video."""
    EAF = "eaf"
    """ELAN, a file a video."""
    CSV = "csv"
    """Two flat tables: rows, and peaks of the attention."""
    AUDFORMAT = "audformat"
    """A database of audEERING's audformat."""
    ARFF = "arff"
    """A relation for Weka and scipy, and a table of its rows' ids."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """What was written."""

    rows: int
    files: int


def export(row_groups: RowGroups, as_format: Format, folder: Path, target: str) -> Exported:
    """Write a predictions table into an empty folder.

    Args:
        row_groups: reads the table.
        as_format: how.
        folder: on this machine.
        target: where the folder will be, for the way from there to the videos.

    Raises:
        ConfigError: the format needs a package that is not installed.
        TableError: the table changed while it was read.
    """
    match as_format:
        case Format.CSV:
            rows = write_csv(row_groups, folder)
        case Format.ARFF:
            rows = write_arff(row_groups, folder)
        case Format.AUDFORMAT:
            rows = write_audformat(row_groups, folder, target)
        case _:
            rows = _write_videos(row_groups, as_format, folder, target)
    return Exported(rows=rows, files=sum(1 for _ in folder.iterdir()))


def _write_videos(row_groups: RowGroups, as_format: Format, folder: Path, target: str) -> int:
    extension, write = _VIDEO_FORMATS[as_format]
    rows = 0
    for video in videos_of(row_groups, target):
        write(video, folder / f"{video.name}.{extension}")
        rows += video.rows
    return rows


def _write_webvtt(video: Video, file: Path) -> None:
    file.write_text(webvtt(video), encoding="utf-8")


def _write_subrip(video: Video, file: Path) -> None:
    file.write_text(subrip(video), encoding="utf-8")


def _write_eaf(video: Video, file: Path) -> None:
    file.write_bytes(eaf(video, datetime.now(UTC)))


_VIDEO_FORMATS: Final[dict[Format, tuple[str, Callable[[Video, Path], None]]]] = {
    Format.VTT: ("vtt", _write_webvtt),
    Format.SRT: ("srt", _write_subrip),
    Format.TEXTGRID: ("TextGrid", write_textgrid),
    Format.EAF: ("eaf", _write_eaf),
}
"""Format -> the extension of its files, and who writes one."""
