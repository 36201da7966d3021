"""The tables, written once, and what each reader found in them, run once."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.readers import tables
from tests.readers.reader import READERS


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Where each table lies, by name."""
    return tables.write(tmp_path_factory.mktemp("readers"))


@pytest.fixture(scope="session")
def found(folders: dict[str, Path]) -> Callable[[str, str], dict[str, Any]]:
    """What a reader found in a table, both by name; the reader opens all tables in one run."""
    answer = cache(lambda reader: READERS[reader].run(list(folders.values()))["found"])
    return lambda reader, table: answer(reader)[str(folders[table])]
