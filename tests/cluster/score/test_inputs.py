"""Scoring with models of audio sets of one's own: what is read, what is refused before anything starts, what the run record says."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from avemo_core.errors import ConfigError
from avemo_core.features.parts import PAPER
from avemo_core.features.preprocess.subjects import SubjectStatistics
from avemo_core.training import presets
from avemo_core.training.bundle_training import fit_bundle
from avemo_core.training.splits import split_of
from cluster.score.feature_rows import feature_rows, read_rows
from cluster.score.job import ScoreOptions, score
from cluster.score.worker import ScoreWorker
from cluster.tables.rejects import Rejected
from schemas.predictions import PROBABILITIES
from tests.avemo_core.one_modality import without_pictures
from tests.avemo_core.own_sets import FEATURE_SET, own_table, with_own_set, without_own_set
from tests.cluster import generated
from tests.cluster.beside import beside

CLIPS = with_own_set(21)


def model_of(inputs: tuple[str, ...], folder: Path) -> str:
    recipe = presets.best().normalising("on").reading("audio-visual", inputs)
    small = {"width": 6, "selector_width": 4, "audio_components": 12, "shape_components": 6}
    recipe = replace(recipe, model=replace(recipe.model, **small), fit=replace(recipe.fit, epochs=1))
    clips = [replace(clip, split="train") for clip in CLIPS if clip.subject in {"person-0", "person-1"}]
    fit_bundle(recipe, clips, split_of(own_table(clips)), [0], FEATURE_SET).save(str(folder))
    return str(folder)


@pytest.fixture(scope="module")
def model_of_own(tmp_path_factory: pytest.TempPathFactory) -> str:
    return model_of((*PAPER, "own"), tmp_path_factory.mktemp("own"))


def test_the_columns_of_audio_sets_that_are_not_read_stay_in_the_file(tmp_path: Path):
    features = generated.write_features(own_table(CLIPS[:4]), tmp_path / "features", sizes=(4,))

    columns = [
        next(rows).column_names for reads in (PAPER, ("own",)) for _, rows in read_rows(features, list(feature_rows(features)), reads)
    ]

    assert ["audio_own" in names for names in columns] == [False, True]
    assert all("audio" in names for names in columns)


def test_a_clip_of_nothing_that_the_model_reads_is_a_reject_that_names_it(model_of_own: str, tmp_path: Path):
    bare = without_own_set(without_pictures(CLIPS[1]))
    bare = replace(bare, audio=bare.audio[:0], audio_time_s=bare.audio_time_s[:0])
    features = generated.write_features(own_table([CLIPS[0], bare]), tmp_path / "features", sizes=(2,))

    worker = ScoreWorker(model_of_own, features, SubjectStatistics().to_table(), False)  # noqa: FBT003 - a factory's argument
    found = list(worker.rows(list(feature_rows(features))))

    (rejected,) = [outcome for outcome in found if isinstance(outcome, Rejected)]
    (scored,) = [outcome for outcome in found if isinstance(outcome, pa.Table)]
    assert scored.column("clip_id").to_pylist() == [CLIPS[0].clip_id]
    assert (rejected.source_id, rejected.detail) == (
        bare.source_id,
        "the model reads shape, appearance, yaafe27, own alone, and the clip has none",
    )


def test_features_without_a_part_are_refused_on_the_driver_with_what_to_extract(model_of_own: str, tmp_path: Path):
    rows = own_table(CLIPS).drop_columns(["audio_own", "audio_own_time_s"])
    features = generated.write_features(rows, tmp_path / "features")

    with pytest.raises(ConfigError, match=r"found no own\n  They hold shape, appearance, yaafe27\..*own: `extract --audio-table TABLE`"):
        score(ScoreOptions(model=model_of_own, features=features, out=str(tmp_path / "out")))


def test_features_whose_set_was_made_otherwise_are_refused_by_the_name_of_the_set(model_of_own: str, tmp_path: Path):
    features = generated.write_features(own_table(CLIPS, FEATURE_SET.replace("own 1234", "own 9")), tmp_path / "features")

    with pytest.raises(ConfigError, match=r"measured otherwise: own\n"):
        score(ScoreOptions(model=model_of_own, features=features, out=str(tmp_path / "out")))


@pytest.mark.slow
@pytest.mark.usefixtures("ray_session")
def test_a_table_is_scored_by_each_model_that_reads_a_part_of_it_and_the_record_names_what_was_read(model_of_own: str, tmp_path: Path):
    features = generated.write_features(own_table(CLIPS), tmp_path / "features")
    plain = model_of(PAPER, tmp_path / "plain")
    bare = generated.write_features(
        own_table([replace(clip, other_audio={}) for clip in CLIPS], FEATURE_SET.replace("+own 1234", "")), tmp_path / "bare"
    )

    for model, table, out in ((model_of_own, features, "own"), (plain, features, "wide"), (plain, bare, "bare")):
        score(ScoreOptions(model=model, features=table, out=str(tmp_path / "out" / out)))

    read = {name: pd.read_parquet(tmp_path / "out" / name).sort_values("clip_id") for name in ("own", "wide", "bare")}
    records = [json.loads((beside(tmp_path / "out" / name) / "run.json").read_text()) for name in ("own", "wide")]
    assert [record["about"]["inputs"] for record in records] == [[*PAPER, "own"], list(PAPER)]
    np.testing.assert_array_equal(read["wide"][list(PROBABILITIES)], read["bare"][list(PROBABILITIES)])
    assert not np.array_equal(read["wide"][list(PROBABILITIES)], read["own"][list(PROBABILITIES)])
