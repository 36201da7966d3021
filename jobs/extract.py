"""Extract face shape, face appearance and audio features from video clips, over a pool of Ray actors."""

import sys

sys.path[0] = sys.path[0].removesuffix("/jobs")  # jobs/select.py would hide the standard library's select

from cluster.extract.job import ExtractOptions, extract, rehearsal
from jobs.command import DONE, run, told


def main(options: ExtractOptions) -> int:
    """Extract features from video clips: face shape, face appearance, audio."""
    if options.dry_run:
        print(rehearsal(options).line())
        return DONE
    return told(extract(options), options.max_reject_share)


if __name__ == "__main__":
    run(main, ExtractOptions)
