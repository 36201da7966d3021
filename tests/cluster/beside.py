"""What lies beside a table's parts."""

from pathlib import Path


def beside(table: Path | str) -> Path:
    """The sibling in which everything of a table lies that is no part: written out here, as users type it."""
    return Path(f"{table}.avemo")
