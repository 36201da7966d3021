"""The changes that docs/guides/extending.md shows, made in a copy of this checkout."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/guides/extending.md").read_text()
LAYOUT, AUDIO_SET, NETWORK, ENCODING, STORE = (
    PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0] for title in re.findall(r"(?m)^## (.*)$", PAGE)
)


def blocks(section: str, kind: str) -> list[str]:
    """The contents of a section's code blocks of one kind, such as `python` or `python shelf.py`."""
    return re.findall(rf"(?m)^```{re.escape(kind)}\n(.*?)^```$", section, re.DOTALL)


def change(checkout: Path, diff: str) -> None:
    """Make the change that a diff of the page shows: what each hunk has before must stand once in the file."""
    name, *hunks = re.split(r"(?m)^(?:--- |@@\n)", diff)[1:]
    path = checkout / name.strip()
    text = path.read_text()
    for hunk in hunks:
        before, after = ("".join(line[1:] for line in hunk.splitlines(keepends=True) if line[0] in kinds) for kinds in (" -", " +"))
        assert text.count(before) == 1, f"{name}: expected once, found {text.count(before)} times:\n{before}"
        text = text.replace(before, after)
    path.write_text(text)


def changed(checkout: Path, section: str) -> Path:
    """A copy of this checkout with all changes of a section."""
    for folder in ("avemo_core", "cluster", "jobs", "schemas", "tests"):
        shutil.copytree(ROOT / folder, checkout / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", checkout)
    for name, module in re.findall(r"(?m)^```python (avemo_core/\S+)\n((?s:.*?))^```$", section):
        (checkout / name).write_text(module)
    for diff in blocks(section, "diff"):
        change(checkout, diff)
    return checkout


def output(checkout: Path, *command: str, code: int = 0) -> str:
    """What a command prints that runs in a copy of the checkout, on its modules."""
    variables = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(checkout), "RAY_USAGE_STATS_ENABLED": "0"}
    done = subprocess.run(command, cwd=checkout, env=os.environ | variables, capture_output=True, text=True, check=False)  # noqa: S603 - the page's own
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def touch(folder: Path, names: str) -> None:
    """Empty files of these names, one a line."""
    for name in names.split():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
