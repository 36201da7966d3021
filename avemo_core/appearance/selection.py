"""Which values of a network's feature map are selected: flat indices in order of importance, and the network they belong to."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from avemo_core.appearance.network import FaceNetwork
from avemo_core.appearance.seen import NOTHING_SEEN, SeenClips
from avemo_core.errors import ConfigError
from avemo_core.runtime import safetensors_file

KIND: Final = "selection"


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The values of a feature map that become the appearance features, most important first.

    Source: Chao et al. 2016, section 3.2: a random forest selects 1024 of 9216.
    """

    indices: Int64[np.ndarray, " selected"]
    """Into the feature map, flattened channels x rows x columns."""
    importances: Float32[np.ndarray, " selected"]
    """Mean decrease of impurity over the forest; the whole feature map sums to 1."""
    network: str
    network_sha256: str
    feature_map_shape: tuple[int, int, int]
    seen: SeenClips | None = None
    """The clips by whose labels the values were chosen; None: nobody knows, as the file is of before there was a record."""

    def __post_init__(self) -> None:
        """Refuse indices outside the feature map, and any index twice."""
        values = int(np.prod(self.feature_map_shape))
        inside = len(self.indices) > 0 and self.indices.min() >= 0 and self.indices.max() < values
        if not inside or len(set(self.indices.tolist())) != len(self.indices) or len(self.indices) != len(self.importances):
            raise ConfigError(f"a selection needs distinct indices below {values} with an importance each")

    @classmethod
    def all(cls, network: FaceNetwork) -> "Selection":
        """Every value of the network's feature map, in its own order."""
        values = int(np.prod(network.feature_map_shape))
        return cls(
            indices=np.arange(values, dtype=np.int64),
            importances=np.full(values, 1 / values, dtype=np.float32),
            network=network.name,
            network_sha256=network.sha256,
            feature_map_shape=network.feature_map_shape,
            seen=NOTHING_SEEN,
        )

    @property
    def digest(self) -> str:
        """The sha256 of what changes the features: the network's weights, and the indices in their order."""
        metadata = f"{self.network} {self.network_sha256} {self.feature_map_shape}".encode()
        return hashlib.sha256(metadata + self.indices.astype("<i8").tobytes()).hexdigest()

    def of(self, feature_maps: Float[Tensor, "face channels rows columns"]) -> Float[Tensor, "face selected"]:
        """The selected values of each feature map."""
        return feature_maps.flatten(1)[:, torch.from_numpy(self.indices)]

    def check(self, network: FaceNetwork) -> None:
        """Refuse a network whose feature map this selection was not made for.

        Raises:
            ConfigError: another architecture or other weights.
        """
        if (self.network, self.network_sha256) != (network.name, network.sha256):
            raise ConfigError(
                f"this selection belongs to another network\n  expected: {self.network} {self.network_sha256}\n"
                f"  found:    {network.name} {network.sha256}\n  run jobs/select.py again with the same --network and --weights"
            )

    def save(self, location: str | Path) -> None:
        """Write it as one safetensors file, local or s3://."""
        metadata = {
            "kind": KIND,
            "network": self.network,
            "network_sha256": self.network_sha256,
            "map_shape": " ".join(map(str, self.feature_map_shape)),
        }
        record = {} if self.seen is None else self.seen.arrays()
        safetensors_file.store(str(location), {"indices": self.indices, "importances": self.importances, **record}, metadata)

    @classmethod
    def load(cls, location: str | Path) -> "Selection":
        """Read what `save` wrote.

        Raises:
            ConfigError: there is no such file, or it is no selection.
        """
        stored = safetensors_file.read(str(location), KIND)
        if stored.metadata.get("kind") != KIND:
            raise ConfigError(f"{location} is no selection: it says {stored.metadata}; jobs/select.py makes one")
        channels, rows, columns = map(int, stored.metadata["map_shape"].split())
        return cls(
            indices=stored.arrays["indices"],
            importances=stored.arrays["importances"],
            network=stored.metadata["network"],
            network_sha256=stored.metadata["network_sha256"],
            feature_map_shape=(channels, rows, columns),
            seen=SeenClips.of_arrays(stored.arrays),
        )
