import importlib
import re
from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(page for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
COMMANDS = sorted(
    {
        (page.relative_to(ROOT).as_posix(), job, flag)
        for page in PAGES
        for line in page.read_text().replace("\\\n", " ").splitlines()
        for job, rest in re.findall(r"python jobs/(\w+)\.py([^`#|]*)", line)
        for flag in re.findall(r"--[a-z][a-z-]*", rest)
    }
)
LINKS = [
    (page, target)
    for page in PAGES
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
]  # fmt: skip
NAMED = sorted(
    {
        (page.relative_to(ROOT).as_posix(), path)
        for page in PAGES
        for path in re.findall(r"`((?:avemo_core|cluster|jobs|schemas|tests|benchmarks|docs)/[\w./-]*\.(?:py|md))`", page.read_text())
    }
)


@pytest.mark.parametrize(("page", "job", "flag"), COMMANDS)
def test_every_option_in_the_docs_is_an_option_of_its_job(page: str, job: str, flag: str):
    options = next(iter(get_type_hints(importlib.import_module(f"jobs.{job}").main).values()))

    hints = get_type_hints(options, include_extras=True)

    assert flag in {f"--{_spelled(field.name, hints[field.name]).replace('_', '-')}" for field in fields(options)}, page


@pytest.mark.parametrize(("page", "target"), LINKS, ids=lambda value: str(value).removeprefix(f"{ROOT}/"))
def test_every_link_in_the_docs_leads_somewhere(page: Path, target: str):
    assert (page.parent / target).exists()


@pytest.mark.parametrize(("page", "path"), NAMED)
def test_every_file_the_docs_name_exists(page: str, path: str):
    assert (ROOT / path).exists(), page


def test_every_make_command_in_the_docs_is_one_of_the_makefile():
    makefile = (ROOT / "Makefile").read_text()
    named = {name for page in PAGES for name in re.findall(r"(?m)(?:^    |`)make ([a-z-]+)", page.read_text())}

    assert named <= set(re.findall(r"(?m)^([a-z-]+):", makefile))


def test_no_source_file_passes_250_lines():
    files = [file for floor in ("avemo_core", "cluster", "jobs", "schemas") for file in (ROOT / floor).rglob("*.py")]

    assert {file.relative_to(ROOT).as_posix(): lines for file in files if (lines := file.read_text().count("\n")) > 250} == {}


def _spelled(name: str, hint: object) -> str:
    """The name on the command line, which tyro lets a field choose."""
    return next((told.name for told in getattr(hint, "__metadata__", ()) if getattr(told, "name", None)), name)
