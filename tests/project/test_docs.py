import importlib
import pkgutil
import re
from dataclasses import fields, is_dataclass
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
LAYERS = ("avemo_core", "cluster", "jobs", "schemas")
MODULES = sorted(
    {
        (page.relative_to(ROOT).as_posix(), name)
        for page in PAGES
        # The changelog tells what names were before.
        if page.name != "CHANGELOG.md"
        for name in re.findall(rf"(?<![\w./-])((?:{'|'.join(LAYERS)})(?:\.[A-Za-z_]\w*)+)", page.read_text())
    }
)
IMPORTS = sorted(
    {
        (page.relative_to(ROOT).as_posix(), module, name)
        for page in PAGES
        for module, names in re.findall(rf"(?m)^ *from ((?:{'|'.join(LAYERS)})[\w.]*) import (.+)$", page.read_text())
        for name in re.findall(r"\w+", names)
    }
)
MAX_LINE = 160


@pytest.mark.parametrize(("page", "job", "flag"), COMMANDS)
def test_every_option_in_the_docs_is_an_option_of_its_job(page: str, job: str, flag: str):
    options = next(iter(get_type_hints(importlib.import_module(f"jobs.{job}").main).values()))

    assert flag in _flags(options), page


@pytest.mark.parametrize(("page", "target"), LINKS, ids=lambda value: str(value).removeprefix(f"{ROOT}/"))
def test_every_link_in_the_docs_leads_somewhere(page: Path, target: str):
    assert (page.parent / target).exists()


def test_every_page_in_the_docs_is_linked_from_another():
    linked = {(page.parent / target).resolve() for page, target in LINKS if (page.parent / target).resolve() != page}

    assert [page for page in PAGES if page.parent != ROOT and page.name != "README.md" and page not in linked] == []


@pytest.mark.parametrize(("page", "path"), NAMED)
def test_every_file_the_docs_name_exists(page: str, path: str):
    assert (ROOT / path).exists(), page


@pytest.mark.parametrize(("page", "name"), MODULES)
def test_every_module_and_name_the_docs_mention_is_there(page: str, name: str):
    assert _is_there(name), page


@pytest.mark.parametrize(("page", "module", "name"), IMPORTS)
def test_every_import_in_the_docs_works(page: str, module: str, name: str):
    assert _is_there(f"{module}.{name}"), page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_line_of_a_page_passes_160_characters(page: Path):
    lines = enumerate(page.read_text().splitlines(), 1)

    # A web address cannot be wrapped: a line that holds nothing else may be longer.
    assert {number: len(line) for number, line in lines if len(line) > MAX_LINE and not re.fullmatch(r"\W*https?://\S+", line)} == {}


def test_every_make_command_in_the_docs_is_one_of_the_makefile():
    makefile = (ROOT / "Makefile").read_text()
    named = {name for page in PAGES for name in re.findall(r"(?m)(?:^    |`)make ([a-z-]+)", page.read_text())}

    assert named <= set(re.findall(r"(?m)^([a-z-]+):", makefile))


def test_no_source_file_passes_250_lines():
    files = [file for layer in LAYERS for file in (ROOT / layer).rglob("*.py")]

    assert {file.relative_to(ROOT).as_posix(): lines for file in files if (lines := file.read_text().count("\n")) > 250} == {}


def _flags(options: type) -> set[str]:
    """The options of a dataclass and of the dataclasses in it, whose names have no prefix."""
    hints = get_type_hints(options, include_extras=True)
    inner = [hints[field.name] for field in fields(options) if is_dataclass(hints[field.name])]
    own = {f"--{_spelled(field.name, hints[field.name]).replace('_', '-')}" for field in fields(options)}
    return own.union(*map(_flags, inner))


def _spelled(name: str, hint: object) -> str:
    """The name on the command line, which tyro lets a field choose."""
    return next((found.name for found in getattr(hint, "__metadata__", ()) if getattr(found, "name", None)), name)


def _is_there(name: str) -> bool:
    """Whether it is a module, or a name in one."""
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True
