"""The batch scripts without SLURM: what they do with signals, blanks and environments, by stand-ins of the programs that they call."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.waiting import ROOT, until

PROGRAMS = {
    "python": """
        [[ $1 != -c ]] || { echo token; exit; }
        printf '<%s>' "$@" >"$SEEN/driver"
        echo "$RAY_AUTH_TOKEN at ${RAY_ADDRESS:-none}" >"$SEEN/ray"
        [[ -z ${TOLD_EXITS:-} ]] || trap 'exit "$TOLD_EXITS"' TERM
        for _ in $(seq "${TENTHS:-0}"); do sleep 0.1; done
        """,
    "ray": """
        mkdir --parents "$RAY_TMPDIR/ray"
        echo 10.0.0.5:6379 >"$RAY_TMPDIR/ray/ray_current_cluster"
        printf '<%s>' "$@" >"$SEEN/start"
        exec sleep 100
        """,
    # As SLURM's own: a job of `sbatch --export=NONE` has SLURM_EXPORT_ENV=NONE, and its steps get no environment unless they ask for it.
    "srun": """
        alone=$SLURM_EXPORT_ENV
        while [[ $1 == --* ]]; do [[ $1 != --export=ALL ]] || alone=ALL; shift; done
        export SLURM_PROCID=0
        [[ $alone != NONE ]] || exec env --ignore-environment PATH="$PATH" SEEN="$SEEN" SLURM_PROCID=0 "$@"
        exec "$@"
        """,
    "scontrol": 'echo "$*" >"$SEEN/requeued"',
}

Submit = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def seen(tmp_path: Path) -> Path:
    """Where the stand-ins write what they saw."""
    (tmp_path / "seen").mkdir()
    return tmp_path / "seen"


@pytest.fixture
def submit(tmp_path: Path, seen: Path) -> Submit:
    """Run a script of cluster/slurm in a checkout with a blank in its path, as SLURM would."""
    checkout, programs = tmp_path / "my checkout", tmp_path / "my programs"
    shutil.copytree(ROOT / "cluster" / "slurm", checkout / "cluster" / "slurm")
    (checkout / "jobs").mkdir()
    programs.mkdir()
    (checkout / "jobs" / "extract.py").touch()
    for name, script in PROGRAMS.items():
        (programs / name).write_text(f"#!/usr/bin/env bash\n{script}\n")
        (programs / name).chmod(0o755)

    def _submit(script: str, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        of_slurm = {"SLURM_JOB_ID": "7", "SLURM_JOB_NUM_NODES": "1", "SLURM_EXPORT_ENV": "ALL", "SLURM_SUBMIT_DIR": str(checkout)}
        environment = {"PATH": f"{programs}:{os.environ['PATH']}", "AVEMO_PYTHON": str(programs / "python"), "SEEN": str(seen)}
        command = ["bash", str(ROOT / "cluster" / "slurm" / script), *arguments]
        return subprocess.Popen(command, env=of_slurm | environment | variables, cwd=tmp_path, stderr=subprocess.PIPE, text=True)  # noqa: S603

    return _submit


SHARD = {"SLURM_ARRAY_TASK_ID": "2", "SLURM_ARRAY_TASK_MAX": "3", "SLURM_ARRAY_TASK_COUNT": "3"}


@pytest.mark.parametrize("code", ["130", ""], ids=["in order", "before it was ready to"])
def test_a_shard_that_is_told_that_its_time_ends_goes_back_into_the_queue(submit: Submit, seen: Path, code: str):
    job = submit("shards.sbatch", "extract", "--out", "my features", TENTHS="100", TOLD_EXITS=code, **SHARD)
    until((seen / "ray").exists, "the driver")

    job.send_signal(signal.SIGUSR1)
    job.wait()

    assert (seen / "driver").read_text() == "<jobs/extract.py><--out><my features><--workers><1><--shard><2/3>"
    assert (seen / "requeued").read_text() == "requeue 7\n"


def test_a_shard_that_fails_of_itself_does_not_go_back(submit: Submit, seen: Path):
    job = submit("shards.sbatch", "extract", TENTHS="100", TOLD_EXITS="2", **SHARD)
    until((seen / "ray").exists, "the driver")

    job.send_signal(signal.SIGUSR1)

    assert job.wait() == 2
    assert not (seen / "requeued").exists()


@pytest.mark.parametrize("exported", ["ALL", "NONE"])
def test_the_nodes_of_a_job_have_its_token_and_the_whole_command_whatever_sbatch_exports(submit: Submit, seen: Path, exported: str):
    job = submit("nodes.sbatch", "extract", "--out", "my features", SLURM_EXPORT_ENV=exported)

    assert job.wait() == 0, job.communicate()[1]
    assert (seen / "driver").read_text() == "<jobs/extract.py><--out><my features>"
    assert (seen / "ray").read_text() == "token at 10.0.0.5:6379\n"


def test_a_job_that_is_told_that_its_time_ends_stops_its_driver_goes_back_and_leaves_nothing(submit: Submit, seen: Path, tmp_path: Path):
    job = submit("nodes.sbatch", "extract", TENTHS="100", TOLD_EXITS="130")
    until((seen / "ray").exists, "the driver")

    job.send_signal(signal.SIGUSR1)

    assert job.wait() == 130
    assert (seen / "requeued").read_text() == "requeue 7\n"
    assert not list((tmp_path / "my checkout").glob(".slurm-*"))


def test_an_interface_that_a_node_does_not_have_is_named(submit: Submit):
    job = submit("nodes.sbatch", "extract", AVEMO_INTERFACE="ib7")

    said = job.communicate()[1]

    assert job.returncode != 0
    assert "AVEMO_INTERFACE=ib7: expected a network" in said


@pytest.mark.parametrize(
    ("script", "how"), [("shards.sbatch", "as an array: sbatch --array"), ("nodes.sbatch", "as a job: sbatch --nodes")]
)
def test_a_script_that_slurm_does_not_run_says_how_it_is_submitted(submit: Submit, script: str, how: str):
    process = submit(script, "extract", SLURM_JOB_ID="")

    _, said = process.communicate(timeout=60)

    assert process.returncode != 0
    assert f"submit it {how}" in said
