"""Every subject's statistics over a features table, kept beside the predictions for normalisation by subject.

Written once, a subject's statistics never change, so that clips scored in several runs are all normalised alike; new subjects are added.
"""

from __future__ import annotations

import io
from contextlib import suppress
from functools import lru_cache, reduce
from typing import Any, Final

import pyarrow.compute as pc
import pyarrow.parquet as pq
import ray

from avemo_core.bundle.bundle import Bundle
from avemo_core.errors import TableError
from avemo_core.features.preprocess.subjects import SubjectStatistics
from avemo_core.inference.predictor import Predictor
from avemo_core.runtime.threads import use_one
from cluster.storage.folder import Entry
from cluster.storage.location import open_folder
from cluster.tables.parquet import encode
from cluster.tables.parts import parquet_file, part_entries, read_group
from cluster.tables.paths import SUBJECTS, sibling

_AHEAD: Final = 64
"""Most parts under way at once; results are merged in the parts' order, so that sums do not depend on which was first."""


def gather_subjects(model: str, features: str, out: str) -> SubjectStatistics:
    """Statistics of every subject: from the file beside the predictions, for new subjects from their clips; writes the new ones there.

    Args:
        model: where the bundle is.
        features: where the features table is.
        out: the predictions table; its lock must be held.
    """
    folder = open_folder(sibling(out))
    stored = folder.read(SUBJECTS)
    known = SubjectStatistics.from_table(pq.read_table(io.BytesIO(stored))) if stored else SubjectStatistics()
    new = _gather(model, features, frozenset(known.subjects))
    merged = known.merge(new)
    if new.subjects or stored is None:
        folder.write(SUBJECTS, encode(merged.to_table()))
    return merged


def _gather(model: str, features: str, known: frozenset[str]) -> SubjectStatistics:
    statistics, tasks = SubjectStatistics(), []
    for entry in part_entries(open_folder(features)):
        tasks.append(_gather_part.remote(model, features, entry, known))
        if len(tasks) >= _AHEAD:
            statistics = statistics.merge(ray.get(tasks.pop(0)))
    for of_part in ray.get(tasks):
        statistics = statistics.merge(of_part)
    return statistics


@ray.remote
def _gather_part(model: str, features: str, entry: Entry, known: frozenset[str]) -> SubjectStatistics:
    statistics = SubjectStatistics()
    folder = open_folder(features)
    with folder.open(entry) as file:
        parquet = parquet_file(file, entry, folder)
        for index in range(parquet.num_row_groups):
            # Scoring meets a damaged row group again, and rejects its sources.
            with suppress(TableError):
                if _has_new_subject(read_group(parquet, index, entry, folder, ["subject"]), known):
                    statistics = statistics.merge(_of_group(model, read_group(parquet, index, entry, folder), known))
    return statistics


def _has_new_subject(subjects: Any, known: frozenset[str]) -> bool:  # noqa: ANN401 - pyarrow ships no annotations
    return bool(set(subjects.column("subject").to_pylist()) - known - {None})


def _of_group(model: str, rows: Any, known: frozenset[str]) -> SubjectStatistics:  # noqa: ANN401 - pyarrow ships no annotations
    names = rows.column("subject")
    new = pc.and_(pc.is_valid(names), pc.invert(pc.is_in(names, value_set=pc.cast(sorted(known), names.type))))
    return _of_sources(_predictor(model), rows.filter(new))


def _of_sources(predictor: Predictor, rows: Any) -> SubjectStatistics:  # noqa: ANN401 - pyarrow ships no annotations
    """Of all rows at once; where a row is damaged, source by source without it: scoring meets it again, and rejects it."""
    try:
        return predictor.gather(rows)
    except TableError:
        sources = pc.unique(rows.column("source_id"))
        if len(sources) == 1:
            return SubjectStatistics()
        one_by_one = (_of_sources(predictor, rows.filter(pc.equal(rows.column("source_id"), source))) for source in sources)
        return reduce(SubjectStatistics.merge, one_by_one, SubjectStatistics())


@lru_cache(maxsize=1)
def _predictor(model: str) -> Predictor:
    use_one()
    return Predictor(Bundle.load(model))
