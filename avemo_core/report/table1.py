"""Read Table 1 from what `compare` wrote."""

from collections.abc import Mapping
from typing import Any, Final

from avemo_core.errors import ConfigError
from avemo_core.report.inputs import Compared

FILE: Final = "table.json"
SPLITS: Final = ("train", "val", "test")


def compared_of(document: Any) -> tuple[Compared, ...]:  # noqa: ANN401 - JSON, checked here
    """The rows of the table, in its order.

    Args:
        document: `{"rows": [{"model": NAME, "SPLIT": {"mean": M, "low": L, "high": H} or null, "paper": {"SPLIT": M}}]}`,
            with shares between 0 and 1 and the splits train, val and test; other entries are not read.

    Raises:
        ConfigError: the document has another shape.
    """
    try:
        return tuple(_row(row) for row in document["rows"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"{FILE} of the comparison has another shape than this version reads: {type(error).__name__}: {error}") from error


def _row(row: Mapping[str, Any]) -> Compared:
    measured = {split: row[split] for split in SPLITS if row.get(split)}
    return Compared(
        model=str(row["model"]),
        splits={split: (float(each["mean"]), float(each["low"]), float(each["high"])) for split, each in measured.items()},
        paper={split: float(share) for split, share in (row.get("paper") or {}).items() if share is not None},
    )
