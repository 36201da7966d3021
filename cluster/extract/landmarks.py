"""By which landmark scheme a run extracts: that of the table it goes on with, or of the shards beside it, unless it asks for one."""

from __future__ import annotations

from avemo_core.extraction.config import landmarks_in
from avemo_core.faces.landmarks import SCHEME, LandmarkScheme
from avemo_core.runtime.public import public
from cluster.progress import say
from cluster.tables.existing import recorded
from cluster.tables.paths import shards


def landmarks_for(out: str, asked: LandmarkScheme | None = None, *, is_shard: bool) -> LandmarkScheme:
    """The scheme of the rows that are there already, so that a table is finished as it was begun; says so if a new one would have another.

    Args:
        out: the features table, with `--shard` that of the shard.
        asked: what the options name, which the fingerprint holds against the rows that are there; None: nothing.
        is_shard: whether it is one of several, which readers see as one table.

    Raises:
        ConfigError: what lies there cannot be reached, or is no table.
    """
    if asked is not None:
        return asked
    whole = out.rstrip("/").rpartition("/")[0]
    beside = [f"{whole}/{name}" for name in shards(whole)] if is_shard else []
    records = (recorded(location) for location in (out, *beside))
    found = next((record.fingerprint.get("feature_set") for record in records if record is not None), None)
    scheme = landmarks_in(str(found)) or SCHEME
    if scheme != SCHEME:
        say(f"landmarks: {public(whole if is_shard else out)} has those of {scheme} and goes on with them; a new --out takes {SCHEME}")
    return scheme
