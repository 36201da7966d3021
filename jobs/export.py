"""Export predictions as subtitles, tiers for annotation tools, or tables for statistics."""

import sys

sys.path[0] = sys.path[0].removesuffix("/jobs")  # jobs/select.py would hide the standard library's select

from dataclasses import dataclass
from typing import Annotated

import tyro

from avemo_core.export.formats import Format
from cluster.export.job import ExportOptions, export_predictions
from jobs.command import DONE, run


@dataclass(frozen=True, kw_only=True)
class Arguments(ExportOptions):
    """Which predictions, and as what."""

    as_format: Annotated[Format, tyro.conf.arg(name="as")]  # `as` is a word of Python's own
    """vtt, srt: subtitles. textgrid: Praat. eaf: ELAN. csv: flat tables. audformat: a database. arff: Weka, scipy.
    Subtitles and tiers know no overlap: segments that overlap (--stride below --segment) are cut half way between their centres."""


def main(options: Arguments) -> int:
    """Export predictions as subtitles, tiers for annotation tools, or tables for statistics."""
    exported = export_predictions(options)
    print(f"{exported.rows:,} rows, {exported.files:,} files: {options.out}")
    return DONE


if __name__ == "__main__":
    run(main, Arguments)
