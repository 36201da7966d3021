"""Scoring with a model of one modality: what it reads is used, what else there is is said once, and who has nothing of it is a reject."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from avemo_core.bundle.bundle import Bundle
from avemo_core.faces.landmarks import FIRST_SCHEME, STEADIER_SCHEME
from avemo_core.features.preprocess.subjects import SubjectStatistics
from cluster.score.feature_rows import feature_rows
from cluster.score.job import ScoreOptions, check_feature_set, score
from cluster.score.worker import ScoreWorker
from cluster.tables.rejects import Rejected
from schemas.predictions import PROBABILITIES
from tests.cluster import generated
from tests.cluster.beside import beside


@pytest.fixture(scope="module")
def model_of_sound(table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> str:
    location = str(tmp_path_factory.mktemp("model"))
    generated.bundle(generated.without_faces(table), "sound").save(location)
    return location


def outcomes(model: str, features: str) -> list[pa.Table | Rejected]:
    worker = ScoreWorker(model, features, SubjectStatistics().to_table(), False)  # noqa: FBT003 - a factory's argument
    return list(worker.rows(list(feature_rows(features))))


def test_a_source_of_which_the_model_reads_nothing_is_a_reject_with_its_own_reason(table: pa.Table, model_of_sound: str, tmp_path: Path):
    rows = pa.concat_tables([table.slice(0, 3), generated.without_sound(table.slice(3, 2))])

    found = outcomes(model_of_sound, generated.write_features(rows, tmp_path / "features", sizes=(5,)))

    rejected = [outcome for outcome in found if isinstance(outcome, Rejected)]
    (scored,) = [outcome for outcome in found if isinstance(outcome, pa.Table)]
    assert scored.column("clip_id").to_pylist() == ["clip-000", "clip-001", "clip-002"]
    assert [(each.source_id, str(each.reason)) for each in rejected] == [("clip-003", "not_read"), ("clip-004", "not_read")]
    assert rejected[0].detail == "the model reads sound alone, and the clip has none"


def test_a_model_of_sound_scores_sound_whatever_the_landmarks_were_found_by(model_of_sound: str, tmp_path: Path):
    older, newer = (f"resnet29 0 / 64 values 0 / {scheme} / yaafe27 / every frame / media 2" for scheme in (FIRST_SCHEME, STEADIER_SCHEME))
    model, features = (
        str(tmp_path / "model"),
        generated.write_features(generated.rows(3, feature_set=newer), tmp_path / "features", sizes=(3,)),
    )
    replace(Bundle.load(model_of_sound), feature_set=older).save(model)

    check_feature_set(Bundle.load(model), features)
    (scored,) = outcomes(model, features)

    assert len(scored) == 3


def test_of_a_film_in_segments_those_with_sound_are_scored(table: pa.Table, model_of_sound: str, tmp_path: Path):
    rows = pa.concat_tables([table.slice(0, 2), generated.without_sound(table.slice(2, 2))])
    film = rows.set_column(rows.column_names.index("source_id"), "source_id", pa.array(["film"] * 4))

    (scored,) = outcomes(model_of_sound, generated.write_features(film, tmp_path / "features", sizes=(4,)))

    assert scored.column("clip_id").to_pylist() == ["clip-000", "clip-001"]


@pytest.mark.slow
@pytest.mark.usefixtures("ray_session")
def test_a_model_of_sound_scores_films_by_their_sound_and_rejects_silent_ones(
    table: pa.Table, model_of_sound: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    films, silent = table.slice(0, 40), generated.without_sound(table.slice(40))
    features = generated.write_features(pa.concat_tables([films, silent]), tmp_path / "features")
    heard = generated.write_features(generated.without_faces(films), tmp_path / "heard")

    summary = score(ScoreOptions(features=features, model=model_of_sound, out=str(tmp_path / "out"), workers=1))
    score(ScoreOptions(features=heard, model=model_of_sound, out=str(tmp_path / "of_heard"), workers=1))

    rows, of_heard = (pd.read_parquet(tmp_path / name).set_index("clip_id").sort_index() for name in ("out", "of_heard"))
    rejects = pd.read_parquet(beside(tmp_path / "out") / "rejects")
    assert sorted(rows.index) == films.column("clip_id").to_pylist()
    np.testing.assert_allclose(rows[list(PROBABILITIES)], of_heard[list(PROBABILITIES)], rtol=1e-5, atol=1e-6)
    assert summary.rejected == {"not_read": 16}
    assert set(rejects["detail"]) == {"the model reads sound alone, and the clip has none"}
    assert capfd.readouterr().err.count("score: the model reads sound alone; the face of 56 of 56 rows is not used") == 1
