"""The feature maps of labelled faces, computed by the pool into a table beside the output, from which a killed run goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from avemo_core.appearance import networks
from avemo_core.appearance.labelled_faces import EVERY_S, FeatureMapReader
from avemo_core.appearance.seen import SeenClips
from avemo_core.corpora.clip import Clip
from avemo_core.errors import MediaError
from avemo_core.faces.landmarks import SCHEME
from cluster.pool import run
from cluster.pool.run import PoolOptions
from cluster.pool.work import Outcome
from cluster.progress import Progress
from cluster.ray.devices import device_of
from cluster.storage.lock import LockOptions
from cluster.tables import parts
from cluster.tables.existing import recorded
from cluster.tables.rejects import Rejected
from cluster.tables.table import open_table
from schemas.emotions import EMOTIONS
from schemas.feature_maps import schema


@dataclass(frozen=True, kw_only=True)
class FeatureMapOptions:
    """How the feature maps of faces are computed: the network, and where it runs."""

    network: str
    weights: str | None
    precision: str
    on_gpu: bool
    """Whether each worker was given a GPU or a fraction of one."""
    aligned: bool
    """Whether stills are face chips already."""


@dataclass(frozen=True, kw_only=True)
class LabelledFaces:
    """The labelled faces that were found, in the order of their sources."""

    values: np.ndarray
    """float32, face value: one flattened feature map a face."""
    labels: np.ndarray
    """int64, face: index into `EMOTIONS`."""
    groups: list[str]
    """Each face's person, or its source where the person is not known: a forest is tested on other groups than it learns from."""
    sources: int
    """Clips or pictures with a face."""
    seen: SeenClips
    """The same, as the selection's file records them."""
    rejected: dict[str, int]
    """Clips or pictures that cannot be used, by reason."""


class FaceWorker:
    """Computes the feature maps of faces in clips and stills, in a process of its own."""

    def __init__(self, reading: FeatureMapOptions) -> None:
        network = networks.load(reading.network, reading.weights, device=device_of(on_gpu=reading.on_gpu), precision=reading.precision)
        # A network that cannot run here shall fail now, not at every clip.
        network.feature_map(np.zeros((1, network.input_px, network.input_px, 3), np.uint8))
        self._reader = FeatureMapReader(network, aligned=reading.aligned)
        self._schema = schema(int(np.prod(network.feature_map_shape)))

    def rows(self, chunk: Sequence[Clip]) -> Iterator[Outcome]:
        """The faces of each source, or its reject."""
        for source in chunk:
            try:
                yield self._faces(source)
            except MediaError as error:
                yield Rejected(source_id=source.source_id, uri=source.uri, stage=error.stage, reason=error.reason, detail=error.detail)

    def _faces(self, source: Clip) -> pa.Table:
        feature_maps, sha256 = self._reader.feature_maps(source)
        texts = [[text] * len(feature_maps) for text in (source.source_id, sha256, source.label, source.subject or source.source_id)]
        values = pa.FixedSizeListArray.from_arrays(pa.array(feature_maps.reshape(-1)), type=self._schema.field("map").type)
        return pa.Table.from_arrays([*(pa.array(text, pa.string()) for text in texts), values], schema=self._schema)


@dataclass(frozen=True)
class _Factory:
    """Makes a worker inside its process."""

    reading: FeatureMapOptions

    def __call__(self) -> FaceWorker:
        return FaceWorker(self.reading)


def read_faces(
    sources: Sequence[Clip],
    reading: FeatureMapOptions,
    *,
    sha256: str,
    width: int,
    location: str,
    options: PoolOptions,
    lock_options: LockOptions | None = None,
) -> LabelledFaces:
    """Compute the feature maps of every source's faces into the table at `location`, and read it; a killed run goes on.

    Args:
        sources: labelled clips and stills.
        reading: how the feature maps are computed.
        sha256: of the network's weights.
        width: values in its feature map.
        location: of the table.
        options: how the work is spread.
        lock_options: what the table's lock may do without.

    Raises:
        KeyboardInterrupt: it was asked to stop before the end.
    """
    fingerprint = {**asdict(reading), "weights": sha256, "every_s": EVERY_S, "landmarks": SCHEME, "sources": _digest(sources)}
    with open_table(location, schema(width), fingerprint, lock_options=lock_options) as table:
        summary = run.run(sources, factory=_Factory(reading), table=table, options=options, progress=Progress("read faces", len(sources)))
    summary.or_interrupt()
    record = recorded(location)
    rejected = dict(record.totals["rejects"]) if record else {}
    return _faces(location, [source.source_id for source in sources], width, rejected)


def _digest(sources: Sequence[Clip]) -> str:
    return hashlib.sha256(repr(sources).encode()).hexdigest()


def _faces(location: str, source_ids: Sequence[str], width: int, rejected: dict[str, int]) -> LabelledFaces:
    """The table's rows in the order of their sources, so that the same sources give the same forest.

    Rows lie in the table as workers happened to finish them. The feature maps are read a row group at a time, each row straight to
    its final index, as two copies of all of them may not fit into memory:

        row of the table   0   1   2   3         order = [2 0 3 1]: final row i is row order[i] of the table
        its source         b   d   a   c         final = [1 3 0 2]: row j of the table becomes row final[j]
    """
    short_columns = parts.read(location, ["source_id", "content_sha256", "label", "group"])
    number = {source_id: index for index, source_id in enumerate(source_ids)}
    order = np.argsort([number[source_id] for source_id in short_columns["source_id"].to_pylist()], kind="stable")
    values = np.empty((short_columns.num_rows, width), np.float32)
    final, start = np.argsort(order), 0  # the inverse permutation
    for rows in parts.row_groups(location, ["map"]):
        values[final[start : start + rows.num_rows]] = _matrix(rows["map"], width)
        start += rows.num_rows
    short_columns = short_columns.take(order)
    return LabelledFaces(
        values=values,
        labels=np.array([EMOTIONS.index(label) for label in short_columns["label"].to_pylist()], np.int64),
        groups=short_columns["group"].to_pylist(),
        sources=len(set(short_columns["source_id"].to_pylist())),
        seen=SeenClips.of(short_columns["source_id"].unique().to_pylist(), short_columns["content_sha256"].unique().to_pylist()),
        rejected=rejected,
    )


def _matrix(column: Any, width: int) -> np.ndarray:  # noqa: ANN401 - pyarrow ships no annotations
    flat: np.ndarray = column.combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return flat.reshape(-1, width)
