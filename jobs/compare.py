"""Train the models of Table 1 side by side, with repeats, and print their accuracies with intervals."""

import sys

sys.path[0] = sys.path[0].removesuffix("/jobs")  # jobs/select.py would hide the standard library's select

from collections.abc import Mapping
from typing import Any

from avemo_core.evaluation.in_words import interval_over, left_out_of_uar
from avemo_core.runtime.public import public
from cluster.compare.job import CompareOptions, Comparison, compare
from jobs.command import DONE, run


def main(options: CompareOptions) -> int:
    """Train the models of Table 1 side by side, with repeats, and print their accuracies with intervals."""
    print_table(compare(options))
    return DONE


def print_table(comparison: Comparison) -> None:
    """Print accuracies and UAR with their 95 % intervals, beside the paper's accuracies on other data."""
    table = comparison.table
    rows = table["rows"]
    width = max(len(row["model"]) for row in rows)
    held_out = next((part for part in ("test", "val", "train") if part in rows[0]), "train")
    named = f"{held_out} [95 % interval]"
    against = "to the first inputs" if len(table.get("inputs", ())) > 1 else "to the row above"
    has_paper = any(row["paper"] for row in rows)  # the paper compares encodings, not inputs
    last = "  paper, AFEW" if has_paper else ""
    print(f"{'':{width}}  {'train':>6}  {named:<22}  {'UAR':<22}  {against:<24}  {'in UAR':<24}  parameters  seconds{last}")
    for row in rows:
        gain = row["difference"]
        print(
            f"{row['model']:{width}}  {row['train']['mean']:6.3f}  "
            f"{_interval(row[held_out], ''):<22}  {_interval(row['uar'][held_out], ''):<22}  "
            f"{_interval(gain, '+'):<24}  {_interval(gain and gain['uar'], '+'):<24}  "
            f"{row['parameters']:>10,}  {row['seconds']:>7.1f}"
            + (f"  {_percent((row['paper'] or {}).get(held_out)):>12}" if has_paper else "")
        )
    print(f"{held_out}: {table['roles'][held_out]}; intervals {interval_over({'interval_over': table['interval_over'][held_out]})}")
    if absent := left_out_of_uar({"recall": rows[0]["recall"][held_out]}):
        print(absent)
    print(f"{table['clips']} clips, chance {table['chance']:.3f}; repeats {table['repeats']}, {table['preset']}, folds {_folds(table)}")
    if unmatched := table.get("folds_of_no_clip"):
        print(f"{len(unmatched)} name(s) of {table['folds']} have no labelled clip, among them {', '.join(unmatched[:3])}")
    print(table["selection"] + (f"; the paper's column is the {held_out} part of another data set" if has_paper else ""))
    print(f"done: {comparison.seconds:.0f} s, table in {public(comparison.out)}")


def _folds(table: Mapping[str, Any]) -> str:
    """Which folds, and how many clips they hold out."""
    counts = list(table["held_out_clips"].values())
    if len(counts) < 2:
        return str(table["folds"])
    held_out = f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"
    return f"{table['folds']} ({len(counts)}, each holds out {held_out} clips)"


def _interval(estimate: Mapping[str, Any] | None, sign: str) -> str:
    if estimate is None:
        return ""
    return f"{estimate['mean']:{sign}.3f} [{estimate['low']:{sign}.3f}, {estimate['high']:{sign}.3f}]"


def _percent(accuracy: float | None) -> str:
    return "" if accuracy is None else f"{accuracy:.2%}"


if __name__ == "__main__":
    run(main, CompareOptions)
