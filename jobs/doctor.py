"""Say what is right and wrong with this machine, and with each node of the cluster that it joins."""

import sys

sys.path[0] = sys.path[0].removesuffix("/jobs")  # jobs/select.py would hide the standard library's select

from avemo_core.runtime.public import public
from cluster.doctor.job import DoctorOptions, diagnose
from jobs.command import DONE, FAILED, run


def main(options: DoctorOptions) -> int:
    """Say what is right and wrong with this machine, and with each node of the cluster that it joins."""
    count = 0
    for machine, findings in diagnose(options):
        count += sum(finding.is_wrong for finding in findings)
        print(machine, *(public(line) for finding in findings for line in finding.lines()), sep="\n", flush=True)
    print("nothing is wrong" if not count else f"wrong: {count}")
    return FAILED if count else DONE


if __name__ == "__main__":
    run(main, DoctorOptions)
