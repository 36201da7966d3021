"""Extract features from video clips: face shape, face appearance, audio."""

import sys

sys.path[0] = sys.path[0].removesuffix("/jobs")  # jobs/select.py would hide the standard library's select

from cluster.extract.job import ExtractOptions, dry_run, extract
from jobs.command import DONE, exit_code_for, run


def main(options: ExtractOptions) -> int:
    """Extract features from video clips: face shape, face appearance, audio."""
    if options.dry_run:
        print(dry_run(options).line())
        return DONE
    return exit_code_for(extract(options), options.max_reject_share)


if __name__ == "__main__":
    run(main, ExtractOptions)
