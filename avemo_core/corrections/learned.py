"""What a model was trained with, against what is known of the same clips now."""

import pyarrow as pa
import pyarrow.compute as pc

COLUMNS = ("clip_id", "label", "subject")
"""Of a table's rows, what is compared."""


def changed_since(learned: pa.Table | None, rows: pa.Table) -> dict[str, int]:
    """How many clips have another label or subject now than a model was trained with.

    Args:
        learned: `COLUMNS` as the model's bundle has them; None where it has none.
        rows: `COLUMNS` of features or predictions.

    Returns:
        label, subject -> clips, of those that both know; without those that are 0.
    """
    if learned is None:
        return {}
    place = pc.index_in(rows.column("clip_id"), learned.column("clip_id").combine_chunks())
    counts = {name: pc.sum(pc.not_equal(rows.column(name), learned.column(name).take(place))).as_py() or 0 for name in COLUMNS[1:]}
    return {name: count for name, count in counts.items() if count}


def trained_before(learned: pa.Table | None, rows: pa.Table) -> str | None:
    """The same as a user reads it; None where the model was trained with what is true now."""
    changed = changed_since(learned, rows)
    if not changed:
        return None
    told = " and ".join(f"another {name} ({count:,})" for name, count in changed.items())
    return f"This model was trained before a correction: some of its clips have {told} now. Train again for it to learn that."
