import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE

import pytest

from avemo_core.errors import AvemoError, BundleError, ClusterError, ConfigError, TableLocked
from jobs.command import run

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Options:
    times: int = 1


def left_with(error: AvemoError, monkeypatch: pytest.MonkeyPatch) -> int:
    def main(_: Options) -> int:
        raise error

    return code_of(main, monkeypatch)


def code_of(main: object, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["job", *arguments])
    with pytest.raises(SystemExit) as left:
        run(main, Options)
    return left.value.code


@pytest.mark.parametrize(("error", "code"), [(ConfigError("x"), 2), (TableLocked("x"), 4), (BundleError("x"), 1), (ClusterError("x"), 1)])
def test_each_error_has_its_exit_code(error: AvemoError, code: int, monkeypatch: pytest.MonkeyPatch):
    assert left_with(error, monkeypatch) == code


def test_an_error_is_one_message_without_a_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    left_with(ConfigError("expected this, found that"), monkeypatch)

    assert capsys.readouterr().err == "error: expected this, found that\n"


def test_the_code_of_the_job_is_the_code_of_the_command(monkeypatch: pytest.MonkeyPatch):
    assert code_of(lambda options: options.times, monkeypatch, "--times", "3") == 3


def test_an_unknown_option_makes_no_sense(monkeypatch: pytest.MonkeyPatch):
    assert code_of(lambda _: 0, monkeypatch, "--tiems", "3") == 2


@pytest.mark.parametrize(
    ("lines", "unbuffered", "code", "said"),
    [(1, "", 3, ""), (100_000, "", 1, "is not read any more"), (1, "1", 1, "is not read any more")],
)
def test_a_reader_that_goes_away_leaves_no_traceback(lines: int, unbuffered: str, code: int, said: str):
    program = (
        "from dataclasses import dataclass\nimport sys, time\nfrom jobs.command import run\n\n"
        "@dataclass(frozen=True)\nclass Options:\n    lines: int = 1\n\n"
        "def main(options: Options) -> int:\n    sys.stdin.read()\n"
        "    for number in range(options.lines):\n        print('line', number)\n    return 3\n\n"
        "run(main, Options)\n"
    )
    command = [sys.executable, "-c", program, "--lines", str(lines)]
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True, cwd=ROOT, env=environment) as job:  # noqa: S603 - our own words
        job.stdout.close()
        _, errors = job.communicate("")

    assert job.returncode == code
    assert "Traceback" not in errors
    assert "BrokenPipe" not in errors
    assert said in errors
