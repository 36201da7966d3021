"""Train a face network to tell people apart, from a folder of pictures for each person."""

import sys

sys.path[0] = sys.path[0].removesuffix("/jobs")  # jobs/select.py would hide the standard library's select

from cluster.pretrain import job
from cluster.pretrain.job import PretrainOptions
from jobs import command


def main(options: PretrainOptions) -> int:
    """Train a face network to tell people apart, from a folder of pictures for each person."""
    print("\n".join(job.pretrain(options).lines()))
    return command.DONE


if __name__ == "__main__":
    command.run(main, PretrainOptions)
