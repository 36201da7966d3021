"""Recipes by which a network might be worth more than the pooled linear model: every trial on three corpora, people left out.

    python benchmarks/search.py FEATURES MEDIA --cache CACHE [--trials NAME ..] [--corpora NAME ..] [--seeds 0 ..]
    python benchmarks/search.py --cache CACHE --tables

FEATURES holds the tables java-sed-sound, nemo-sound and java-sed (`extract --selection all`), MEDIA the corpora's folders of the same
names. Recipes are chosen on one half of the people and reported on the other. Results lie in CACHE/results.jsonl, a line a trial and
fold, as they come: an interrupted search goes on where it was. The second form prints the tables of
docs/benchmarks/search.md.
"""

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))  # before numpy loads its BLAS

import argparse
import sys
from pathlib import Path

import torch

sys.path.insert(1, str(Path(__file__).parents[1]))

from network_search.corpora import CORPORA
from network_search.page import differences_table, trials_table
from network_search.running import GROUPS, POOLED, Folds, rows_of, run
from network_search.trials import TRIALS

PAIRS = (
    ("preset best", POOLED),
    ("preset best, 12 epochs, taught 1", POOLED),
    ("preset best, 12 epochs, taught 1", "preset best"),
    ("preset best, 12 epochs", "preset best"),
    ("short form", "average encoding"),
    ("linear branch", POOLED),
)
"""Trials whose accuracies are set against each other, clip by clip."""


def main() -> None:
    """Print a line a trial and fold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", type=Path, nargs="?")
    parser.add_argument("media", type=Path, nargs="?")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--trials", nargs="+", default=[POOLED, *TRIALS])
    parser.add_argument("--corpora", nargs="+", default=list(CORPORA))
    parser.add_argument("--groups", nargs="+", default=list(GROUPS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--tables", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(1)
    results = given.cache / "results.jsonl"
    if given.tables:
        rows = rows_of(results)
        print("\n".join([*trials_table(rows), "", *differences_table(rows, PAIRS)]))
        return
    for row in run(given.trials, given.corpora, given.groups, given.seeds, Folds(given.cache, given.features, given.media), results):
        right = [said.index(max(said)) == label for said, label in zip(row["probabilities"], row["labels"], strict=True)]
        share = [one["localisation"] for one in row["splices"] if not one["level_matched"]]
        attention = f"  attention {sum(share) / len(share):.2f} x" if share else ""
        print(
            f"{row['corpus']:15} {row['group']} seed {row['seed']} {row['trial']:32} {sum(right) / len(right):.3f}{attention}"
            f"  {row['cpu_s']:.1f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
