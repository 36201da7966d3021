"""Train the models of Table 1 side by side, with repeats, and print their accuracies with intervals."""

import sys

sys.path[0] = sys.path[0].removesuffix("/jobs")  # jobs/select.py would hide the standard library's select

from collections.abc import Mapping
from typing import Any

from avemo_core.runtime.public import public
from cluster.compare.job import CompareOptions, Comparison, compare
from jobs.command import DONE, run


def main(options: CompareOptions) -> int:
    """Train the models of Table 1 side by side, with repeats, and print their accuracies with intervals."""
    print_table(compare(options))
    return DONE


def print_table(comparison: Comparison) -> None:
    """Print the accuracies, with 95 % intervals over clips and repeats, beside those of the paper on other data."""
    table = comparison.table
    width = max(len(row["model"]) for row in table["rows"])
    held_out = next((part for part in ("test", "val", "train") if part in table["rows"][0]), "train")
    print(f"{'':{width}}  {'train':>6}  {held_out + ' [95 % interval]':<22}  {'to the row above':<24}  parameters  seconds  paper, AFEW")
    for row in table["rows"]:
        print(
            f"{row['model']:{width}}  {row['train']['mean']:6.3f}  "
            f"{_interval(row[held_out], ''):<22}  {_interval(row['difference'], '+'):<24}  "
            f"{row['parameters']:>10,}  {row['seconds']:>7.1f}  {_percent((row['paper'] or {}).get(held_out)):>12}"
        )
    print(f"{table['clips']} clips, chance {table['chance']:.3f}; repeats {table['repeats']}, {table['preset']}, folds {table['folds']}")
    print(f"{table['selection']}; the paper's column is the {held_out} part of another data set")
    print(f"done: {comparison.seconds:.0f} s, table in {public(comparison.out)}")


def _interval(estimate: Mapping[str, Any] | None, sign: str) -> str:
    if estimate is None:
        return ""
    return f"{estimate['mean']:{sign}.3f} [{estimate['low']:{sign}.3f}, {estimate['high']:{sign}.3f}]"


def _percent(accuracy: float | None) -> str:
    return "" if accuracy is None else f"{accuracy:.2%}"


if __name__ == "__main__":
    run(main, CompareOptions)
