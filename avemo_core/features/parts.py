"""The parts of a features table: what a model may read, by name, and the columns that hold it.

    part        columns                              a value for
    shape       shape                                every frame
    appearance  appearance                           every frame
    yaafe27     audio, audio_time_s                  every step of its own
    NAME        audio_NAME, audio_NAME_time_s        every step of its own: librosa, egemaps, speech, own and any other

A table may lack any of them. Times are on the file's clock, whatever the distance of the steps.
"""

from collections.abc import Collection, Sequence
from typing import Final

from avemo_core.audio_sets.built_in import NAMES
from avemo_core.errors import ConfigError
from schemas.audio_sets import YAAFE, names_in, time_column, values_column

FACE_PARTS: Final = ("shape", "appearance")
"""They lie on the frames."""

PAPER: Final = (*FACE_PARTS, YAAFE)
"""What Chao et al. 2016 read (section 3), and a model reads unless it is told otherwise."""

FACE_COLUMNS: Final = ("frame_time_s", "has_face")
"""Every table has them: the clock of the pictures, whatever was made of these."""

_HOW: Final = {
    "shape": "faces are needed: `extract` without a table of faces or `--network none`",
    "appearance": "faces are needed: `extract` with a face network, or `--face-table`",
    "speech": "`extract --speech hf:FOLDER`",
    "own": "`extract --audio-table TABLE`",
}
"""How a part comes into a table; the others by `extract --audio NAME`."""


def is_of_face(part: str) -> bool:
    """Whether a part lies on the frames; the others are audio sets."""
    return part in FACE_PARTS


def is_of_both(parts: Sequence[str]) -> bool:
    """Whether some of the parts are of the face and some audio sets."""
    return any(map(is_of_face, parts)) and not all(map(is_of_face, parts))


def audio_sets(parts: Sequence[str]) -> tuple[str, ...]:
    """The audio sets among parts, in their order."""
    return tuple(part for part in parts if not is_of_face(part))


def columns_of(part: str) -> tuple[str, ...]:
    """The columns that hold a part: its values, and of an audio set their times."""
    return (part,) if is_of_face(part) else (values_column(part), time_column(part))


def parts_in(columns: Collection[str]) -> tuple[str, ...]:
    """The parts that a table of these columns holds: those of faces, yaafe27, the other audio sets in the table's order."""
    return (*(part for part in FACE_PARTS if part in columns), *names_in(columns))


def parse_parts(option: str, text: str) -> tuple[str, ...]:
    """Read `shape,appearance,yaafe27,speech`; parts of the face come first, audio sets stay in the order in which they are named.

    Args:
        option: as a message calls it.
        text: what the user wrote.

    Raises:
        ConfigError: a part without a name, or one named twice.
    """
    named = [name.strip() for name in text.split(",")]
    if not all(named) or len(set(named)) < len(named):
        raise ConfigError(f"{option} {text!r}: expected different names with a comma between them, as shape,appearance,yaafe27")
    return in_order(named)


def in_order(parts: Collection[str]) -> tuple[str, ...]:
    """Parts of the face first, in the paper's order, then audio sets as they are named: the first one's steps are the network's."""
    return tuple(part for part in FACE_PARTS if part in parts) + audio_sets(tuple(parts))


def without_unread_sets(columns: Collection[str], reads: Sequence[str]) -> list[str]:
    """A table's columns but those of audio sets that are not read: an encoder's are most of a row."""
    unread = [part for part in audio_sets(parts_in(columns)) if part != YAAFE and part not in reads]
    dropped = {name for part in unread for name in columns_of(part)}
    return [name for name in columns if name not in dropped]


def lacking(wanted: Sequence[str], columns: Collection[str]) -> str:
    """What a table lacks of the parts that are wanted, what it holds and how to extract the rest; "" where it lacks nothing."""
    held = parts_in(columns)
    absent = [part for part in wanted if part not in held]
    if not absent:
        return ""
    how = "; ".join(f"{part}: {_how(part)}" for part in absent)
    return (
        f"expected {', '.join(wanted)} in the features, found no {', '.join(absent)}\n"
        f"  They hold {', '.join(held) or 'none of the parts that a model reads'}. Extract the clips again; {how}."
    )


def _how(part: str) -> str:
    """How a part comes into a table."""
    made = f"`extract --audio {part}`" if part in NAMES else f"`extract` knows none of this name; it knows {', '.join((*_HOW, *NAMES))}"
    return _HOW.get(part, made)


def check_held(wanted: Sequence[str], columns: Collection[str], told: str) -> None:
    """Refuse a table that lacks a part.

    Args:
        wanted: the parts that are to be read.
        columns: of the table.
        told: what wants them, as the message begins.

    Raises:
        ConfigError: names the part, what the table holds, and what to extract.
    """
    if said := lacking(wanted, columns):
        raise ConfigError(f"{told}: {said}")
