"""The model as it is stored: a folder of safetensors, JSON and Parquet, from which nothing is ever unpickled."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays
from torch import Tensor, nn

from avemo_core.bundle.config import ModelConfig
from avemo_core.bundle.pooled_classifier import PooledClassifier
from avemo_core.errors import AvemoError, BundleError
from avemo_core.features.preprocess.preprocessor import Preprocessor
from avemo_core.features.preprocess.scaling import StandardScaler
from avemo_core.features.preprocess.whitening import Whitening
from avemo_core.model.network import build
from avemo_core.runtime.files import write_bytes
from avemo_core.runtime.store_errors import UNREACHABLE
from schemas.emotions import EMOTIONS

FORMAT: Final = 2
"""Raised when bundles of an earlier version can no longer be read."""

WEIGHTS, MODEL, METRICS, HISTORY, SPLIT, CARD = (
    "model.safetensors",
    "model.json",
    "metrics.json",
    "history.parquet",
    "split.parquet",
    "README.md",
)

_REMEDY: Final = "Give a folder that `train` wrote with this version, or train again."

_HISTORY: Final = pa.schema(
    [
        pa.field("member", pa.int32()),
        pa.field("epoch", pa.int32()),
        *(pa.field(name, pa.float64()) for name in ("train_loss", "train_accuracy", "val_loss", "val_accuracy")),
    ]
)

_NO_SPLIT: Final = pa.schema([pa.field(name, pa.string()) for name in ("clip_id", "source_id", "subject", "label", "split")]).empty_table()


@dataclass(frozen=True, kw_only=True, eq=False)
class Bundle:
    """One or several networks with everything before and after them."""

    config: ModelConfig
    """Of its preprocessing and its networks."""
    preprocessor: Preprocessor
    members: tuple[Mapping[str, Tensor], ...]
    """State dict of each network; scoring averages their probabilities."""
    feature_set: str
    """Identifies the features it was trained on; it accepts no others."""
    pooled: PooledClassifier | None = None
    temperature: float = 1.0
    """Of temperature scaling: log-probabilities are divided by it, so that a confidence of 70 % is right in about 70 % of the cases."""
    extraction: Mapping[str, Any] = field(default_factory=dict)
    """Provenance of its features, as their table's record says it: what `score --clips` needs."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """Preset, training options, seeds, counts, versions: what the model card tells."""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    history: Sequence[Mapping[str, float | int]] = ()
    """One row an epoch and network."""
    split: pa.Table | None = None
    """clip_id, source_id, subject, label, split of the labelled clips."""
    card: str = ""
    """Markdown."""

    @property
    def model_id(self) -> str:
        """Preset, encoding and the first digits of a hash of all that changes predictions."""
        digest = hashlib.sha256(self._weights())
        digest.update(json.dumps([self.config.to_json(), self.feature_set, self.temperature], sort_keys=True).encode())
        return f"{self.training.get('preset', 'model')}-{self.config.encoding}-{digest.hexdigest()[:12]}"

    def networks(self, device: torch.device | str = "cpu") -> list[nn.Module]:
        """The networks, ready to score."""
        networks = [build(self.config, self.preprocessor.widths) for _ in self.members]
        for network, weights in zip(networks, self.members, strict=True):
            network.load_state_dict(weights)
        return [network.to(device).eval() for network in networks]

    def embeddings(self, member: int = 0) -> tuple[np.ndarray, np.ndarray] | None:
        """Emotion embeddings before and after training (Fig. 4); None where the model has none."""
        weights = self.members[member]
        if "head.emotion_embeddings" not in weights:
            return None
        return weights["head.initial_embeddings"].numpy(), weights["head.emotion_embeddings"].numpy()

    def save(self, uri: str) -> None:
        """Write the folder; model.json comes last and makes it a bundle.

        Raises:
            BundleError: the place cannot be written.
        """
        weights = self._weights()
        description = {
            "format": FORMAT,
            "model_id": self.model_id,
            "emotions": EMOTIONS,
            "config": self.config.to_json(),
            "members": len(self.members),
            "feature_set": self.feature_set,
            "temperature": self.temperature,
            "extraction": self.extraction,
            "training": self.training,
            "weights_sha256": hashlib.sha256(weights).hexdigest(),
        }
        files = {
            WEIGHTS: weights,
            METRICS: _json(self.metrics),
            HISTORY: _parquet(pa.Table.from_pylist(list(self.history), _HISTORY)),
            SPLIT: _parquet(self.split if self.split is not None else _NO_SPLIT),
            CARD: self.card.encode(),
            MODEL: _json(description),
        }
        for name, content in files.items():
            _write(f"{uri.rstrip('/')}/{name}", content)

    @classmethod
    def load(cls, uri: str) -> "Bundle":
        """Read a folder that `save` wrote.

        Raises:
            BundleError: a file is missing, damaged, of another format, or does not belong to the others.
        """
        content = {name: _read(f"{uri.rstrip('/')}/{name}") for name in (MODEL, WEIGHTS, METRICS, HISTORY, SPLIT, CARD)}
        try:
            return cls._decoded(content, uri)
        except BundleError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, RuntimeError, SafetensorError, pa.ArrowException, AvemoError) as error:
            raise BundleError(f"{uri}: not a model bundle that can be used: {type(error).__name__}: {error}\n  {_REMEDY}") from error

    @classmethod
    def _decoded(cls, content: Mapping[str, bytes], uri: str) -> "Bundle":
        about = json.loads(content[MODEL])
        expected = {"format": FORMAT, "emotions": list(EMOTIONS), "weights_sha256": hashlib.sha256(content[WEIGHTS]).hexdigest()}
        found = {name: about.get(name) for name in expected}
        if found != expected:
            raise BundleError(f"{uri}/{MODEL}\n  expected: {expected}\n  found:    {found}\n  {_REMEDY}")
        arrays = load_arrays(content[WEIGHTS])
        config = ModelConfig.from_json(about["config"])
        bundle = cls(
            config=config,
            preprocessor=Preprocessor(
                config=config,
                whitening=Whitening(**_under(arrays, "whitening.")),
                scaler=StandardScaler.of_arrays(_under(arrays, "standard.")),
            ),
            members=tuple(
                {name: torch.from_numpy(array) for name, array in _under(arrays, f"members.{member}.").items()}
                for member in range(min(about["members"], len(arrays)))
            ),
            feature_set=about["feature_set"],
            pooled=PooledClassifier(**_under(arrays, "pooled.")) if "pooled.bias" in arrays else None,
            temperature=float(about["temperature"]),
            extraction=about["extraction"],
            training=about["training"],
            metrics=json.loads(content[METRICS]),
            history=pq.read_table(pa.BufferReader(content[HISTORY])).to_pylist(),
            split=pq.read_table(pa.BufferReader(content[SPLIT])),
            card=content[CARD].decode(),
        )
        _check(bundle, arrays)
        bundle.networks()
        return bundle

    def _weights(self) -> bytes:
        arrays = {f"whitening.{name}": array for name, array in self.preprocessor.whitening.arrays().items()}
        arrays |= {f"standard.{name}": array for name, array in self.preprocessor.scaler.arrays().items()}
        for number, weights in enumerate(self.members):
            arrays |= {f"members.{number}.{name}": value.numpy() for name, value in weights.items()}
        if self.pooled:
            arrays |= {f"pooled.{name}": array for name, array in self.pooled.arrays().items()}
        return save_arrays({name: np.ascontiguousarray(array) for name, array in arrays.items()})


