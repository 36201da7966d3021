"""Audio sets: what is heard of a clip, each in columns of its own, with the times of its steps on the file's clock.

set        columns                                   the 27 features keep the names they had when there was no other set
yaafe27    audio, audio_time_s
NAME       audio_NAME, audio_NAME_time_s
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from schemas.audio import AUDIO_WIDTH
from schemas.columns import column, vectors

YAAFE: Final = "yaafe27"


@dataclass(frozen=True, kw_only=True)
class AudioSet:
    """What a table says of one audio set."""

    name: str
    """The set: yaafe27, librosa, egemaps, speech, own."""
    columns: tuple[str, ...]
    """What each value of a step is, in their order."""
    units: tuple[str, ...]
    """Of each of them; "" where it has none."""
    step_s: float | None
    """From a step to the next; None: as the times say."""
    meaning: str
    """What it is, and how it was made."""

    @property
    def width(self) -> int:
        """Values of a step."""
        return len(self.columns)


def values_column(name: str) -> str:
    """The column of a set's values."""
    return "audio" if name == YAAFE else f"audio_{name}"


def time_column(name: str) -> str:
    """The column of the times of a set's steps."""
    return f"{values_column(name)}_time_s"


YAAFE_COLUMNS: Final = (values_column(YAAFE), time_column(YAAFE))


def yaafe_fields(width: int = AUDIO_WIDTH) -> tuple[pa.Field, pa.Field]:
    """The fields of the 27 features, times first, as tables have had them since the first."""
    return (
        column(
            time_column(YAAFE),
            pa.list_(pa.float32()),
            "s",
            "time of each audio step on the file's clock; no steps where there is no sound",
        ),
        column(
            values_column(YAAFE), vectors(width, pa.float32()), "", "the 27 YAAFE features, a vector an audio step (schemas.audio.COLUMNS)"
        ),
    )


def fields_of(audio_set: AudioSet) -> tuple[pa.Field, pa.Field]:
    """The fields of any other set, times first; its values say in their metadata what each column is, and how far steps lie apart."""
    times = column(
        time_column(audio_set.name),
        pa.list_(pa.float32()),
        "s",
        f"time of each step of {values_column(audio_set.name)} on the file's clock; no steps where there is no sound",
    )
    units = set(audio_set.units)
    values = column(
        values_column(audio_set.name),
        vectors(audio_set.width, pa.float32()),
        units.pop() if len(units) == 1 else "as units says",
        audio_set.meaning,
    )
    said = {"columns": json.dumps(audio_set.columns), "units": json.dumps(audio_set.units)}
    step = {} if audio_set.step_s is None else {"step_s": f"{audio_set.step_s:g}"}
    return times, values.with_metadata((values.metadata or {}) | {key.encode(): value.encode() for key, value in (said | step).items()})


def names_in(columns: Collection[str]) -> tuple[str, ...]:
    """The audio sets of a table with these columns, the 27 first, the others in the table's order; a set has both of its columns."""
    others = [name.removeprefix("audio_") for name in columns if name.startswith("audio_")]
    return tuple(name for name in (YAAFE, *others) if {values_column(name), time_column(name)} <= set(columns))


def halves_in(columns: Collection[str]) -> list[str]:
    """The columns that are not there though the other one of their audio set is: values without times, or times without values."""
    timed = [name.removesuffix("_time_s") for name in columns if name.startswith("audio") and name.endswith("_time_s")]
    lacking_times = [time_column(YAAFE)] if values_column(YAAFE) in columns and values_column(YAAFE) not in timed else []
    return [name for name in timed if name not in columns] + lacking_times
