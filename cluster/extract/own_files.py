"""What an extraction is given of one's own: where it lies, whether it can be used, and what its licences say."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa

from avemo_core.appearance.networks import DEFAULT
from avemo_core.appearance.plugged import loading
from avemo_core.audio_sets import built_in
from avemo_core.errors import ConfigError
from avemo_core.extraction.config import NO_NETWORK, ExtractionConfig
from avemo_core.extraction.parts import Parts
from avemo_core.own_tables.own_table import OwnTable
from avemo_core.runtime.lookalikes import about_lookalike
from avemo_core.training.card_licences import LICENCES
from cluster.progress import say
from cluster.ray.session import resolve

_NAMED: Final = 6
"""So many columns of a table are named; of the others it is said how many they are."""


def network_named(network: str, face_table: str | None) -> str:
    """The network of an option, its file as workers find it; none where a table takes its place."""
    if face_table is not None and network == DEFAULT:
        return NO_NETWORK
    kind, _, location = network.partition(":")
    return f"{kind}:{resolve(location)}" if loading.is_plugged(network) else network


def speech_named(encoder: str) -> str:
    """The speech encoder of an option, its folder as workers find it."""
    return f"hf:{resolve(encoder.removeprefix('hf:'))}" if encoder.startswith("hf:") else encoder


def checked_parts(config: ExtractionConfig, clips: pa.Table) -> Parts:
    """The parts of a table beside the face network, once each audio set has described a second of noise, and tables know the clips.

    Says what of the tables is taken.

    Args:
        config: of the extraction.
        clips: in schemas.clips.CLIPS.

    Raises:
        ConfigError: what a set needs is not installed, or it fails; a table is none, or is of other clips.
    """
    parts = Parts.load(config.audio, config.speech, config.audio_table, config.face_table)
    built_in.check(parts.further)
    _check_tables(parts, clips)
    return parts


def check_tables(audio_table: str | None, face_table: str | None, clips: pa.Table) -> None:
    """Read tables of one's own, and say what of them is taken.

    Args:
        audio_table: where it lies.
        face_table: likewise.
        clips: in schemas.clips.CLIPS.

    Raises:
        ConfigError: a table is none, or is of other clips.
    """
    _check_tables(Parts.load((), None, audio_table, face_table), clips)


def tables_of(parts: Parts) -> dict[str, str]:
    """What a table's fingerprint holds of tables of one's own: a table that was changed makes other rows."""
    tables = {"audio_table": parts.audio_table, "face_table": parts.face_table}
    return {name: table.sha256 for name, table in tables.items() if table is not None}


def about_licences(config: ExtractionConfig, parts: Parts) -> dict[str, Any]:
    """Say what the licences of the parts ask for, and give it for the run record; nothing where none asks for more than avemo's own."""
    found = {each.audio_set.name: each.licence for each in parts.further if each.licence}
    if licence := loading.licence_of(config.network):
        found["network"] = licence
    for part, licence in found.items():
        say(f"licence of {part}: {licence}")
    return {LICENCES: found} if found else {}


def _check_tables(parts: Parts, clips: pa.Table) -> None:
    for option, table in (("--audio-table", parts.audio_table), ("--face-table", parts.face_table)):
        if table is not None:
            _check_clips(option, table, clips.column("clip_id").to_pylist())


def _check_clips(option: str, table: OwnTable, clips: list[str]) -> None:
    unknown = [name for name in clips if name not in table.rows]
    if clips and len(unknown) == len(clips):
        alike = about_lookalike(clips[0], table.rows.__contains__)
        raise ConfigError(
            f"{option}: it has rows of {len(table.rows):,} clips, such as {min(table.rows, default='none')}, and of none of these "
            f"{len(clips):,}, such as {clips[0]}: name clips as the clips table does (clip_id)" + (alike and f"\n  Of {clips[0]} {alike}.")
        )
    left_out = f"; left out: {_some(table.left_out)}" if table.left_out else ""
    say(f"{option}: {table.kind}, {len(table.columns)} values: {_some(table.columns)}{left_out}")
    if unknown:
        say(f"{option}: {len(unknown):,} of {len(clips):,} clips have no row in it, such as {unknown[0]}")


def _some(names: tuple[str, ...]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
