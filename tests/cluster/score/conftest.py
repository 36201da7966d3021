"""Generated features and a model for them, made once for all files of a process."""

import pyarrow as pa
import pytest

from avemo_core.bundle.bundle import Bundle
from tests.cluster import generated


@pytest.fixture(scope="session")
def table() -> pa.Table:
    return generated.rows(56)


@pytest.fixture(scope="session")
def bundle(table: pa.Table) -> Bundle:
    return generated.bundle(table)


@pytest.fixture(scope="session")
def model(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> str:
    location = str(tmp_path_factory.mktemp("model"))
    bundle.save(location)
    return location
