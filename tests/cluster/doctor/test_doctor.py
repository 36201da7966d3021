"""What the doctor finds right and wrong, and what it says to do."""

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cluster.doctor.finding import Finding, fine, wrong
from cluster.doctor.job import DoctorOptions, diagnose
from cluster.doctor.machine import check_device, check_machine, check_model_files
from cluster.doctor.stores import check_read, check_write
from cluster.doctor.versions import check_versions
from cluster.storage.location import open_folder
from tests.waiting import ROOT, Job

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def _wrong(findings: list[Finding]) -> list[str]:
    return [finding.said for finding in findings if finding.is_wrong]


def test_this_machine_is_fine_and_all_of_it_was_looked_at():
    ((machine, findings),) = diagnose(DoctorOptions(precision="float32"))

    assert machine == "this machine"
    assert _wrong(findings) == []
    assert {one.of for one in findings} == {
        "python", "packages", "processor", "memory", "disk", "devices", "cache", "model files", "built-in clip",
    }  # fmt: skip
    assert findings[-1].said == "decoded, its face found and mapped as where avemo was measured (cpu, float32)"


def test_model_files_that_are_missing_are_named_with_what_brings_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("AVEMO_CACHE", str(tmp_path))
    said = _wrong(check_model_files())

    assert len(said) == 4
    assert all("is missing; `make setup` brings it" in line for line in said)


def test_without_model_files_the_clip_cannot_be_tried_and_the_rest_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("AVEMO_CACHE", str(tmp_path))
    ((_, findings),) = diagnose(DoctorOptions())

    assert findings[-1].of == "built-in clip"
    assert findings[-1].said.startswith("ConfigError: model file")
    assert _wrong(findings[:6]) == []


def test_a_package_beyond_its_bounds_and_one_that_is_missing_are_named(tmp_path: Path):
    project = tmp_path / "pyproject.toml"
    project.write_text('[project]\nrequires-python = ">=3.99"\ndependencies = ["numpy>=99", "nobody-has-this", "pyarrow"]\n')

    python, *packages = check_versions(project)

    assert python.is_wrong
    assert f"{PYTHON}." in python.said
    assert "expected >=3.99" in python.said
    assert ["numpy" in packages[0].said, "expected >=99" in packages[0].said] == [True, True]
    assert "nobody-has-this is missing" in packages[1].said
    assert len(packages) == 2


def test_a_device_is_missed_only_where_one_is_wanted():
    assert not check_device(is_wanted=False).is_wrong
    assert [check_device(is_wanted=True).is_wrong, "Install a torch" in check_device(is_wanted=True).remedy] in (
        [True, True],
        [False, False],
    )


def test_a_folder_for_temporary_files_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path / "gone"))

    assert _wrong(check_machine()) == [f"{tmp_path / 'gone'}: No such file or directory"]


def test_a_folder_that_can_be_written_is_left_as_it_was(tmp_path: Path):
    (tmp_path / "kept").write_text("x")

    assert check_write(str(tmp_path)) == fine("store", f"{tmp_path} can be written: a file was put there, read back and taken away")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_place_to_read_is_a_file_or_a_folder_with_something_in_it(tmp_path: Path):
    (tmp_path / "clips.csv").write_text("x")

    assert check_read(str(tmp_path)).said.endswith("1 files and folders")
    assert check_read(str(tmp_path / "clips.csv")).said.endswith("a file")
    assert check_read(str(tmp_path / "none")).said.endswith("cannot be read: nothing lies there")


@pytest.mark.parametrize("check", [check_read, check_write])
def test_a_place_that_cannot_be_reached_is_wrong_and_shows_no_password(check: object):
    found = check("nosuch://user:secret@host/bucket")  # type: ignore[operator]

    assert found.is_wrong
    assert "nosuch://" in found.said
    assert "secret" not in found.said


@pytest.mark.slow
@pytest.mark.alone
def test_a_store_is_written_and_left_as_it_was(s3: str):
    assert "a file was put there" in check_write(s3).said
    assert check_read(s3).said.endswith("nothing lies there")
    open_folder(s3).write("clips.csv", b"x")
    assert check_read(f"{s3}/clips.csv").said.endswith("a file")


@pytest.mark.slow
@pytest.mark.alone
def test_the_command_ends_with_one_where_something_is_wrong_and_shows_no_traceback(tmp_path: Path):
    job = Job([sys.executable, "jobs/doctor.py"], {**os.environ, "PYTHONPATH": str(ROOT), "AVEMO_CACHE": str(tmp_path)})

    assert job.ended() == 1
    assert job.out.splitlines()[-1] == "wrong: 5"
    assert job.err == ""


def test_a_finding_is_read_in_columns():
    assert fine("disk", "4 GB").lines() == ["ok    disk           4 GB"]
    assert wrong("disk", "full", "Make room.").lines() == ["WRONG disk           full", f"{'':21}Make room."]


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.timeout(600)
def test_each_node_of_a_cluster_is_looked_at_and_the_one_that_is_not_set_up_is_wrong(cluster: "Cluster", tmp_path: Path):
    bare = cluster.add_node(num_cpus=1, env_vars={"AVEMO_CACHE": str(tmp_path)})
    job = Job([sys.executable, "jobs/doctor.py"], {**os.environ, "PYTHONPATH": str(ROOT), "RAY_ADDRESS": cluster.address})
    code = job.ended()
    cluster.remove_node(bare)

    here, *nodes = re.split(r"^node .*$", job.out, flags=re.MULTILINE)
    assert code == 1
    assert "WRONG" not in here
    assert sorted(node.count("WRONG") for node in nodes) == [0, 0, 5]  # a head, a node, and one without four files and the clip
    assert job.out.count("mapped as the machine that asks (cpu, float32)") == 2


@pytest.mark.slow
@pytest.mark.alone
def test_a_cluster_that_nobody_can_join_is_said():
    job = Job([sys.executable, "jobs/doctor.py"], {**os.environ, "PYTHONPATH": str(ROOT), "RAY_ADDRESS": "127.0.0.1:9"})

    assert job.ended() == 1
    assert "WRONG ray            RAY_ADDRESS=127.0.0.1:9: no cluster answers there" in job.out
    assert job.out.splitlines()[-1] == "wrong: 1"
