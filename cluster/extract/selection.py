"""Which values of the face network's feature map an extraction keeps."""

from __future__ import annotations

import pyarrow as pa

from avemo_core.appearance import networks
from avemo_core.appearance.selection import Selection
from avemo_core.corpora.layouts import SOUND_SUFFIXES
from avemo_core.corpora.media_files import suffix_of
from avemo_core.errors import ConfigError
from avemo_core.extraction.config import ExtractionConfig
from avemo_core.runtime.public import public
from cluster.ray.session import resolve


def selection_for(location: str | None, config: ExtractionConfig, clips: pa.Table) -> Selection | None:
    """The selection asked for; all values where none is, and the network gives a vector, or no file has pictures; None without a network.

    Args:
        location: `--selection`.
        config: of the extraction.
        clips: in schemas.clips.CLIPS.

    Raises:
        ConfigError: no selection, and a file that is none of sound alone; one that is missing, or of another network.
    """
    if not config.has_faces:
        if location is not None:
            raise ConfigError(f"--selection {public(location)}: expected none with --network none, which reads no faces; leave it out")
        return None
    network = networks.load(config.network, config.weights)
    if location is None and network.feature_map_shape[1:] != (1, 1):
        filmed = next((path for path in clips.column("path").to_pylist() if suffix_of(path) not in SOUND_SUFFIXES), None)
        if filmed is not None:
            raise ConfigError(
                f"--selection: expected one for clips with pictures, such as {public(filmed)}, found none\n"
                "  Give the file that jobs/select.py wrote, or `all` for the whole feature map; only sound files need none."
            )
    selection = Selection.all(network) if location in {None, "all"} else Selection.load(resolve(location))
    selection.check(network)
    return selection
