"""The maps of labelled faces, read by the pool into a table beside the output: crashes and restarts cost no clip."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from avemo_core.appearance import networks
from avemo_core.appearance.labelled_faces import EVERY_S, FeatureMapReader
from avemo_core.corpora.clip import Clip
from avemo_core.errors import MediaError
from cluster.pool import run
from cluster.pool.run import PoolOptions
from cluster.pool.work import Outcome
from cluster.progress import Progress
from cluster.ray.devices import device_of
from cluster.tables import parts
from cluster.tables.rejects import Rejected
from cluster.tables.table import open_table, recorded
from schemas.emotions import EMOTIONS
from schemas.feature_maps import schema


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the maps of faces are read."""

    network: str
    weights: str | None
    precision: str
    on_gpu: bool
    """Whether each worker was given a share of one."""
    aligned: bool
    """Stills are face chips already."""


@dataclass(frozen=True, kw_only=True)
class Faces:
    """The labelled faces that were found, in the order of their sources."""

    values: np.ndarray
    """float32, one flattened map a face."""
    labels: np.ndarray
    """Number of the emotion."""
    groups: list[str]
    """The person, else the source."""
    sources: int
    """Clips or pictures with a face."""
    rejected: dict[str, int]
    """Clips or pictures without, by reason."""


class FaceWorker:
    """Reads the faces of clips and stills in a process of its own."""

    def __init__(self, reading: Reading) -> None:
        network = networks.load(reading.network, reading.weights, device=device_of(on_gpu=reading.on_gpu), precision=reading.precision)
        network.feature_map(
            np.zeros((1, network.input_px, network.input_px, 3), np.uint8)
        )  # a network that cannot run here fails now, not at every clip
        self._reader = FeatureMapReader(network, aligned=reading.aligned)
        self._schema = schema(int(np.prod(network.feature_map_shape)))

    def rows(self, chunk: Sequence[Clip]) -> Iterator[Outcome]:
        """The faces of each source, or why there are none."""
        for source in chunk:
            try:
                yield self._faces(source)
            except MediaError as error:
                yield Rejected(source_id=source.source_id, uri=source.uri, stage=error.stage, reason=error.reason, detail=error.detail)

    def _faces(self, source: Clip) -> pa.Table:
        maps = self._reader.maps(source)
        texts = [[text] * len(maps) for text in (source.source_id, source.label, source.subject or source.source_id)]
        values = pa.FixedSizeListArray.from_arrays(pa.array(maps.reshape(-1)), type=self._schema.field("map").type)
        return pa.Table.from_arrays([*(pa.array(text, pa.string()) for text in texts), values], schema=self._schema)


@dataclass(frozen=True)
class _Factory:
    """Makes a worker inside its process."""

    reading: Reading

    def __call__(self) -> FaceWorker:
        return FaceWorker(self.reading)


def read_faces(sources: Sequence[Clip], reading: Reading, *, sha256: str, width: int, location: str, options: PoolOptions) -> Faces:
    """Read the faces of every source into the table at `location`, which lets a killed run go on.

    Args:
        sources: labelled clips and stills.
        reading: how.
        sha256: of the network's weights.
        width: values in its map.
        location: of the table.
        options: how the work is spread.

    Raises:
        KeyboardInterrupt: it was asked to stop before the end.
    """
    fingerprint = {**asdict(reading), "weights": sha256, "every_s": EVERY_S, "sources": _digest(sources)}
    with open_table(location, schema(width), fingerprint) as table:
        summary = run.run(sources, factory=_Factory(reading), table=table, options=options, progress=Progress("read faces", len(sources)))
    summary.whole()
    record = recorded(location)
    rejected = dict(record.totals["rejects"]) if record else {}
    return _faces(location, [source.source_id for source in sources], width, rejected)


def _digest(sources: Sequence[Clip]) -> str:
    return hashlib.sha256(repr(sources).encode()).hexdigest()


def _faces(location: str, source_ids: Sequence[str], width: int, rejected: dict[str, int]) -> Faces:
    """The table's rows in the order of their sources, so that the same sources give the same forest."""
    about = parts.read(location, ["source_id", "label", "group"])
    place = {source_id: number for number, source_id in enumerate(source_ids)}
    order = np.argsort([place[source_id] for source_id in about["source_id"].to_pylist()], kind="stable")
    values = np.empty((about.num_rows, width), np.float32)
    target, start = np.argsort(order), 0
    for rows in parts.row_groups(location, ["map"]):
        values[target[start : start + rows.num_rows]] = _matrix(rows["map"], width)
        start += rows.num_rows
    about = about.take(order)
    return Faces(
        values=values,
        labels=np.array([EMOTIONS.index(label) for label in about["label"].to_pylist()], np.int64),
        groups=about["group"].to_pylist(),
        sources=len(set(about["source_id"].to_pylist())),
        rejected=rejected,
    )


def _matrix(column: Any, width: int) -> np.ndarray:  # noqa: ANN401 - pyarrow ships no annotations
    flat: np.ndarray = column.combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return flat.reshape(-1, width)
