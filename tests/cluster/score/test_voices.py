"""Voices are read once, when people are measured; scoring takes them, or reads them again where they are not there."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import ray

from avemo_core.features.clip_features import from_table
from avemo_core.features.voice import Voices
from avemo_core.inference.predictor import Predictor
from avemo_core.training import presets
from avemo_core.training.bundle_training import fit_bundle
from avemo_core.training.splits import SPLIT_COLUMNS, split_of
from cluster.score.feature_rows import feature_rows
from cluster.score.subjects import gather_subjects
from cluster.score.voices import KeptVoices, VoiceReader
from cluster.score.worker import ScoreWorker
from cluster.storage.bundles import load_bundle
from cluster.storage.folder import Entry
from schemas.audio import AUDIO_WIDTH
from schemas.features import schema
from tests.cluster import generated

PART = Entry(name="part-0.parquet", size_bytes=1)


@pytest.fixture(scope="module")
def spoken() -> pa.Table:
    """Rows with all 27 audio features, so that there is a voice to read."""
    draw = np.random.default_rng(1)
    rows = [row | {"audio": np.abs(draw.normal(size=(8, AUDIO_WIDTH))).tolist()} for row in generated.rows(56).to_pylist()]
    return pa.Table.from_pylist(rows, schema(generated.APPEARANCE, AUDIO_WIDTH))


@pytest.fixture(scope="module")
def listener(spoken: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model that reads voices and is normalised by subject."""
    recipe = presets.paper()
    model = replace(recipe.model, audio_components=8, shape_components=6, prosody=True, fusion_weight=0.5, pooled_functionals=True)
    recipe = replace(recipe, model=model.normalising("on"), fit=replace(recipe.fit, epochs=1))
    location = str(tmp_path_factory.mktemp("listener"))
    fit_bundle(recipe, from_table(spoken), split_of(spoken.select(SPLIT_COLUMNS)), [0], generated.FEATURE_SET).save(location)
    return location


def rows_of(worker: ScoreWorker, features: str) -> pa.Table:
    return values(pa.concat_tables(worker.rows(list(feature_rows(features)))))


def values(predictions: pa.Table) -> pa.Table:
    """Without the times that are NaN outside a clip, which equal nothing."""
    return predictions.drop_columns(["window_time_s"])


def test_people_are_measured_and_clips_scored_alike_whether_the_voice_was_read_before(spoken: pa.Table, listener: str):
    predictor = Predictor(load_bundle(listener))

    voices = predictor.voices(spoken)
    subjects = predictor.gather(spoken, voices)

    assert len(voices) == 56
    assert subjects.to_table() == predictor.gather(spoken).to_table()
    assert values(predictor.rows(spoken, subjects, voices)) == values(predictor.rows(spoken, subjects))


def test_a_voice_that_was_read_before_is_not_read_again(spoken: pa.Table, listener: str):
    predictor = Predictor(load_bundle(listener))
    voices = predictor.voices(spoken)
    exchanged = dict(zip(voices, [*list(voices.values())[1:], voices["clip-000"]], strict=True))

    assert values(predictor.rows(spoken, None, exchanged)) != values(predictor.rows(spoken, None, voices))


@pytest.mark.usefixtures("ray_session")
def test_workers_take_the_voices_that_were_read_when_people_were_measured(spoken: pa.Table, listener: str, tmp_path: Path):
    features = generated.write_features(spoken, tmp_path / "features")
    (tmp_path / "out.avemo").mkdir()

    subjects, kept = gather_subjects(listener, features, str(tmp_path / "out"))
    again, none = gather_subjects(listener, features, str(tmp_path / "out"))

    found: dict[str, Voices] = {part: ray.get(voices) for part, voices in kept.by_part.items()}
    assert {part: len(voices) for part, voices in found.items()} == {"part-0.parquet": 20, "part-1.parquet": 10, "part-2.parquet": 26}
    assert not any(ray.get(voices) for voices in none.by_part.values())
    assert again.to_table() == subjects.to_table()
    given, alone = (ScoreWorker(listener, features, subjects.to_table(), on_gpu=False, kept=one) for one in (kept, KeptVoices()))
    assert rows_of(given, features) == rows_of(alone, features)


@pytest.mark.usefixtures("ray_session")
def test_voices_of_a_damaged_row_group_are_not_kept(spoken: pa.Table, listener: str, tmp_path: Path):
    spoilt = spoken.slice(0, 9).to_pylist()
    spoilt[4]["has_face"] = spoilt[4]["has_face"][:-1]
    features = generated.write_features(pa.Table.from_pylist(spoilt, spoken.schema), tmp_path / "features", sizes=())
    (tmp_path / "out.avemo").mkdir()

    subjects, kept = gather_subjects(listener, features, str(tmp_path / "out"))

    assert list(ray.get(kept.by_part["part-0.parquet"])) == ["clip-007", "clip-008"]  # of the second row group
    assert sum(one.clips for one in subjects.subjects.values()) == 8


@pytest.mark.usefixtures("ray_session")
def test_voices_that_are_lost_are_read_again(caplog: pytest.LogCaptureFixture):
    @ray.remote(max_retries=0)
    def lost() -> Voices:
        raise OSError("the node is gone")

    reader = VoiceReader(KeptVoices(by_part={PART.name: lost.remote(), "part-1.parquet": ray.put({"clip": None})}))

    assert reader.of(PART) == {}
    assert "are lost, and are read again" in caplog.text
    assert reader.of(Entry(name="part-1.parquet", size_bytes=1)) == {}  # the others of that node may be waited for in vain too


def test_nobody_is_asked_for_voices_that_were_not_kept():
    assert VoiceReader(KeptVoices()).of(PART) == {}
