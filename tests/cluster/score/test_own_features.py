"""Scoring clips for a model that reads features of one's own."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from avemo_core.appearance import networks
from avemo_core.appearance.selection import Selection
from avemo_core.errors import ConfigError
from avemo_core.extraction.config import ExtractionConfig
from avemo_core.features.parts import PAPER
from cluster.extract.job import ExtractOptions
from cluster.score.from_clips import extract_clips, settings_for
from cluster.tables import provenance
from tests.avemo_core.appearance.plugged.made import Small, exported, sidecar


def of(config: ExtractionConfig, selection: Selection | None, reads: tuple[str, ...] = (*PAPER, "own")) -> SimpleNamespace:
    """A bundle as far as it says how its features were made and which it reads, stored as JSON and read again."""
    extraction = json.loads(json.dumps({"about": {"extraction": provenance.to_json(config, selection)}}))
    return SimpleNamespace(extraction=extraction, config=SimpleNamespace(reads=reads))


def test_clips_cannot_be_extracted_for_a_model_of_a_users_table_and_it_is_said_what_can(tmp_path: Path):
    bundle = of(ExtractionConfig(network="none", audio=(), audio_table="mine.csv"), None)

    with pytest.raises(ConfigError, match=r"extract these with --audio-table or --face-table of theirs"):
        extract_clips(bundle, ExtractOptions(clips="x", out=str(tmp_path)), None, track=None, channel=None)


@pytest.mark.slow
def test_a_network_whose_file_is_another_one_by_now_is_refused(tmp_path: Path):
    named = f"torch:{sidecar(exported(Small(), tmp_path / 'face.pt2'))}"
    bundle = of(ExtractionConfig(network=named), Selection.all(networks.load(named)))
    sidecar(tmp_path / "face.pt2", crop="chip")

    with pytest.raises(ConfigError, match="belongs to another network"):
        extract_clips(bundle, ExtractOptions(clips="x", out=str(tmp_path)), None, track=None, channel=None)


def test_sound_features_of_another_release_are_refused_before_a_clip_is_extracted(tmp_path: Path):
    bundle = of(ExtractionConfig(network="none", audio=("librosa",)), None, ("librosa",))
    bundle.feature_set = "no network / no values / no landmarks / librosa 0.9 / every frame / media 2"

    with pytest.raises(ConfigError, match=r"librosa would be measured otherwise than for this model\n  expected: .*librosa 0\.9 /"):
        extract_clips(bundle, ExtractOptions(clips="x", out=str(tmp_path)), None, track=None, channel=None)


def test_the_settings_of_parts_survive_being_stored():
    config = ExtractionConfig(network="none", audio=("yaafe27", "librosa"), speech="hf:/models/wavlm")

    assert provenance.from_json(of(config, None).extraction["about"]["extraction"]) == (config, None)


def test_clips_are_extracted_as_far_as_the_model_reads_them():
    selection = Selection.all(networks.load("resnet29"))
    made = ExtractionConfig(audio=("yaafe27", "librosa"), speech="hf:/models/wavlm", audio_table="mine.csv")

    paper, _ = settings_for(of(made, selection, PAPER))
    sound, none = settings_for(of(made, selection, ("librosa",)))
    speech, _ = settings_for(of(made, selection, ("appearance", "speech")))

    assert (paper.audio, paper.speech, paper.audio_table) == (("yaafe27",), None, None)
    assert (sound.network, none, sound.audio) == ("none", None, ("librosa",))
    assert (speech.network, speech.audio, speech.speech) == ("resnet29", (), "hf:/models/wavlm")
