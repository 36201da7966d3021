"""Say what a corpus folder is understood as, and write it as a clips table that one may edit."""

import sys

sys.path[0] = sys.path[0].removesuffix("/jobs")  # jobs/select.py would hide the standard library's select

from cluster.corpora.job import CorporaOptions, write_clips_table
from jobs.command import DONE, run


def main(options: CorporaOptions) -> int:
    """Say what a corpus folder is understood as, and write it as a clips table that one may edit."""
    print("\n".join(write_clips_table(options).lines()))
    return DONE


if __name__ == "__main__":
    run(main, CorporaOptions)
