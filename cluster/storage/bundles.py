"""Model bundles that an option names by their location."""

from __future__ import annotations

from avemo_core.bundle.bundle import Bundle
from avemo_core.errors import BundleError, ConfigError


def load_bundle(location: str) -> Bundle:
    """The bundle at a location.

    Raises:
        ConfigError: there is none, or it cannot be read.
    """
    try:
        return Bundle.load(location)
    except BundleError as error:
        raise ConfigError(str(error)) from error
