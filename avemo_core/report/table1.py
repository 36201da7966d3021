"""Read Table 1 from what `compare` wrote."""

from collections.abc import Mapping
from typing import Any, Final

from avemo_core.errors import ConfigError
from avemo_core.evaluation.in_words import interval_over
from avemo_core.report.inputs import Compared

FILE: Final = "table.json"
SPLITS: Final = ("train", "val", "test")


def compared_of(document: Any) -> tuple[Compared, ...]:  # noqa: ANN401 - JSON, checked here
    """The rows of the table, in its order.

    Args:
        document: `{"rows": [{"model": NAME, "SPLIT": {"mean": M, "low": L, "high": H} or null, "uar": {"SPLIT": like it},
            "paper": {"SPLIT": M}}], "interval_over": {"SPLIT": {"unit": U, "count": N}}, "roles": {"SPLIT": WORDS}}`, with shares between 0
            and 1 and the splits train, val and test; other entries are not read. Earlier versions wrote no uar, interval_over and roles.

    Raises:
        ConfigError: the document has another shape.
    """
    try:
        over, roles = document.get("interval_over", {}), document.get("roles", {})
        return tuple(_row(row, over, roles) for row in document["rows"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"{FILE} of the comparison has another shape than this version reads: {type(error).__name__}: {error}") from error


def _row(row: Mapping[str, Any], over: Mapping[str, Any], roles: Mapping[str, Any]) -> Compared:
    splits = _estimates(row)
    return Compared(
        model=str(row["model"]),
        splits=splits,
        uar=_estimates(row.get("uar") or {}),
        over={split: interval_over({"interval_over": over.get(split)}) for split in splits},
        roles={split: str(roles[split]) for split in splits if split in roles},
        paper={split: float(share) for split, share in (row.get("paper") or {}).items() if share is not None},
    )


def _estimates(by_split: Mapping[str, Any]) -> dict[str, tuple[float, float, float]]:
    measured = {split: by_split[split] for split in SPLITS if by_split.get(split)}
    return {split: (float(each["mean"]), float(each["low"]), float(each["high"])) for split, each in measured.items()}
