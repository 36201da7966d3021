"""Train a face network to tell people apart, from a folder of pictures for each person."""

import sys

sys.path[0] = sys.path[0].removesuffix("/jobs")  # jobs/select.py would hide the standard library's select

from dataclasses import dataclass
from typing import Annotated

import tyro

from cluster.pretrain import job
from cluster.pretrain.job import PretrainOptions
from jobs import command


@dataclass(frozen=True, kw_only=True)
class Arguments(PretrainOptions):
    """Which people to learn from, and how."""

    start: Annotated[str | None, tyro.conf.arg(name="from")] = None  # `from` is a word of Python's own
    """A weights' file to go on from, or `shipped`; without: weights drawn at random."""


def main(options: Arguments) -> int:
    """Train a face network to tell people apart, from a folder of pictures for each person."""
    print("\n".join(job.pretrain(options).lines()))
    return command.DONE


if __name__ == "__main__":
    command.run(main, Arguments)
