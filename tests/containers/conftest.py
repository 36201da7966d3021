"""An image of avemo, built once: on a Debian made by debootstrap, since a registry of images may be out of reach."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from avemo_core.synthetic import corpus
from tests.containers.builder import Builder


@pytest.fixture(scope="session")
def builder() -> Iterator[Builder]:
    """buildah with a store of its own, and the image `avemo` in it."""
    with tempfile.TemporaryDirectory(prefix="avemo-image-", dir="/var/tmp", ignore_cleanup_errors=True) as folder:
        building = Builder(Path(folder))
        building.make_base()
        building.build()
        yield building
        building.remove_all()


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two clips that everybody may read."""
    folder = tmp_path_factory.mktemp("clips")
    for plan in corpus.plan(clips=21)[:2]:
        corpus.render(plan, folder)
    for each in (folder, *folder.parents[:2]):  # pytest keeps them to itself
        each.chmod(0o755)
    return folder
