"""What nothing is learned from or of: rows without a label, emotions without a clip."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.evaluation.folds import Fold
from avemo_core.features.clip_features import ClipFeatures
from schemas.emotions import EMOTIONS
from schemas.row_ids import of_other_faces


def unlabelled_lines(identity: pa.Table, command: str) -> list[str]:
    """How many rows have no label, and how many of them are of faces beside a clip's main one; empty where all have one.

    Args:
        identity: clip_id, source_id and label of a features table.
        command: leaves them out.
    """
    rows = identity.filter(pc.is_null(identity.column("label")))
    if not len(rows):
        return []
    beside = pc.sum(of_other_faces(rows)).as_py()
    of_faces = f", {beside:,} of them of faces beside a clip's main one" if beside else ""
    return [f"{command}: {len(rows):,} of {len(identity):,} rows have no label{of_faces}: they are left out"]


def absent_lines(clips: Sequence[ClipFeatures], folds: Sequence[Fold], command: str) -> list[str]:
    """Which emotions a model learns from no clip of; of several folds, those that any lacks. Empty where there is none.

    Args:
        clips: to which the folds refer.
        folds: a model learns from `train` of each.
        command: trains the models.
    """
    learned = [{clips[place].label for place in fold.parts["train"]} for fold in folds]
    absent = [emotion for emotion in EMOTIONS if not all(emotion in labels for labels in learned)]
    where = " in at least one fold" if len(folds) > 1 else ""
    return [f"{command}: no clip of {', '.join(absent)} to learn from{where}"] if absent else []
