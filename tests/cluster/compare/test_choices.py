"""Several choices of inputs side by side, on the same clips of the same folds."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from avemo_core.errors import ConfigError
from avemo_core.evaluation.comparison import Row
from avemo_core.evaluation.folds import Fold
from avemo_core.features.clip_features import from_table
from avemo_core.report.table1 import compared_of
from avemo_core.training.splits import SplitOptions
from cluster.compare.choices import Choice, check_learnable, choice_lines, rows_of
from cluster.compare.folds import parted, readable
from cluster.compare.job import CompareOptions, compare
from cluster.compare.results import POOLED
from tests.avemo_core.own_sets import own_table, with_own_set, without_own_set
from tests.cluster import generated

YAAFE, OWN = "shape,appearance,yaafe27", "own"


@pytest.mark.slow
@pytest.mark.usefixtures("ray_session")
def test_the_set_that_tells_the_emotion_is_better_than_the_first_beyond_chance(tmp_path: Path):
    features = generated.write_features(own_table(with_own_set(84)), tmp_path / "features")
    options = CompareOptions(features=features, out=str(tmp_path / "out"), inputs=(YAAFE, OWN), folds="3", repeats=1)

    table = compare(options).table

    stored = json.loads((tmp_path / "out" / "table.json").read_text())
    predictions = pd.read_parquet(tmp_path / "out" / "predictions.parquet")
    rows = {row["model"]: row for row in table["rows"]}
    gain = rows[f"{POOLED}: {OWN}"]["difference"]
    measured = (predictions.predicted == predictions.label).groupby(predictions.model).mean()
    assert stored["inputs"] == [YAAFE, OWN]
    assert [row.model for row in compared_of(stored)] == list(rows)
    assert {model: row["test"]["mean"] for model, row in rows.items()} == pytest.approx(measured.to_dict())
    assert rows[f"{POOLED}: {YAAFE}"]["difference"] is None
    assert gain["to"] == f"{POOLED}: {YAAFE}"
    assert gain["low"] > 0.2
    assert gain["mean"] == pytest.approx(rows[f"{POOLED}: {OWN}"]["test"]["mean"] - rows[f"{POOLED}: {YAAFE}"]["test"]["mean"])
    assert gain["uar"]["low"] > 0.2


def test_a_set_that_a_fold_has_nothing_of_to_learn_from_is_refused_before_anything_is_trained():
    clips = with_own_set(6)
    alone = [*clips[:1], *map(without_own_set, clips[1:])]
    folds = [Fold(str(held), {"train": np.delete(np.arange(6), held), "test": np.array([held])}) for held in range(6)]
    own = Choice(inputs=("shape", "own"), modalities="audio-visual")

    check_learnable([own], clips, folds)
    with pytest.raises(ConfigError, match="with 0 held out, no clip that is learned from has any of own, 1 of 6 have"):
        check_learnable([own], alone, folds)


def test_the_papers_figures_stand_beside_models_of_its_parts_alone():
    rows = [Row(model="average encoding", right={}, encoding="average")]

    paper, own = (rows_of(Choice(inputs=inputs, modalities="audio-visual"), rows) for inputs in (("shape", "yaafe27"), ("shape", "own")))

    assert [row.encoding for row in (*paper, *own)] == ["average", None]


def test_clips_that_any_of_the_choices_does_not_read_are_in_none():
    clips = with_own_set(14)
    clips[5] = without_own_set(clips[5])
    table = own_table(clips)

    found, modalities = readable(
        table,
        from_table(table),
        lambda some: parted(table, some, "subject", SplitOptions(), None, with_val=False),
        (("shape", "appearance", "yaafe27"), ("own",)),
    )

    assert modalities == ["audio-visual", "sound"]
    assert clips[5].clip_id not in {clip.clip_id for clip in found.clips}
    assert found.said == {"clips_not_read": 1}


@pytest.mark.parametrize(
    ("inputs", "preset", "message"),
    [
        ((YAAFE, YAAFE), "best", "expected different parts each time"),
        ((YAAFE, "own"), "paper", "preset paper reads shape, appearance, yaafe27 or some of them"),
        (("shape,",), "best", "different names with a comma between them"),
    ],
)
def test_choices_that_cannot_be_compared_are_refused_before_anything_is_read(inputs: tuple[str, ...], preset: str, message: str):
    with pytest.raises(ConfigError, match=message):
        CompareOptions(features="features", out="out", inputs=inputs, preset=preset)


def test_what_each_choice_reads_is_said_and_nothing_of_the_papers_three():
    three = ("shape", "appearance", "yaafe27")
    paper = Choice(inputs=three, modalities="audio-visual")
    own = Choice(inputs=("own",), modalities="sound")

    assert choice_lines((), [paper], three) == []
    assert choice_lines((YAAFE, OWN), [paper, own], (*three, "own")) == [
        "compare: reads shape,appearance,yaafe27",
        "compare: reads own",
    ]
    assert choice_lines((OWN,), [own], (*three, "own"))[-1] == "compare: left out: average encoding (appearance only), as it is not read"


def test_of_features_of_sound_alone_no_part_of_the_face_is_said_to_be_read_or_left_out():
    blind = Choice(inputs=("shape", "appearance", "yaafe27"), modalities="sound")

    assert choice_lines((), [blind], ("yaafe27", "own")) == [
        "compare: no faces: models of sound alone",
        "compare: reads yaafe27; not own, which the features also hold",
        "compare: left out: average encoding (appearance only), as no clip has a face",
    ]
