"""Score clips with a trained model: predictions and both attentions, written as Parquet."""

import sys

sys.path[0] = sys.path[0].removesuffix("/jobs")  # jobs/select.py would hide the standard library's select

from cluster.score.job import ScoreOptions, score
from jobs.command import exit_code_for, run


def main(options: ScoreOptions) -> int:
    """Score clips with a trained model: predictions and both attentions."""
    return exit_code_for(score(options), options.max_reject_share)


if __name__ == "__main__":
    run(main, ScoreOptions)
