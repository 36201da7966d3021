"""Waiting for what others do: asleep, with a deadline, and with what a job said where it fails."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PATIENCE_S = 240.0
"""Far more than anything here takes on a busy machine: who waits so long waits for nothing."""


def until(condition: Callable[[], object], awaited: str, within_s: float = PATIENCE_S, every_s: float = 0.05) -> None:
    """Sleep until a condition is met; the test fails after so many seconds, and says what it waited for."""
    deadline_s = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline_s:
            pytest.fail(f"waited {within_s:g} s in vain for {awaited}")
        time.sleep(every_s)


class Job:
    """A command under way in a process of its own. What it says goes to files: a pipe that nobody reads stops who writes.

    Args:
        command: the program and its arguments.
        environment: of the process.
    """

    def __init__(self, command: Sequence[object], environment: dict[str, str] | None = None) -> None:
        self._files = [tempfile.TemporaryFile() for _ in range(2)]  # noqa: SIM115 - they live as long as the job
        out, err = self._files
        self._process = subprocess.Popen(  # noqa: S603 - our own commands
            [str(word) for word in command], cwd=ROOT, env=environment or dict(os.environ), stdout=out, stderr=err
        )

    @property
    def out(self) -> str:
        """What it wrote to stdout so far."""
        return self._said(0)

    @property
    def err(self) -> str:
        """What it wrote to stderr so far."""
        return self._said(1)

    def until(self, condition: Callable[[], object], awaited: str, within_s: float = PATIENCE_S, every_s: float = 0.05) -> None:
        """Sleep until a condition is met; a job that ends before, or takes longer, fails the test with what it said."""
        deadline_s = time.monotonic() + within_s
        while not condition():
            code = self._process.poll()
            if code is not None and not condition():
                pytest.fail(f"the job ended with code {code} before {awaited}; it said:\n{self.out}{self.err}")
            if time.monotonic() > deadline_s:
                self.kill()
                pytest.fail(f"waited {within_s:g} s in vain for {awaited}; the job said:\n{self.out}{self.err}")
            time.sleep(every_s)

    def ended(self, within_s: float = PATIENCE_S) -> int:
        """Its exit code; what it said is shown where the test fails. One that takes longer is killed, and fails the test."""
        self.until(lambda: self._process.poll() is not None, "its end", within_s)
        print(self.out, self.err, sep="\n")  # noqa: T201
        return self._process.returncode

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, if it still runs; returns when it is gone."""
        self._process.kill()
        self._process.wait()

    def _said(self, which: int) -> str:
        file = self._files[which].fileno()
        return os.pread(file, os.fstat(file).st_size, 0).decode()
