from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from avemo_core.faces.detect import Detector
from avemo_core.faces.mesh import Mesh
from avemo_core.look.build import Looked, build
from avemo_core.media import decode


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    return {"detector": Detector(), "mesh": Mesh()}


@pytest.fixture
def look_at(tmp_path: Path, models: dict[str, Any]) -> Callable[..., Looked]:
    """A function that looks at a file, into the folder `look`."""
    folder = tmp_path / "look"
    folder.mkdir()

    def look(path: Path, **time_range: float) -> Looked:
        with decode.opened(str(path), **time_range) as recording:
            return build(recording, folder, clip=str(path), channel="mix", **models)

    return look


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "look"
