"""How far predictions may be relied on: what `--abstain` comes to, and how many rows are novel."""

from __future__ import annotations

from typing import Any

from avemo_core.abstention.threshold import Abstention, abstained_line
from avemo_core.bundle.bundle import Bundle
from avemo_core.errors import ConfigError, DamagedPart
from avemo_core.novelty.in_words import novelty_line
from cluster.storage.location import open_folder
from cluster.tables.parts import part_entries, read


def abstention_of(bundle: Bundle, risk: float | None, model: str) -> Abstention | None:
    """The confidence from which clips are answered; None where no risk was asked for.

    Args:
        bundle: the model.
        risk: `--abstain`.
        model: its name for the user.

    Raises:
        ConfigError: the bundle does not hold what it takes.
    """
    if risk is None:
        return None
    if bundle.held_out is None:
        raise ConfigError(
            f"--abstain: {model} does not say how often it is right about people held out: it is of an earlier version, or had nobody to "
            "hold out\n  Train it again, on clips of two people or more (preset paper: with a val split), or score without --abstain."
        )
    return Abstention.of(risk, bundle.held_out)


def settings_of(abstention: Abstention | None) -> dict[str, Any]:
    """What the run record says of it."""
    if abstention is None:
        return {}
    bound = None if abstention.answers is None else abstention.answers.bound
    threshold = None if abstention.answers is None else abstention.threshold
    return {"abstention": {"risk": abstention.risk, "threshold": threshold, "bound": bound, "reachable": abstention.reachable}}


def novelty_lines(out: str) -> list[str]:
    """What a user should know of the rows of a table: how many are novel, and how many were not answered."""
    if not part_entries(open_folder(out)):
        return []  # every row was rejected, or the run was stopped before the first part
    try:
        rows = read(out, ["novelty", "predicted"])
    except DamagedPart:
        return []  # whoever reads the table meets it, and is told
    novelty = rows.column("novelty")
    told = (novelty_line(novelty.to_numpy()), abstained_line(rows.column("predicted").null_count, len(rows)))
    return [f"score: {line}" for line in told if line]
