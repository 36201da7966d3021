"""Run a command as a user does: a process of its own, started in the checkout."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENVIRONMENT = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "RAY_USAGE_STATS_ENABLED": "0"}


def job(name: str, *arguments: object, code: int = 0, **environment: str) -> str:
    """What `python jobs/NAME.py ARGUMENTS` prints, last what goes to stdout; its exit code must be `code`."""
    done = subprocess.run(  # noqa: S603 - our own commands
        [sys.executable, f"jobs/{name}.py", *map(str, arguments)],
        cwd=ROOT,
        env=ENVIRONMENT | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stderr + done.stdout
