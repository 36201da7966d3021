"""Select which values of a face network's feature map are kept, by a random forest on emotion-labelled faces."""

import sys

sys.path[0] = sys.path[0].removesuffix("/jobs")  # jobs/select.py would hide the standard library's select

from cluster.select import job
from cluster.select.job import SelectOptions
from jobs import command


def main(options: SelectOptions) -> int:
    """Select which values of a face network's feature map are kept, by a random forest on emotion-labelled faces."""
    print("\n".join(job.select(options).lines()))
    return command.DONE


if __name__ == "__main__":
    command.run(main, SelectOptions)
