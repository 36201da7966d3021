"""A training that version 1 left half done goes on: its checkpoints lie where this version looks."""

from dataclasses import replace

import pyarrow as pa
import pytest

from avemo_core.bundle.config import _LATER
from avemo_core.training import presets
from avemo_core.training.config import Recipe
from avemo_core.training.splits import SPLIT_COLUMNS, Split
from cluster.train.workers import TrainTask, _name

ROWS = pa.Table.from_pylist(
    [{"clip_id": "a", "source_id": "a", "subject": None, "label": "happy", "split": "train"}],
    pa.schema([(name, pa.string()) for name in SPLIT_COLUMNS]),
)


BEST_OF_VERSION_1 = replace(
    presets.best(),
    model=replace(presets.best().model, **_LATER, fusion_weight=0.85),
    fit=replace(presets.best().fit, epochs=25, splices=0.0, attention_loss=0.0),
)
"""Today's is another recipe, whose training begins anew."""


@pytest.mark.parametrize(
    ("recipe", "folder"),
    [(presets.paper(), "_training-a58bb396722e"), (BEST_OF_VERSION_1, "_training-81104002d6bd")],
    ids=["paper", "best"],
)
def test_checkpoints_lie_where_version_1_put_them(recipe: Recipe, folder: str):
    task = TrainTask(
        features="features",
        out="model",
        recipe=recipe,
        split=Split(rows=ROWS, made=False),
        seeds=(0,),
        feature_set="x",
        extraction={},
        request={"seeds": 1},
    )

    assert _name(task) == folder
