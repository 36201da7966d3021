"""Train the models of Table 1 side by side, with repeats, and say how sure their order is."""

import sys

sys.path[0] = sys.path[0].removesuffix("/jobs")  # jobs/select.py would hide the standard library's select

from collections.abc import Mapping
from typing import Any

from cluster.compare.job import CompareOptions, Comparison, compare
from jobs.command import DONE, run


def main(options: CompareOptions) -> int:
    """Train the models of Table 1 side by side, with repeats, and say how sure their order is."""
    print_table(compare(options))
    return DONE


def print_table(comparison: Comparison) -> None:
    """Print what was measured, with 95 % intervals over clips and repeats, beside what the paper measured on other data."""
    table = comparison.table
    width = max(len(row["model"]) for row in table["rows"])
    held_out = next((part for part in ("test", "val", "train") if part in table["rows"][0]), "train")
    print(f"{'':{width}}  {'train':>6}  {held_out + ' [95 % interval]':<22}  {'to the row above':<24}  parameters  seconds  paper, AFEW")
    for row in table["rows"]:
        print(
            f"{row['model']:{width}}  {row['train']['mean']:6.3f}  {_share(row[held_out], ''):<22}  {_share(row['difference'], '+'):<24}  "
            f"{row['parameters']:>10,}  {row['seconds']:>7.1f}  {_percent((row['paper'] or {}).get(held_out)):>12}"
        )
    print(f"{table['clips']} clips, chance {table['chance']:.3f}; repeats {table['repeats']}, {table['preset']}, folds {table['folds']}")
    print(f"{table['selection']}; the paper's column is the {held_out} part of another data set")
    print(f"done: {comparison.seconds:.0f} s, table in {comparison.out}")


def _share(share: Mapping[str, Any] | None, sign: str) -> str:
    if share is None:
        return ""
    return f"{share['mean']:{sign}.3f} [{share['low']:{sign}.3f}, {share['high']:{sign}.3f}]"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.2%}"


if __name__ == "__main__":
    run(main, CompareOptions)
