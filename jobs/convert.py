"""Bring a table that avemo 0.1.0 wrote into the format of this version, without extracting again."""

import sys

sys.path[0] = sys.path[0].removesuffix("/jobs")  # jobs/select.py would hide the standard library's select

from cluster.convert.job import ConvertOptions, convert
from jobs.command import DONE, run


def main(options: ConvertOptions) -> int:
    """Bring a table that avemo 0.1.0 wrote into the format of this version, without extracting again."""
    print(convert(options).line())
    return DONE


if __name__ == "__main__":
    run(main, ConvertOptions)
