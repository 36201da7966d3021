"""The map from the paper to the code names what is there, and leaves nothing out."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/paper_map.md").read_text()
ROWS = [
    (place.strip(), re.findall(r"`([^`]+\.py)`", files), re.findall(r"`([^`]+)`", names))
    for place, files, names in re.findall(r"(?m)^\| (?!in the paper|-)([^|]+)\| ([^|]+)\| ([^|]+)\|$", PAGE)
]


@pytest.mark.parametrize(("place", "files", "names"), ROWS, ids=[place for place, _, _ in ROWS])
def test_every_name_of_the_map_is_defined_in_its_file(place: str, files: list[str], names: list[str]):
    sources = "\n".join((ROOT / file).read_text() for file in files)

    assert files, place
    assert [name for name in names if not re.search(rf"(?m)^(?:class |def |    def )?{name}\b", sources)] == []


def test_the_map_leaves_out_no_equation_figure_or_table():
    places = " ".join(place for place, _, _ in ROWS)
    ranges = [range(int(first), int(last or first) + 1) for first, last in re.findall(r"eq\. (\d+)(?:-(\d+))?", places)]

    assert {number for numbers in ranges for number in numbers} == set(range(1, 12))
    assert {int(figure) for figure in re.findall(r"Fig\. (\d)", places)} == {1, 2, 3, 4, 5}
    assert "Table 1" in places
