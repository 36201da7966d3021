"""How features were made, in JSON: a table's record and a model keep it, so that `score --clips` makes them likewise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from avemo_core.appearance.selection import Selection
from avemo_core.errors import BundleError
from avemo_core.extraction.config import ExtractionConfig


def to_json(config: ExtractionConfig, selection: Selection) -> dict[str, Any]:
    """The settings and the selection as JSON values."""
    chosen = {"network": selection.network, "network_sha256": selection.network_sha256, "map_shape": list(selection.feature_map_shape)}
    return {"config": asdict(config), "selection": chosen | {"indices": selection.indices.tolist()}}


def from_json(recipe: Mapping[str, Any]) -> tuple[ExtractionConfig, Selection]:
    """The settings and the selection that `to_json` wrote; importances are not kept.

    Raises:
        BundleError: it holds something else.
    """
    try:
        chosen = recipe["selection"]
        indices = np.array(chosen["indices"], np.int64)
        selection = Selection(
            indices=indices,
            importances=np.full(len(indices), np.nan, np.float32),
            network=chosen["network"],
            network_sha256=chosen["network_sha256"],
            feature_map_shape=tuple(chosen["map_shape"]),
        )
        return replace(ExtractionConfig(**recipe["config"]), device="cpu"), selection
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(
            f"expected how the features were made, found {list(recipe)}: {error!r}; train again on a table that extract wrote"
        ) from error
