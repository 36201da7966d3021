"""What a features table says of itself before its sequences are read: ids, labels and subjects, and how it was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from avemo_core.appearance.seen import SeenClips, seen_by
from avemo_core.errors import ConfigError, TableError
from avemo_core.extraction.media_version import MEDIA_VERSION, media_version
from avemo_core.runtime.public import public
from cluster.tables import parts
from cluster.tables.existing import holds_table, recorded
from cluster.tables.paths import check_place, shards
from cluster.tables.run_record import CLIPS_READ, CONVERTED, RunRecord, read_record

Provenance = Mapping[str, Any]
"""`fingerprint` and `about` of a table's run record; empty where it has none."""

_FEATURE_SET: Final = "feature_set"


def identity(features: str, columns: Sequence[str]) -> tuple[pa.Table, str]:
    """Some of the table's short columns, and its feature_set.

    Raises:
        ConfigError: there is no features table, it lacks a column, or it holds several feature_sets.
    """
    try:
        table = parts.read(features, [*columns, _FEATURE_SET])
    except TableError as error:
        raise ConfigError(f"--features {error}") from error
    found = sorted(set(table.column(_FEATURE_SET).to_pylist()))
    if len(found) != 1:
        raise ConfigError(
            f"feature_set: expected one in the whole table, found {len(found)}: {', '.join(found)}\n  Extract again, all alike."
        )
    return table, str(found[0])


def columns_of_table(features: str) -> list[str]:
    """The names of all columns of a table that `identity` has read.

    Raises:
        TableError: it cannot be read.
    """
    names: list[str] = parts.stored_schema(features).names
    return names


def check_own_folder(out: str, features: str) -> None:
    """Refuse to write a model or a comparison where a table lies: readers of the table take every Parquet file there for a part of it.

    Raises:
        ConfigError: the output is the features table, or another table, or lies in one.
    """
    check_place(out)
    if out.rstrip("/") == features.rstrip("/") or holds_table(out) or shards(out):
        raise ConfigError(f"--out {out}: a table lies there, which could not be read any more; name another folder")


def check_media_version(location: str) -> None:
    """Refuse to add rows to a features table whose own were made by another reading of the files.

    Raises:
        ConfigError: it is of another media version; the message says what may be done with it.
    """
    record = recorded(location)
    if record is None or "model" in record.fingerprint or _FEATURE_SET not in record.fingerprint:
        return
    found = media_version(str(record.fingerprint[_FEATURE_SET]))
    if found != MEDIA_VERSION:
        raise ConfigError(
            f"{public(location)}: its features are of media version {found}, and this avemo extracts version {MEDIA_VERSION}: "
            "the two do not go together in one table\n"
            "  It can be scored, trained on and reported as it is. "
            f"Finish {_begun(record)}, or extract all clips into a new --out."
        )


def _begun(record: RunRecord) -> str:
    """Which table to finish, and with what: one that was converted is written by the version that converted it, and by no other."""
    if CONVERTED in record.about:
        return f"{record.about[CONVERTED]['from']} with avemo 0.1.0, and convert it then"
    return f"it with the version that began it (avemo {record.versions.get('avemo', 'of then')})"


def provenance_of(features: str) -> Provenance:
    """How the table was made; of one that several drivers wrote, how its first shard was: all have one feature_set."""
    locations = (features, *(f"{features.rstrip('/')}/{name}" for name in shards(features)))
    records = (read_record(location) for location in locations)
    record = next((found for found in records if found is not None), None)
    if record is None:
        return {}
    # Where a table was converted from, who ran that one, and where the clips lay, no model needs; a bundle is given to others.
    about = {key: value for key, value in record.about.items() if key != CONVERTED}
    if CLIPS_READ in about:
        about[CLIPS_READ] = {key: value for key, value in about[CLIPS_READ].items() if key != "location"}
    return {"fingerprint": dict(record.fingerprint), "about": about}


def holds_whole_map(provenance: Provenance) -> bool:
    """Whether every value of the network's feature map was kept, in the feature map's own order."""
    selection = provenance.get("about", {}).get("extraction", {}).get("selection", {})
    is_whole = bool(selection) and len(selection["indices"]) == int(np.prod(selection["map_shape"]))
    return is_whole and is_ranked(provenance)


def is_ranked(provenance: Provenance) -> bool:
    """Whether the first of a table's appearance values are the most important ones, or could be ranked: those of a feature map.

    A network's vector, or faces of a user's own table, are read whole. Tables without a record are of before there were any.
    """
    selection = provenance.get("about", {}).get("extraction", {}).get("selection")
    return selection is None or (bool(selection) and int(np.prod(selection["map_shape"][1:])) > 1)


def seen_by_selection(provenance: Provenance) -> SeenClips | None:
    """The clips by whose labels the table's appearance values were selected; None where it does not say."""
    return seen_by(provenance.get("about", {}).get("extraction", {}).get("selection", {}))
