"""A SLURM of two nodes on this machine, from Debian's packages, without a cgroup, an accounting database or an account of its own."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

NODES = ("a", "b")
_DAEMONS = ("munged", "mungekey", "slurmctld", "slurmd", "sbatch")
_ENDED = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL")


@dataclass(frozen=True, kw_only=True)
class Slurm:
    """A scheduler that runs, and how to reach it.

    Attributes:
        environment: with which SLURM's commands reach it.
    """

    environment: Mapping[str, str]

    def submit(self, *arguments: str, cwd: Path) -> str:
        """Submit a batch script; gives the job's number."""
        return self.call("sbatch", "--parsable", *arguments, cwd=cwd).strip()

    def call(self, *arguments: str, cwd: Path | None = None) -> str:
        """Run a command of SLURM's and give what it prints."""
        done = subprocess.run(arguments, env=self.environment, cwd=cwd, capture_output=True, text=True, check=False)  # noqa: S603
        assert done.returncode == 0, done.stderr
        return done.stdout

    def states(self, job: str) -> dict[str, str]:
        """State of each task of a job, by its name such as 7_2."""
        lines = self.call("squeue", "--noheader", "--array", "--states=all", f"--jobs={job}", "--format=%i %T").splitlines()
        return dict(line.split() for line in lines)

    def wait(self, job: str, within_s: float = 900.0) -> dict[str, str]:
        """Wait until every task of a job has ended; gives their last states."""
        started_s = time.monotonic()
        while time.monotonic() - started_s < within_s:
            states = self.states(job)
            if states and all(state in _ENDED for state in states.values()):
                return states
            time.sleep(1)
        raise AssertionError(f"job {job} has not ended after {within_s:g} s: {states}")


@contextmanager
def slurm(folder: Path) -> Iterator[Slurm]:
    """SLURM for the length of the block.

    Args:
        folder: an empty one, with a path short enough for sockets.
    """
    if missing := [name for name in _DAEMONS if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") is None]:
        raise RuntimeError(f"no {', '.join(missing)}: `make cluster-servers` installs SLURM")
    configuration = _configure(folder)
    environment = os.environ | {"SLURM_CONF": str(configuration), "PATH": f"{os.environ['PATH']}:/usr/sbin"}
    # Since each stays in the foreground, ending it needs no number out of a file.
    daemons = [
        ["munged", "--foreground", "--force", *_munge(folder)],
        ["slurmctld", "-D"],
        *(["slurmd", "-D", "-N", node] for node in NODES),
    ]
    with ExitStack() as running:
        for place, command in enumerate(daemons):
            running.enter_context(_daemon(command, folder / f"daemon-{place}.log", environment))
            if not place:
                _wait_for((folder / "munge/socket").exists)
        one = Slurm(environment=environment)
        _wait_for(lambda: _idle_nodes(environment) == len(NODES))
        yield one
        one.call("scancel", "--user=root")


def _idle_nodes(environment: Mapping[str, str]) -> int:
    command = ["sinfo", "--noheader", "--Node", "--states=idle", "--format=%N"]
    return len(subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout.split())  # noqa: S603


def _configure(folder: Path) -> Path:
    """The least that runs batch jobs and their steps; nodes of one processor each, on ports of their own."""
    for name in ("state", "munge", *(f"spool-{node}" for node in NODES)):
        (folder / name).mkdir()
    subprocess.run(["/usr/sbin/mungekey", "--create", f"--keyfile={folder / 'munge.key'}"], check=True)  # noqa: S603
    host = socket.gethostname().partition(".")[0]
    control, *ports = _free_ports(1 + len(NODES))
    values = {
        "ClusterName": "test", "SlurmctldHost": f"{host}(127.0.0.1)", "SlurmctldPort": control, "SlurmUser": "root", "SlurmdUser": "root",
        "AuthType": "auth/munge", "AuthInfo": f"socket={folder / 'munge/socket'}", "StateSaveLocation": folder / "state",
        "SlurmdSpoolDir": f"{folder}/spool-%n", "SlurmctldPidFile": folder / "slurmctld.pid", "SlurmdPidFile": f"{folder}/slurmd-%n.pid",
        "ProctrackType": "proctrack/linuxproc", "TaskPlugin": "task/none", "SwitchType": "switch/none", "MpiDefault": "none",
        "JobAcctGatherType": "jobacct_gather/none", "AccountingStorageType": "accounting_storage/none",
        "SelectType": "select/cons_tres", "SelectTypeParameters": "CR_Core", "ReturnToService": 2, "MinJobAge": 3600, "KillWait": 10,
        "SchedulerParameters": "batch_sched_delay=1,sched_interval=2",
    }  # fmt: skip
    lines = [f"{name}={value}" for name, value in values.items()]
    lines += [
        f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=1 State=UNKNOWN"
        for node, port in zip(NODES, ports, strict=True)
    ]
    path = folder / "slurm.conf"
    path.write_text("\n".join([*lines, "PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP", ""]))
    return path


def _munge(folder: Path) -> list[str]:
    return [f"--key-file={folder / 'munge.key'}", f"--seed-file={folder / 'munge/seed'}", *(
        f"--{name}={folder / 'munge' / file}" for name, file in (("socket", "socket"), ("pid-file", "pid"), ("log-file", "log"))
    )]  # fmt: skip


@contextmanager
def _daemon(command: list[str], log: Path, environment: Mapping[str, str]) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)  # noqa: S603
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(is_true: Callable[[], bool], within_s: float = 60.0) -> None:
    started_s = time.monotonic()
    while not is_true():
        assert time.monotonic() - started_s < within_s, "SLURM does not start; its daemons' logs are beside its configuration"
        time.sleep(0.2)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
