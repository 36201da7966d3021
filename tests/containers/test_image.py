"""What the image holds is right by its own doctor, and extracts."""

from pathlib import Path

import pytest

from tests.containers.builder import Builder

pytestmark = pytest.mark.timeout(3600)


def test_the_doctor_finds_nothing_wrong_in_it(builder: Builder):
    assert builder.run("python", "jobs/doctor.py").splitlines()[-1] == "nothing is wrong"


def test_ray_is_found_by_a_login_shell_and_nobody_is_root(builder: Builder):
    said = builder.run("bash", "-lc", "which ray; id -un; which wget")

    assert said.split() == ["/opt/avemo/.venv/bin/ray", "avemo", "/usr/bin/wget"]


def test_it_extracts_what_is_mounted(builder: Builder, clips: Path):
    out = ["--out", "/home/avemo/features"]
    said = builder.run("python", "jobs/extract.py", "--clips", "/clips", "--selection", "all", *out, mounts=[f"{clips}:/clips:ro"])

    assert said.splitlines()[-1].startswith("done: 2 done, 0 rejected")
