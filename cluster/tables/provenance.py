"""Provenance of features as JSON: the extraction's settings and selection.

`run.json` and the model bundle keep it, so that `score --clips` extracts as the model's own features were extracted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, get_args

import numpy as np

from avemo_core.appearance.seen import RECORD, seen_by
from avemo_core.appearance.selection import Selection
from avemo_core.errors import BundleError
from avemo_core.extraction.config import ExtractionConfig
from avemo_core.faces.landmarks import FIRST_SCHEME, LandmarkScheme
from avemo_core.runtime.public import public
from schemas.audio_sets import YAAFE


def to_json(config: ExtractionConfig, selection: Selection | None) -> dict[str, Any]:
    """The settings and the selection as JSON values; without a network an empty selection."""
    places: dict[str, Any] = {
        name: public(place) for name in ("weights", "audio_table", "face_table") if (place := getattr(config, name)) is not None
    }
    stored = replace(config, **places)
    if selection is None:
        return {"config": asdict(stored), "selection": {}}
    network = {"network": selection.network, "network_sha256": selection.network_sha256, "map_shape": list(selection.feature_map_shape)}
    record = {} if selection.seen is None else {RECORD: selection.seen.to_json()}
    return {"config": asdict(stored), "selection": network | {"indices": selection.indices.tolist()} | record}


def from_json(provenance: Mapping[str, Any]) -> tuple[ExtractionConfig, Selection | None]:
    """The settings and the selection that `to_json` wrote; the selection's importances are NaN, as they are not stored.

    Raises:
        BundleError: it holds something else.
    """
    try:
        # What says no landmark scheme is of before there were two; what says no audio sets, of before there were several.
        settings = {"landmarks": FIRST_SCHEME, "audio": (YAAFE,), **provenance["config"]}
        _check_known(settings["landmarks"])
        config = ExtractionConfig(**settings | {"audio": tuple(settings["audio"])})
        selection = _selection(provenance["selection"]) if config.has_faces else None
        return replace(config, device="cpu"), selection
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(
            f"expected how the features were made, found {list(provenance)}: {error!r}; train again on a table that extract wrote"
        ) from error


def _selection(stored: Mapping[str, Any]) -> Selection:
    indices = np.array(stored["indices"], np.int64)
    return Selection(
        indices=indices,
        importances=np.full(len(indices), np.nan, np.float32),
        network=stored["network"],
        network_sha256=stored["network_sha256"],
        feature_map_shape=tuple(stored["map_shape"]),
        seen=seen_by(stored),
    )


def _check_known(scheme: object) -> None:
    known = get_args(LandmarkScheme)
    if scheme not in known:
        raise BundleError(f"landmarks: expected {' or '.join(known)}, found {scheme}: a later version of avemo may know them")
