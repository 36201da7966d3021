"""Where files of 0.1.0 lay is said only where that version is the topic."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "docs").rglob("*.ipynb")]
OLD_PATH = re.compile(r"(?<![\w.])_(rejects|run\.json|lock|beat|subjects\.parquet|staging|features|log)\b")


def old_paths(page: str) -> list[str]:
    """The paragraphs that name an old path without its version."""
    return [paragraph for paragraph in re.split(r"\n\s*\n", page) if OLD_PATH.search(paragraph) and "0.1.0" not in paragraph]


def test_no_page_names_an_old_path():
    assert {page.relative_to(ROOT).as_posix(): found for page in PAGES if (found := old_paths(page.read_text()))} == {}


def test_an_old_path_is_found_unless_its_version_stands_with_it():
    page = "see `OUT/_rejects`\n\n0.1.0 had `_run.json`\n\n`read_rejects(OUT)`, `OUT.avemo/run.json`\n"

    assert old_paths(page) == ["see `OUT/_rejects`"]
