"""Model bundles as options name them."""

from __future__ import annotations

from avemo_core.bundle.bundle import Bundle
from avemo_core.errors import BundleError, ConfigError


def load_bundle(location: str) -> Bundle:
    """The bundle at a location, or a ConfigError that says why there is none."""
    try:
        return Bundle.load(location)
    except BundleError as error:
        raise ConfigError(str(error)) from error
