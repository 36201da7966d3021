"""Generated features and a model for them."""

import pyarrow as pa
import pytest

from tests.cluster import generated


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return generated.rows(56)


@pytest.fixture(scope="module")
def model(table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> str:
    location = str(tmp_path_factory.mktemp("model"))
    generated.bundle(table).save(location)
    return location
