"""The model as it is stored: a folder of safetensors, JSON and Parquet, from which nothing is ever unpickled."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays
from torch import Tensor, nn

from avemo_core.abstention.held_out import HeldOutClips
from avemo_core.bundle.config import ModelConfig
from avemo_core.bundle.encoded import for_the_hub, to_json, to_parquet
from avemo_core.bundle.folder import read_file, remove_file, write_file
from avemo_core.bundle.history import History, of_lines, of_parquet, to_lines
from avemo_core.bundle.pooled_classifier import PooledClassifier
from avemo_core.errors import AvemoError, BundleError
from avemo_core.features.feature_set import is_alike
from avemo_core.features.preprocess.preprocessor import Preprocessor
from avemo_core.model.network import build
from avemo_core.novelty.detector import NoveltyDetector
from schemas.emotions import EMOTIONS

FORMAT: Final = 3
"""Of the bundles written. Those of format 2 (0.1.0) hold their history as Parquet and no config.json, and are read as well."""

MODEL, WEIGHTS = "model.json", "model.safetensors"
"""What scoring needs; without one of the other files a bundle scores the same, and says less about its training."""

CONFIG, METRICS, HISTORY, SPLIT, CARD = "config.json", "metrics.json", "metrics.jsonl", "split.parquet", "README.md"

_TOLD_APART: Final = "emotions_told_apart"
"""In model.json, of a model that was trained on some of the seven emotions: see `Bundle.emotions`."""

_HISTORY_BEFORE: Final = "history.parquet"

_HISTORIES: Final[Mapping[int, tuple[str, Callable[[bytes], History]]]] = {
    2: (_HISTORY_BEFORE, of_parquet),
    FORMAT: (HISTORY, of_lines),
}
"""File of the history and its reader, by format."""

_FINITE: Final = ("members.", "pooled.", "mixture.", "novelty.sound.", "novelty.face.")
"""Weights that would make every prediction NaN were one of theirs; a distance in novelty.held_out is NaN for a clip without face."""

_REMEDY: Final = "Give a folder that `train` wrote with this version, or train again."

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
    """Identifies the features it was trained on; it accepts no others than `accepts` says."""
    pooled: PooledClassifier | None = None
    temperature: float = 1.0
    """Of temperature scaling: log-probabilities are divided by it, so that a confidence of 70 % is right in about 70 % of the cases."""
    emotions: tuple[str, ...] = EMOTIONS
    """Those that it tells apart; the others have probability 0."""
    novelty: NoveltyDetector | None = None
    """What tells how far a clip lies outside the training; None where no clip was held out, and in bundles of before."""
    held_out: HeldOutClips | None = None
    """How sure and how right it was of people it had not learned from, which `score --abstain` goes by; None likewise."""
    extraction: Mapping[str, Any] = field(default_factory=dict)
    """Provenance of its features, as their table's record says it: what `score --clips` needs."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """Preset, training options, seeds, counts, versions: what the model card tells."""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    history: Sequence[Mapping[str, float | int]] = ()
    """One row an epoch and network: member, epoch (from 1), train_loss, train_accuracy, val_loss, val_accuracy."""
    split: pa.Table | None = None
    """clip_id, source_id, subject, label, split of the labelled clips, and seen_by_selection; bundles of before have no such column."""
    card: str = ""
    """Markdown with a header of YAML."""

    def accepts(self, feature_set: str) -> bool:
        """Whether features of this feature_set are measured as those it was trained on, in all that it reads."""
        return is_alike(self.feature_set, feature_set, self.config.reads)

    @property
    def model_id(self) -> str:
        """Preset, encoding and the first digits of a hash of all that changes predictions."""
        digest = hashlib.sha256(self._weights())
        told_apart = [] if self.emotions == EMOTIONS else [self.emotions]
        digest.update(json.dumps([self.config.to_json(), self.feature_set, self.temperature, *told_apart], sort_keys=True).encode())
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
        """Write the folder; model.json comes last and makes it a bundle. Files of other names that are there stay.

        config.json is for the eyes of others (docs/decisions/hub-folder.md): `load` does not read it.

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
            **({} if self.emotions == EMOTIONS else {_TOLD_APART: self.emotions}),
            "extraction": self.extraction,
            "training": self.training,
            "weights_sha256": hashlib.sha256(weights).hexdigest(),
        }
        files = {
            WEIGHTS: weights,
            METRICS: to_json(self.metrics),
            HISTORY: to_lines(self.history),
            SPLIT: to_parquet(self.split if self.split is not None else _NO_SPLIT),
            CARD: self.card.encode(),
            CONFIG: to_json(for_the_hub(self.config)),
            MODEL: to_json(description),
        }
        for name, content in files.items():
            write_file(uri, name, content)
        remove_file(uri, _HISTORY_BEFORE)  # of a bundle that an earlier version wrote here

    @classmethod
    def load(cls, uri: str) -> "Bundle":
        """Read a folder that `save` wrote, or a copy of one; what else lies in it does no harm.

        Args:
            uri: a local path, s3://, hf:// or another URL that fsspec opens.

        Raises:
            BundleError: model.json or the weights are missing, or a file is damaged, of another format, or does not belong to the others.
        """
        try:
            return cls._decoded(uri)
        except BundleError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, RuntimeError, SafetensorError, pa.ArrowException, AvemoError) as error:
            raise BundleError(f"{uri}: not a model bundle that can be used: {type(error).__name__}: {error}\n  {_REMEDY}") from error

    @classmethod
    def _decoded(cls, uri: str) -> "Bundle":
        about, weights = json.loads(_needed(uri, MODEL)), _needed(uri, WEIGHTS)
        expected = {
            "format": about.get("format") if about.get("format") in _HISTORIES else FORMAT,
            "emotions": list(EMOTIONS),
            "weights_sha256": hashlib.sha256(weights).hexdigest(),
        }
        found = {name: about.get(name) for name in expected}
        if found != expected:
            raise BundleError(f"{uri}/{MODEL}\n  expected: {expected}\n  found:    {found}\n  {_REMEDY}")
        history_file, history_of = _HISTORIES[about["format"]]
        metrics, history, split, card = (read_file(uri, name) for name in (METRICS, history_file, SPLIT, CARD))
        arrays = load_arrays(weights)
        config = ModelConfig.from_json(about["config"])
        bundle = cls(
            config=config,
            preprocessor=Preprocessor.of_arrays(config, arrays),
            members=tuple(
                {name: torch.from_numpy(array) for name, array in _under(arrays, f"members.{member}.").items()}
                for member in range(min(about["members"], len(arrays)))
            ),
            feature_set=about["feature_set"],
            pooled=PooledClassifier(**_under(arrays, "pooled.")) if "pooled.bias" in arrays else None,
            temperature=float(about["temperature"]),
            emotions=tuple(about.get(_TOLD_APART, EMOTIONS)),
            novelty=NoveltyDetector.of_arrays(_under(arrays, "novelty.")),
            held_out=HeldOutClips.of_arrays(_under(arrays, "held_out.")),
            extraction=about["extraction"],
            training=about["training"],
            metrics={} if metrics is None else json.loads(metrics),
            history=() if history is None else history_of(history),
            split=None if split is None else pq.read_table(pa.BufferReader(split)),
            card="" if card is None else card.decode(),
        )
        _check(bundle, arrays)
        bundle.networks()
        return bundle

    def _weights(self) -> bytes:
        arrays = dict(self.preprocessor.arrays())
        for number, weights in enumerate(self.members):
            arrays |= {f"members.{number}.{name}": value.numpy() for name, value in weights.items()}
        if self.pooled:
            arrays |= {f"pooled.{name}": array for name, array in self.pooled.arrays().items()}
        for prefix, stored in (("novelty", self.novelty), ("held_out", self.held_out)):
            if stored is not None:
                arrays |= {f"{prefix}.{name}": array for name, array in stored.arrays().items()}
        # Not ascontiguousarray, which makes an array of one value out of a single number.
        return save_arrays({name: np.asarray(array, order="C") for name, array in arrays.items()})


def _check(bundle: Bundle, arrays: Mapping[str, np.ndarray]) -> None:
    """Refuse what would fail, or say nothing, at every clip."""
    if not bundle.members or not all(bundle.members):
        raise ValueError(f"expected weights of every network, found {sum(map(bool, bundle.members))} of {len(bundle.members)}")
    if not (math.isfinite(bundle.temperature) and bundle.temperature > 0):
        raise ValueError(f"expected a temperature above 0, found {bundle.temperature}")
    broken = [name for name, array in arrays.items() if name.startswith(_FINITE) and not np.isfinite(array).all()]
    if broken:
        raise ValueError(f"NaN or infinity in {broken[0]}")
    if not bundle.emotions or not set(bundle.emotions) <= set(EMOTIONS):
        raise ValueError(f"{_TOLD_APART}: expected some of {', '.join(EMOTIONS)}, found {list(bundle.emotions)}")
    if not isinstance(bundle.extraction, dict) or not isinstance(bundle.training, dict):
        raise TypeError("extraction and training: expected objects")


def _needed(uri: str, name: str) -> bytes:
    content = read_file(uri, name)
    if content is None:
        raise BundleError(f"{uri}: expected a folder with {MODEL} and {WEIGHTS}, found no {name}\n  {_REMEDY}")
    return content


def _under(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
