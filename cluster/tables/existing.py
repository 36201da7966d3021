"""What lies at an output already: a table that a run may go on with, one that it may not, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from avemo_core.errors import ConfigError
from cluster.storage.folder import Folder
from cluster.storage.location import open_folder, usable
from cluster.tables import format1, run_record
from cluster.tables.parts import part_entries, stored_schema
from cluster.tables.paths import PART_PREFIX, RECORD, check_place, shards, sibling
from cluster.tables.run_record import RunRecord
from schemas.columns import differences


def check_table(location: str, schema: pa.Schema, fingerprint: Mapping[str, Any]) -> RunRecord | None:
    """Make sure that a run with these settings may write the table; touches nothing and needs no lock.

    Returns:
        The table's record; None if there is no such table yet.

    Raises:
        ConfigError: it was made with another fingerprint or schema, or by something else, or cannot be reached.
    """
    check_place(location)
    record = recorded(location)
    with usable(location):
        folder = open_folder(location)
        begun = shards(location)
        parts, is_format_1 = part_entries(folder), format1.is_format_1(folder)
    if is_format_1:
        raise ConfigError(f"{folder.uri}: a table of avemo 0.1.0, which this version reads and does not write\n{_how_to_go_on(folder)}")
    if begun:
        raise ConfigError(f"--out {folder.uri}: it holds {begun[0]}, whose clips would come twice; name another folder, or use --shard")
    if record is None and parts:
        raise ConfigError(
            f"{folder.uri}: expected a new folder, or a table with its {sibling('OUT')}/{RECORD}; found Parquet files alone.\n"
            "  Choose another --out, or bring the table's sibling back beside it."
        )
    if record is not None:
        _check_fingerprint(folder.uri, fingerprint, record.fingerprint)
    if parts and (lines := differences(schema, stored_schema(location))):
        raise ConfigError(
            f"{folder.uri}: the table has other columns than this run writes\n  " + "\n  ".join(lines) + "\n  Choose another --out."
        )
    return record


def recorded(location: str) -> RunRecord | None:
    """The record of a table, with the settings to go on by; None if the folder has none.

    Raises:
        ConfigError: it cannot be reached, or is no table.
    """
    with usable(location):
        return run_record.read_record(location)


def holds_table(location: str) -> bool:
    """Whether rows of a table lie in the folder itself, rather than in subfolders of shards.

    Raises:
        ConfigError: it cannot be reached, or is no table.
    """
    with usable(location):
        return recorded(location) is not None or any(entry.name.startswith(PART_PREFIX) for entry in open_folder(location).entries())


def _check_fingerprint(uri: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    if run_record.fingerprint_sha256(wanted) == run_record.fingerprint_sha256(found):
        return
    keys = [key for key in dict.fromkeys([*wanted, *found]) if wanted.get(key) != found.get(key)]
    lines = [f"  {key}: this run {_short(wanted.get(key))}, the table {_short(found.get(key))}" for key in keys]
    raise ConfigError(
        "\n".join([f"{uri}: the table was made with other settings", *lines, "  Choose another --out, or the table's settings."])
    )


def _how_to_go_on(folder: Folder) -> str:
    return format1.HOW_TO_GO_ON.format(uri=folder.uri)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 160 else f"{text[:156]} ..."
