"""Score clips with a trained model: predictions and both attentions, written as Parquet."""

import sys

sys.path[0] = sys.path[0].removesuffix("/jobs")  # jobs/select.py would hide the standard library's select

from cluster.score.job import ScoreOptions, dry_run, score
from jobs.command import DONE, exit_code_for, run


def main(options: ScoreOptions) -> int:
    """Score clips with a trained model: predictions and both attentions."""
    if options.dry_run:
        print(dry_run(options).line())
        return DONE
    return exit_code_for(score(options), options.max_reject_share)


if __name__ == "__main__":
    run(main, ScoreOptions)