def _check(bundle: Bundle, arrays: Mapping[str, np.ndarray]) -> None:
    """Refuse what would fail, or say nothing, at every clip."""
    if not bundle.members or not all(bundle.members):
        raise ValueError(f"expected weights of every network, found {sum(map(bool, bundle.members))} of {len(bundle.members)}")
    if not (math.isfinite(bundle.temperature) and bundle.temperature > 0):
        raise ValueError(f"expected a temperature above 0, found {bundle.temperature}")
    broken = [name for name, array in arrays.items() if name.startswith(("members.", "pooled.")) and not np.isfinite(array).all()]
    if broken:
        raise ValueError(f"NaN or infinity in {broken[0]}")
    if not isinstance(bundle.extraction, dict) or not isinstance(bundle.training, dict):
        raise TypeError("extraction and training: expected objects")


def _under(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, indent=2).encode() + b"\n"


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return bytes(sink.getvalue())


def _write(uri: str, content: bytes) -> None:
    try:
        write_bytes(uri, content)
    except UNREACHABLE as error:
        raise BundleError(f"{uri}: cannot be written: {error}") from error


def _read(uri: str) -> bytes:
    try:
        files, path = fsspec.core.url_to_fs(uri)
        content: bytes = files.cat_file(path)
    except (*UNREACHABLE, ValueError) as error:
        raise BundleError(f"{uri}: expected a file of a model bundle, found none that can be read: {error}\n  {_REMEDY}") from error
    return content
