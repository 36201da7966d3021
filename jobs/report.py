"""Write a report that opens in a browser: the paper's figures, and every clip with its attention."""

import sys

sys.path[0] = sys.path[0].removesuffix("/jobs")  # jobs/select.py would hide the standard library's select

from avemo_core.runtime.public import public
from cluster.report.job import ReportOptions, report
from jobs.command import DONE, run


def main(options: ReportOptions) -> int:
    """Write a report that opens in a browser: the paper's figures, and every clip with its attention."""
    built = report(options)
    failed = ", ".join(f"{reason} {count:,}" for reason, count in sorted(built.without_picture.items()))
    pictures = f"pictures or sound of {built.pictured:,}" + (f" (no picture: {failed})" if failed else "")
    print(f"{built.clips:,} clips, {pictures}, {built.figures} figures, {built.size_bytes / 1e6:.1f} MB")
    for note in built.notes:
        print(f"note: {note}")
    print(f"report: {public(options.out).rstrip('/')}/index.html")
    return DONE


if __name__ == "__main__":
    run(main, ReportOptions)
