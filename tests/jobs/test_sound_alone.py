"""From a folder of wav files to a model in three commands."""

from pathlib import Path

import pandas as pd
import pytest
import scipy.io.wavfile

from avemo_core.synthetic import corpus
from schemas.audio import SAMPLE_RATE_HZ
from tests.jobs.commands import job

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def wavs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each emotion, three voices in each."""
    root = tmp_path_factory.mktemp("sound") / "wavs"
    for plan in corpus.plan(clips=21, duration_s=(1.2, 1.3)):
        folder = root / plan.label
        folder.mkdir(parents=True, exist_ok=True)
        scipy.io.wavfile.write(folder / f"{plan.clip_id}.wav", SAMPLE_RATE_HZ, corpus.sound(plan))
    return root


def test_three_commands_lead_from_a_folder_of_wav_files_to_predictions_and_a_fourth_to_a_report(wavs: Path, tmp_path: Path):
    features, model, predictions, report = (tmp_path / name for name in ("features", "model", "predictions", "report"))

    job("extract", "--clips", wavs, "--out", features)
    trained = job("train", "--features", features, "--out", model, "--preset", "paper")
    job("score", "--clips", wavs, "--model", model, "--out", predictions)
    job("report", "--predictions", predictions, "--model", model, "--out", report, "--media", "shown")

    assert "train: no faces: a model of sound alone" in trained
    assert [len(pd.read_parquet(table)) for table in (features, predictions)] == [21, 21]
    assert not pd.read_parquet(features)["appearance"].str.len().any()
    page = (report / "index.html").read_text()
    assert "<dt>reads</dt><dd>sound alone</dd>" in page
    assert "21 clip(s) are sound alone, and have no picture." in page
