"""What `score` says, and keeps, of normalisation by subject."""

from __future__ import annotations

import pyarrow as pa

from avemo_core.features.preprocess.mixture.decided import Decided
from avemo_core.features.preprocess.subjects import SubjectStatistics
from avemo_core.inference.predictor import Predictor
from cluster.progress import say
from cluster.tables.table import Table

NOTE = "subject_normalisation"
"""Its place in `about` of run.json, and in the run log."""


def tell_normalisation(predictor: Predictor, subjects: SubjectStatistics, rows: pa.Table, table: Table) -> None:
    """Say how many people were read to show how many emotions, and keep it in the run record.

    Args:
        predictor: the model.
        subjects: statistics of all people.
        rows: the features' scalars, with `subject`.
        table: the predictions.
    """
    preprocessor = predictor.preprocessor
    nobody = rows.column("subject").null_count
    decided = Decided.of(preprocessor.config.subject_normalisation, subjects, preprocessor.mixture, nobody)
    say(*(f"score: {line}" for line in decided.lines()))
    table.note(NOTE, decided.facts())
