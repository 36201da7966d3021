"""Scoring with a model of one modality: what it reads is used, what else there is is said once, and who has nothing of it is a reject."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from cluster.score.job import ScoreOptions, score
from schemas.predictions import PROBABILITIES
from tests.cluster import generated
from tests.cluster.beside import beside

pytestmark = pytest.mark.usefixtures("ray_session")


@pytest.fixture(scope="module")
def model_of_sound(table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> str:
    location = str(tmp_path_factory.mktemp("model"))
    generated.bundle(generated.without_faces(table), "sound").save(location)
    return location


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
