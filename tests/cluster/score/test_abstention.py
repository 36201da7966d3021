"""`score --abstain`: who is answered, what is said and kept of it, and what is refused."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from avemo_core.abstention.held_out import HeldOutClips
from avemo_core.bundle.bundle import Bundle
from avemo_core.errors import ConfigError
from avemo_core.inference.predictor import Predictor
from cluster.score.job import ScoreOptions, dry_run, score
from cluster.score.reliance import novelty_lines
from cluster.tables.existing import recorded
from schemas.predictions import PROBABILITIES
from tests.cluster import generated


@pytest.fixture
def made(table: pa.Table, bundle: Bundle, tmp_path: Path) -> Callable[[HeldOutClips | None], dict[str, str]]:
    """Features, and a model that was right of the held-out clips as these say."""

    def of(held_out: HeldOutClips | None) -> dict[str, str]:
        replace(bundle, held_out=held_out).save(str(tmp_path / "model"))
        return {"features": generated.write_features(table, tmp_path / "features"), "model": str(tmp_path / "model")}

    return of


def held_out(confidence: np.ndarray, is_right: np.ndarray) -> HeldOutClips:
    groups = [f"person-{number % 8}" for number in range(len(confidence))]
    return HeldOutClips.of(confidence=confidence, novelty=np.zeros(len(confidence)), is_right=is_right, groups=groups)


@pytest.mark.usefixtures("ray_session")
def test_unsure_clips_are_not_answered_and_the_record_says_by_which_risk(
    made: Callable[..., dict[str, str]], table: pa.Table, bundle: Bundle, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    predictor = Predictor(bundle)
    everything = predictor.rows(table, predictor.gather(table)).to_pandas().set_index("clip_id").sort_index()
    middle = float(everything["confidence"].median())
    sure = np.linspace(everything["confidence"].min(), everything["confidence"].max(), 400)
    options = ScoreOptions(**made(held_out(sure, sure >= middle)), out=str(tmp_path / "out"), workers=1, abstain=0.1)

    score(options)

    rows = pd.read_parquet(tmp_path / "out").set_index("clip_id").sort_index()
    about = recorded(str(tmp_path / "out")).about["abstention"]
    answered = everything["confidence"] >= np.float32(about["threshold"])
    assert 0 < answered.sum() < len(rows) == len(table)
    assert rows["predicted"].dropna().equals(everything["predicted"][answered])
    np.testing.assert_allclose(rows[list(PROBABILITIES)], everything[list(PROBABILITIES)], rtol=1e-5, atol=1e-6)
    assert (about["risk"], about["bound"] <= 0.1) == (0.1, True)
    said = capfd.readouterr().err
    assert "score: --abstain 0.1: clips are answered from a confidence of" in said
    assert f"score: {(~answered).sum()} of 56 rows are not answered" in said
    for other in (replace(options, abstain=0.2), replace(options, abstain=None)):
        with pytest.raises(ConfigError, match=r"abstain: this run (0\.2|None), the table 0\.1"):
            score(other)


def test_a_model_of_before_is_refused_with_what_to_do(made: Callable[..., dict[str, str]], tmp_path: Path):
    options = ScoreOptions(**made(None), out=str(tmp_path / "out"), abstain=0.1)

    for run in (score, dry_run):
        with pytest.raises(ConfigError, match=r"does not say how often it is right about people held out(.|\n)*Train it again"):
            run(options)
    assert not (tmp_path / "out").exists()


def test_a_run_that_was_stopped_before_its_first_part_has_no_rows_to_tell_of(tmp_path: Path):
    assert novelty_lines(str(tmp_path / "out")) == []
