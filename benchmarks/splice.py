"""Whether attention finds the moment: a clip of one emotion between neutral clips of the same person, of people left out.

    python benchmarks/splice.py FEATURES MEDIA --cache CACHE [--trials NAME ..] [--corpora NAME ..] [--groups A1 ..] [--seeds 0 ..]
    python benchmarks/splice.py FEATURES MEDIA --check

FEATURES, MEDIA and CACHE are those of benchmarks/search.py, with which it shares folds and results; a trial is one of its names.
Printed: the share of the perception attention of the moment's emotion that falls on the moment, over the moment's share of the steps.
1 is an even spread. The second form sets a spliced recording's features against the spliced features of its pieces, and the
recording's own.
"""

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))  # before numpy loads its BLAS

import argparse
import sys
from pathlib import Path

import torch

sys.path.insert(1, str(Path(__file__).parents[1]))

from network_search.corpora import CORPORA, clips_of
from network_search.page import attention_table
from network_search.running import GROUPS, Folds, rows_of, run
from network_search.splices import checked


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", type=Path)
    parser.add_argument("media", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--trials", nargs="+", default=["preset best"])
    parser.add_argument("--corpora", nargs="+", default=list(CORPORA))
    parser.add_argument("--groups", nargs="+", default=list(GROUPS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.check:
        for line in checked(clips_of("java-sed-sound", given.features), given.media / "java-sed-sound"):
            print(line)
        return
    results = given.cache / "results.jsonl"
    for row in run(given.trials, given.corpora, given.groups, given.seeds, Folds(given.cache, given.features, given.media), results):
        print(f"{row['corpus']} {row['group']} {row['trial']} seed {row['seed']}", file=sys.stderr, flush=True)
    print("\n".join(attention_table(rows_of(results), given.trials)))


if __name__ == "__main__":
    main()
