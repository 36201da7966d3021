"""Audio sets side by side: every person left out in turn, the pooled linear model and `best`, with intervals over people.

    OMP_NUM_THREADS=1 python benchmarks/inputs.py FEATURES OUT [--inputs yaafe27 librosa ...] [--repeats 1] [--folds subject]

FEATURES holds the sets that are named, as `extract --audio yaafe27,librosa,egemaps` writes them; without --inputs every set that it
holds is taken alone, every two of them, and all. OUT is that of `compare`, by which everything is fitted. Printed: a Markdown table,
each row with its paired difference to the first inputs.
"""

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))  # before numpy loads its BLAS

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

sys.path.insert(1, str(Path(__file__).parents[1]))

from avemo_core.features.parts import audio_sets, parts_in
from cluster.compare.job import CompareOptions, compare
from cluster.compare.results import POOLED
from cluster.tables.feature_table import columns_of_table

_SHOWN = (POOLED, "best")
"""Models whose names begin so: the networks by themselves say when, not what (docs/decisions/network.md)."""


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features")
    parser.add_argument("out")
    parser.add_argument("--inputs", nargs="+")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--folds", default="subject")
    given = parser.parse_args()
    wanted = given.inputs or unions(audio_sets(parts_in(columns_of_table(given.features))))
    options = CompareOptions(features=given.features, out=given.out, inputs=tuple(wanted), folds=given.folds, repeats=given.repeats)
    print("\n".join(page(compare(options).table)))


def unions(sets: Sequence[str]) -> list[str]:
    """Each set alone, every two, and all of them."""
    sizes = sorted({1, 2, len(sets)} & set(range(1, len(sets) + 1)))
    return [",".join(some) for size in sizes for some in combinations(sets, size)]


def page(table: Mapping[str, Any]) -> Iterator[str]:
    """Rows of the models that name the emotion."""
    over = table["interval_over"]["test"]
    yield f"{table['clips']} clips, chance {table['chance']:.3f}; intervals over {over['count']} {over['unit']}"
    yield ""
    yield "| inputs | model | accuracy [95 %] | UAR [95 %] | accuracy to the first | UAR to the first |"
    yield "|---|---|---|---|---|---|"
    for row in table["rows"]:
        model = row["model"].split(": ")[0] if row["model"].startswith(POOLED) else "best"
        if row["model"].startswith(_SHOWN):
            gain = row["difference"]
            both = (gain, gain["uar"]) if gain else (None, None)
            told = (_interval(row["test"]), _interval(row["uar"]["test"]), *(_interval(each, "+") for each in both))
            yield f"| {row.get('inputs', ', '.join(table.get('inputs', ())))} | {model} | {' | '.join(told)} |"


def _interval(estimate: Mapping[str, float] | None, sign: str = "") -> str:
    return "" if estimate is None else f"{estimate['mean']:{sign}.3f} [{estimate['low']:{sign}.3f}, {estimate['high']:{sign}.3f}]"


if __name__ == "__main__":
    main()
