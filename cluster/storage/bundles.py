"""Model bundles that an option names by their location."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from avemo_core.bundle.bundle import MODEL, Bundle
from avemo_core.errors import BundleError, ConfigError, TableError
from avemo_core.runtime.public import public
from avemo_core.runtime.store_errors import is_transient
from cluster.storage.location import is_remote, open_folder
from cluster.storage.retries import with_retries

_OF_EARLIER_VERSIONS: Final = "history.parquet"
"""A file of bundles that is no part of today's."""


def load_bundle(location: str) -> Bundle:
    """The bundle at a location, read again where its store fails in passing.

    Raises:
        ConfigError: there is none, or it cannot be read.
    """
    try:
        return with_retries(f"read the model bundle {public(location)}", lambda: _loaded(location))
    except (BundleError, TableError) as error:
        raise ConfigError(str(error)) from error


def _loaded(location: str) -> Bundle:
    """The bundle; what may pass is raised as it came, for the retries to see."""
    try:
        return Bundle.load(location)
    except BundleError as error:
        if isinstance(cause := error.__cause__, Exception) and is_transient(cause):
            raise cause from None
        raise


def save_bundle(bundle: Bundle, location: str) -> None:
    """Write a bundle, model.json last; to a store as everything else goes there, and again where it fails in passing.

    Raises:
        BundleError, TableError: the place cannot be written.
    """
    if not is_remote(location):
        bundle.save(location)
        return
    folder = open_folder(location)
    with tempfile.TemporaryDirectory(prefix="avemo-") as local:
        bundle.save(local)
        for file in sorted(Path(local).iterdir(), key=lambda file: file.name == MODEL):
            folder.write(file.name, file.read_bytes())
    folder.delete(_OF_EARLIER_VERSIONS)
