"""What a table of one's own is, told by its columns: which hold values, which the time, which the clip.

plain      clip_id, time_s, and `values` (a list) or a column a value; without clip_id a file is a clip
openface   OpenFace 2's csv (Baltrusaitis et al. 2018): timestamp; gaze angles, head rotation, action units; success 0 is no face
py-feat    py-feat's Fex csv (Cheong et al. 2023), with a column time_s: head rotation, action units, emotions
opensmile  openSMILE's csv and ARFF (Eyben et al. 2010): name and frameTime; or file, start and end as the Python package writes
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

import numpy as np
import pandas as pd
from jaxtyping import Float

from avemo_core.errors import ConfigError

CLIP, TIME, VALUES = "clip_id", "time_s", "values"
_INPUT: Final = "input"
_FEX_VALUES: Final = re.compile(r"AU\d+|Pitch|Roll|Yaw|anger|disgust|fear|happiness|sadness|surprise|neutral")
_NAMELESS: Final = re.compile(r"|Unnamed: \d+|__index_level_\d+__")
_OPENFACE_VALUES: Final = re.compile(r"gaze_angle_[xy]|pose_R[xyz]|AU\d+_[rc]")
_NO_VALUES: Final = frozenset({CLIP, TIME, "frame", "frameTime", "frameIndex", "name", "file", "start", "end", "class", "emotion", "label"})


@dataclass(frozen=True, kw_only=True)
class Format:
    """One kind of table."""

    name: str
    marks: frozenset[str]
    """Columns by which it is known."""
    is_value: Callable[[str], bool]
    times: tuple[str, ...]
    """The column of times; or two, of a window's ends."""
    clip: str | None = CLIP
    """The column that says whose a row is, where there is one."""
    has_face: str | None = None
    """The column that is 0 where no face was found."""
    face: str | None = None
    """The column that numbers the faces of a picture, of which the one in most rows is taken."""

    def time_s(self, rows: pd.DataFrame) -> Float[np.ndarray, " row"]:
        """The time of each row, the middle of a window; NaN where a column holds none."""
        return np.asarray(sum(_seconds(rows[name]) for name in self.times) / len(self.times))

    def untimed(self, rows: pd.DataFrame) -> tuple[int, object] | None:
        """The first row whose time is none, and what stands there instead."""
        found = [
            (int(places[0]), rows[name].iloc[places[0]])
            for name in self.times
            if len(places := np.flatnonzero(~np.isfinite(_seconds(rows[name]))))
        ]
        return min(found, key=lambda each: each[0], default=None)

    def clip_column(self, rows: pd.DataFrame) -> str | None:
        """The column that says whose a row is; None: the file's name does."""
        if CLIP in rows.columns or self.clip not in rows.columns:
            return CLIP if CLIP in rows.columns else None
        # py-feat writes the video's path into every file; of one video the file's own name has the path below the folder, and says more.
        return None if self.clip == _INPUT and rows[_INPUT].nunique() < 2 else self.clip


def _seconds(times: "pd.Series[Any]") -> Float[np.ndarray, " row"]:
    """Numbers are seconds; texts may be such, or as pandas writes timedeltas, with colons; what is neither is NaN.

    Without colons pandas takes a text for nanoseconds: of 0,5 for five.
    """
    if not pd.api.types.is_timedelta64_dtype(times):
        numbers = pd.to_numeric(times, errors="coerce")
        if numbers.notna().any() or not times.notna().any():
            return np.asarray(numbers.to_numpy(float))
        times = pd.to_timedelta(times.where(times.astype(str).str.contains(":", regex=False)), errors="coerce")
    return np.asarray(times.dt.total_seconds().to_numpy(float))


def _is_plain(name: str) -> bool:
    """All but what says whose a row is, and a column without a name, in which pandas counts rows."""
    return name not in _NO_VALUES and not _NAMELESS.fullmatch(name)


FORMATS: Final = (
    Format(
        name="openface",
        marks=frozenset({"timestamp", "success", "confidence"}),
        is_value=lambda name: bool(_OPENFACE_VALUES.fullmatch(name)),
        times=("timestamp",),
        has_face="success",
        face="face_id",
    ),
    Format(
        name="py-feat",
        marks=frozenset({"FaceRectX", "FaceRectWidth", "FaceScore"}),
        is_value=lambda name: bool(_FEX_VALUES.fullmatch(name)),
        times=(TIME,),
        has_face="FaceScore",
        clip=_INPUT,
    ),
    Format(name="opensmile", marks=frozenset({"frameTime"}), is_value=_is_plain, times=("frameTime",), clip="name"),
    Format(name="opensmile", marks=frozenset({"file", "start", "end"}), is_value=_is_plain, times=("start", "end"), clip="file"),
    Format(name="plain", marks=frozenset({TIME}), is_value=_is_plain, times=(TIME,)),
)
"""Tried in this order; the last takes whatever has times."""


def format_of(columns: Sequence[str], shown: str) -> Format:
    """The format of a table with these columns.

    Raises:
        ConfigError: none; or a Fex without times.
    """
    found = next((each for each in FORMATS if each.marks <= set(columns)), None)
    if found is None:
        raise ConfigError(
            f"{shown}: expected clip_id, time_s and values, or a table of OpenFace, py-feat or openSMILE; found {', '.join(columns[:8])}"
        )
    if found.name == "py-feat" and TIME not in columns:
        raise ConfigError(f"{shown}: py-feat counts frames and gives no times: add a column time_s, as frame / fps of the video")
    return found


def clip_of(name: str) -> str:
    """The clip that a format's own column names: openSMILE has it in quotes, or as the sound's path."""
    bare = name.strip("'\"")
    return PurePosixPath(bare).stem if "/" in bare or PurePosixPath(bare).suffix else bare
