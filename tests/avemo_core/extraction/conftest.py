import dataclasses

import pytest

from avemo_core.appearance import networks
from avemo_core.appearance.selection import Selection
from avemo_core.extraction.config import ExtractionConfig
from avemo_core.extraction.extractor import Extractor
from tests.avemo_core.extraction.clips import SELECTED


@pytest.fixture(scope="package")
def selection() -> Selection:
    whole = Selection.all(networks.load())
    return dataclasses.replace(whole, indices=whole.indices[:SELECTED], importances=whole.importances[:SELECTED])


@pytest.fixture(scope="package")
def extractor(selection: Selection) -> Extractor:
    return Extractor(ExtractionConfig(), selection)
