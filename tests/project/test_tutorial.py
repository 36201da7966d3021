"""The tutorial is carried out as it stands: its commands and its Python in order, and what it says one sees is what one sees."""

import contextlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from schemas.emotions import EMOTIONS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/tutorial.md").read_text()
TOLERANCE = 0.35
"""Of decimals, absolute below 1 and relative above: another machine's last bits make another small model."""

_NUMBER = r"-?\d+(?:,\d{3})*(?:\.\d*)?"
_EMOTION = f"(?:{'|'.join(EMOTIONS)})"
_TOKEN = re.compile(
    rf"(?P<anything>\.\.\.)|(?P<speed>{_NUMBER}(?= (?:clips/|frames/)?s\b))|(?P<number>(?<![\w-]){_NUMBER})"
    rf"|(?P<emotion>(?<![\w-]){_EMOTION}(?![\w-]))|(?P<space>\s+)|(?P<letter>.)"
)


class Step(NamedTuple):
    """A block of the page that is run, and what the page says it prints."""

    language: str
    code: str
    claim: str


def steps(page: str) -> Iterator[Step]:
    """The shell and python blocks of a page in order, each with the text block that follows at once, if any."""
    for found in re.finditer(r"```(shell|python)\n(.*?)```\n(?:\n```text\n(.*?)```\n)?", page, re.DOTALL):
        yield Step(found[1], found[2], found[3] or "")


def agrees(claim: str, printed: str) -> bool:
    """Whether a printed text holds a claimed one.

    Whole numbers must be equal, decimals near. `...` stands for anything, an emotion by itself for any emotion, seconds and speeds for
    any number, white space for any white space.
    """
    numbers: list[str] = []
    found = re.search("".join(_pattern(token, numbers) for token in _TOKEN.finditer(claim.strip())), printed, re.DOTALL)
    return found is not None and all(map(_near, numbers, found.groups()))


def _pattern(token: re.Match[str], numbers: list[str]) -> str:
    """The expression for one token of a claim; a number to compare is added to the numbers."""
    match token.lastgroup:
        case "anything":
            return ".*?"
        case "speed":
            return _NUMBER
        case "number":
            numbers.append(token[0])
            return f"({_NUMBER})"
        case "emotion":
            return _EMOTION
        case "space":
            return r"\s+"
        case _:
            return re.escape(token[0])


def _near(claimed: str, found: str) -> bool:
    one, other = (float(number.replace(",", "")) for number in (claimed, found))
    is_whole = not claimed.partition(".")[2]
    return one == other if is_whole else abs(one - other) <= TOLERANCE * max(1.0, abs(one))


def _printed(step: Step, names: dict[str, Any]) -> str:
    if step.language == "shell":
        done = subprocess.run(["bash", "-ec", step.code], capture_output=True, text=True, check=False)  # noqa: S603, S607 - the page's own
        assert done.returncode == 0, f"{step.code}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(step.code, "docs/tutorial.md", "exec"), names)  # noqa: S102 - the page's own
    return out.getvalue()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_tutorial_runs_and_shows_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "jobs").symlink_to(ROOT / "jobs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("MPLBACKEND", "Agg")
    names: dict[str, Any] = {"__name__": "tutorial"}

    seen = [(step.claim, _printed(step, names)) for step in steps(PAGE)]

    others = [(claim, printed) for claim, printed in seen if not agrees(claim, printed)]
    assert not others, "\n\n".join(f"the page:\n{claim}\nprinted:\n{printed}" for claim, printed in others)
    assert (tmp_path / "artefacts/attention.png").stat().st_size > 10_000
    assert (tmp_path / "artefacts/report/index.html").exists()


def test_every_command_and_every_line_of_python_of_the_tutorial_is_run():
    blocks = re.findall(r"(?m)^```(\w+)$", PAGE)

    assert len(list(steps(PAGE))) == blocks.count("shell") + blocks.count("python") > 10
    assert sum(step.claim != "" for step in steps(PAGE)) == blocks.count("text")


@pytest.mark.parametrize(
    ("claim", "printed"),
    [
        ("done: 42 done, 8 s (5.36 clips/s)", "done: 42 done, 123 s (0.1 clips/s)"),
        ("first\n...\nlast", "first\nsecond\nthird\nlast\n"),
        ("accuracy 0.964 happy", "accuracy   0.820  sad"),
        ("  actor-06-happy  0.50", "clip\nactor-06-happy 0.61"),
    ],
)
def test_what_another_machine_may_see_differently_agrees(claim: str, printed: str):
    assert agrees(claim, printed)


@pytest.mark.parametrize(
    ("claim", "printed"),
    [
        ("42 clips", "41 clips"),
        ("accuracy 0.964", "accuracy 0.164"),
        ("actor-06-happy", "actor-06-sad"),
        ("reason decode_failed", "reason missing"),
        ("first ... last", "first second"),
    ],
)
def test_what_would_mislead_a_reader_does_not_agree(claim: str, printed: str):
    assert not agrees(claim, printed)
