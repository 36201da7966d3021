"""Scoring of clips: extraction comes first, as the model wants it."""

from pathlib import Path

import pytest

from avemo_core.errors import ConfigError
from avemo_core.extraction.config import ExtractionConfig
from cluster.extract.job import ExtractOptions
from cluster.extract.job import dry_run as extract_dry_run
from cluster.pool.run import RunSummary
from cluster.score import from_clips, job
from cluster.score.job import ScoreOptions, score
from tests.cluster import generated
from tests.cluster.beside import beside

VERSION1 = Path(__file__).parents[2] / "version1"


def test_scoring_of_clips_whose_extraction_was_stopped_stops_too(
    model: str, tiny_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Else the subjects' statistics would be fixed by the clips that happened to be done."""
    stopped = RunSummary(uri="", done=1, rows=1, rejected={}, skipped=0, seconds=1.0, interrupted=True)
    monkeypatch.setattr(from_clips, "extract_with", lambda *_: stopped)
    monkeypatch.setattr(from_clips.provenance, "from_json", lambda _: (ExtractionConfig(), None))
    monkeypatch.setattr(
        from_clips, "feature_set", lambda *_: generated.FEATURE_SET
    )  # its model was trained on features that nobody extracted

    with pytest.raises(KeyboardInterrupt):
        score(ScoreOptions(clips=str(tiny_corpus / "clips.csv"), model=model, out=str(tmp_path / "out")))

    assert not list(beside(tmp_path / "out").glob("subjects*"))


def test_what_would_be_measured_otherwise_than_for_the_model_is_refused_before_it_is_extracted(
    model: str, tiny_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    begun: list[object] = []
    monkeypatch.setattr(from_clips, "extract_with", lambda *given: begun.append(given))
    monkeypatch.setattr(from_clips.provenance, "from_json", lambda _: (ExtractionConfig(), None))

    with pytest.raises(ConfigError, match=r"(?s)would be measured otherwise than for this model.*expected: generated features"):
        score(ScoreOptions(clips=str(tiny_corpus / "clips.csv"), model=model, out=str(tmp_path / "out")))

    assert begun == []


def test_a_model_of_before_is_not_extracted_for(tmp_path: Path):
    model = VERSION1 / "model-paper"

    with pytest.raises(ConfigError) as refused:
        score(ScoreOptions(clips=str(VERSION1 / "clips" / "clips.csv"), model=str(model), out=str(tmp_path / "out")))

    assert str(refused.value) == (
        f"--model {model}: it was trained on features of media version 1, and this avemo extracts version 2: "
        "train again on features of this version, or score those of then with --features"
    )
    assert not any(tmp_path.iterdir())


def test_clips_are_heard_as_the_models_own_unless_said_otherwise():
    own = ExtractionConfig(sound_track="eng", channel="left")

    as_trained = from_clips.with_sound(own, None, None)
    told = from_clips.with_sound(own, "0", "best")

    assert (as_trained.sound_track, as_trained.channel) == ("eng", "left")
    assert (told.sound_track, told.channel) == (0, "best")


def test_a_choice_of_sound_for_features_is_refused():
    with pytest.raises(ConfigError, match="are for --clips"):
        ScoreOptions(model="model", out="out", features="features", channel="left")


def test_a_dry_run_of_clips_counts_what_would_be_extracted(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "talk.wav").write_bytes(bytes(1000))

    found = job.dry_run(ScoreOptions(clips=str(tmp_path / "clips"), model=model, out=str(tmp_path / "out")))

    assert (found.clips, found.to_do, found.to_do_bytes) == (1, 1, 1000)
    assert "clips: 1 in " in capsys.readouterr().err


def test_a_corpus_with_a_label_outside_the_seven_is_scored_and_not_extracted_for_training(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    corpus = tmp_path / "RAVDESS"
    corpus.mkdir()
    for emotion in ("02", "03"):
        (corpus / f"01-01-{emotion}-01-01-01-01.mp4").touch()

    would = job.dry_run(ScoreOptions(clips=str(corpus), model=model, out=str(tmp_path / "out")))

    assert would.to_do == 2
    assert "labels outside the seven emotions are no labels here: 1 clips ('calm')" in capsys.readouterr().err
    with pytest.raises(ConfigError, match="--map-label calm=neutral"):
        extract_dry_run(ExtractOptions(clips=str(corpus), selection="all", out=str(tmp_path / "features")))
