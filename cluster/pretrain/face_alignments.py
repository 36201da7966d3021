"""Alignments of the faces in identity pictures: found once, by the pool, so that every epoch cuts its chips straight from the pictures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from avemo_core.appearance import stills
from avemo_core.corpora.clip import Clip
from avemo_core.errors import MediaError
from avemo_core.faces.landmarks import SCHEME
from avemo_core.identity.alignments import FaceLocator
from avemo_core.runtime import threads
from cluster.pool import run
from cluster.pool.run import PoolOptions
from cluster.pool.work import Outcome
from cluster.progress import Progress
from cluster.storage.lock import LockOptions
from cluster.tables import parts
from cluster.tables.existing import recorded
from cluster.tables.rejects import Rejected
from cluster.tables.table import open_table
from schemas.alignments import ALIGNMENTS
from schemas.rejects import Reason


class AlignmentWorker:
    """Aligns the face of each picture, in a process of its own."""

    def __init__(self, side_px: int, aligned: bool) -> None:  # noqa: FBT001 - a factory's argument
        threads.use_one()
        self._locator = FaceLocator(side_px, aligned=aligned)

    def rows(self, chunk: Sequence[Clip]) -> Iterator[Outcome]:
        """The alignment of each picture's face, or its reject."""
        for picture in chunk:
            try:
                yield self._align(picture)
            except MediaError as error:
                yield Rejected(source_id=picture.source_id, uri=picture.uri, stage=error.stage, reason=error.reason, detail=error.detail)

    def _align(self, picture: Clip) -> pa.Table:
        to_picture = self._locator.locate(stills.read_picture(picture.uri))
        if to_picture is None:
            raise MediaError(Reason.NO_FACE_NO_AUDIO, "faces", "no face found")
        row = {"source_id": picture.source_id, "person": picture.subject, "uri": picture.uri, "to_picture": to_picture.ravel().tolist()}
        return pa.Table.from_pylist([row], schema=ALIGNMENTS)


@dataclass(frozen=True)
class _Factory:
    """Makes a worker inside its process."""

    side_px: int
    aligned: bool

    def __call__(self) -> AlignmentWorker:
        return AlignmentWorker(self.side_px, self.aligned)


def find_alignments(
    pictures: Sequence[Clip],
    *,
    side_px: int,
    aligned: bool,
    location: str,
    options: PoolOptions,
    lock_options: LockOptions | None = None,
) -> dict[str, int]:
    """Align the face in every picture and write the table of alignments; a killed run goes on.

    Args:
        pictures: of people, each with its subject.
        side_px: of the network's chips.
        aligned: whether each picture is a face chip already.
        location: of the table.
        options: how the work is spread.
        lock_options: what the table's lock may do without.

    Returns:
        Pictures that cannot be used, by reason.

    Raises:
        KeyboardInterrupt: it was asked to stop before the end.
    """
    fingerprint = _fingerprint(pictures, side_px=side_px, aligned=aligned)
    with open_table(location, ALIGNMENTS, fingerprint, lock_options=lock_options) as table:
        progress = Progress("find faces", len(pictures))
        summary = run.run(pictures, factory=_Factory(side_px, aligned), table=table, options=options, progress=progress)
    summary.or_interrupt()
    record = recorded(location)
    return dict(record.totals["rejects"]) if record else {}


def alignments_location(pictures: Sequence[Clip], *, side_px: int, aligned: bool, folder: str) -> str:
    """The folder's table of these pictures; other pictures, or the same aligned in another way, have one of their own."""
    settings = json.dumps(_fingerprint(pictures, side_px=side_px, aligned=aligned), sort_keys=True)
    return f"{folder}/faces-{hashlib.sha256(settings.encode()).hexdigest()[:12]}"


def _fingerprint(pictures: Sequence[Clip], *, side_px: int, aligned: bool) -> dict[str, Any]:
    pictures_sha256 = hashlib.sha256(repr(pictures).encode()).hexdigest()
    return {"side_px": side_px, "aligned": aligned, "landmarks": SCHEME, "pictures": pictures_sha256}


def read_alignments(location: str) -> tuple[list[str], list[str], np.ndarray]:
    """Person, location and alignment of every picture, sorted by source_id.

    Returns:
        Persons and locations, one a picture; and the affine maps from a pixel of the chip to the picture's, picture 2 3.
    """
    table = parts.read(location, schema=ALIGNMENTS).sort_by("source_id")
    to_picture = np.array(table["to_picture"].to_pylist(), np.float64).reshape(-1, 2, 3)
    return table["person"].to_pylist(), table["uri"].to_pylist(), to_picture
