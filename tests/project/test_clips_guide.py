"""docs/guides/clips.md lists the columns, and the other names that are taken for them."""

import re
from pathlib import Path

from avemo_core.corpora.table.columns import OTHER_NAMES
from schemas.clips import CLIPS

PAGE = (Path(__file__).parents[2] / "docs/guides/clips.md").read_text()


def test_every_column_of_the_schema_is_on_the_page():
    assert set(CLIPS.names) <= set(re.findall(r"`(\w+)`", PAGE))


def test_the_other_names_on_the_page_are_those_that_the_code_takes():
    _, _, listed = PAGE.partition("| column | other names")
    listed, _, _ = listed.partition("\n\n")
    rows = dict(re.findall(r"(?m)^\| `(\w+)` \| (.+) \|$", listed))

    assert {ours: set(names.split(", ")) for ours, names in rows.items()} == {
        ours: set(names) for ours, names in OTHER_NAMES.items() if names
    }
