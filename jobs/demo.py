"""Make a small corpus of talking faces and run five commands on it."""

import sys

sys.path[0] = sys.path[0].removesuffix("/jobs")  # jobs/select.py would hide the standard library's select

from cluster.demo.job import Demonstration, DemoOptions, demonstrate
from jobs.command import DONE, run


def main(options: DemoOptions) -> int:
    """Make a small corpus of talking faces and run the commands on it: select, extract, train, score, report."""
    print("\n".join(lines(demonstrate(options))))
    return DONE


def lines(demo: Demonstration) -> list[str]:
    """The summary as a newcomer reads it."""
    head = demo.predictions.select(["clip_id", "label", "predicted", "confidence", "face_coverage"]).slice(0, 5).to_pandas()
    took = ", ".join(f"{step} {seconds:.0f} s" for step, seconds in demo.step_s.items())
    return [
        "",
        f'pd.read_parquet("{demo.places.predictions}"), the first rows and some columns of {demo.predictions.num_rows}:',
        head.to_string(index=False),
        "",
        f"accuracy    {demo.accuracy:.2f}, UAR {demo.uar:.2f}, chance {demo.chance:.2f}, on {demo.test_clips} clips of held-out actors.",
        "            All actors are two people's portraits, warped: this says nothing about people never seen.",
        f"attention   localisation {demo.attention.localisation:.2f} on the planted segments of {demo.attention.clips} of these clips:",
        "            the share of perception attention inside over the share of time inside;",
        f"            at most {demo.attention.ceiling:.2f}, before training {demo.untrained.localisation:.2f}.",
        f"took        {sum(demo.step_s.values()):.0f} s: {took}",
        f"everything  {demo.places.folder}",
        f"report      {demo.places.report}/index.html",
    ]


if __name__ == "__main__":
    run(main, DemoOptions)
