"""Models of sound alone and of faces alone: what they are made of, what they say, and what they read of a clip with both."""

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avemo_core.bundle.bundle import Bundle
from avemo_core.bundle.config import ModelConfig
from avemo_core.bundle.measured import PERHAPS_SEEN, measured
from avemo_core.errors import ConfigError, TableError
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.preprocess.config import Modalities
from avemo_core.inference.predictor import Predictor
from avemo_core.model.network import Widths, build
from avemo_core.training import presets
from avemo_core.training.bundle_training import fit_bundle
from avemo_core.training.config import Recipe
from avemo_core.training.splits import split_of
from schemas.predictions import PROBABILITIES
from tests.avemo_core.feature_rows import table
from tests.avemo_core.one_modality import people, without_pictures, without_sound

ALONE = {"sound": without_pictures, "face": without_sound}
FACE_LAYERS, SOUND_LAYERS = ("shape_hidden", "appearance_hidden", "visual_hidden", "w_v"), ("audio_hidden", "audio_lstm", "alignment")


def recipe(preset: str, modalities: Modalities) -> Recipe:
    whole = {"paper": presets.paper, "best": presets.best}[preset]().reading(modalities)
    small = replace(whole.model, width=6, selector_width=4, audio_components=8, shape_components=6)
    return replace(whole, model=small, fit=replace(whole.fit, epochs=2))


def trained(preset: str, modalities: Modalities, clips: list[ClipFeatures]) -> Bundle:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # torch warns of layers without inputs, numpy of means over nothing
        return fit_bundle(recipe(preset, modalities), clips, split_of(table(clips)), [0], "planted")


@pytest.fixture(
    scope="module",
    params=[
        ("paper", "sound"),
        *(pytest.param(each, marks=pytest.mark.slow) for each in (("best", "sound"), ("paper", "face"), ("best", "face"))),
    ],
    ids="-".join,
)
def made(request: pytest.FixtureRequest) -> tuple[Modalities, Bundle]:
    preset, modalities = request.param
    return modalities, trained(preset, modalities, [ALONE[modalities](clip) for clip in people(42)])


def test_a_model_of_one_modality_has_no_layer_for_the_other(made: tuple[Modalities, Bundle]):
    modalities, bundle = made

    absent, present = (FACE_LAYERS, SOUND_LAYERS) if modalities == "sound" else (SOUND_LAYERS, FACE_LAYERS[:-1])
    names = " ".join(bundle.members[0])
    assert not [layer for layer in absent if layer in names]
    assert all(layer in names for layer in present)
    assert all(values.numel() for values in bundle.members[0].values())


def test_it_reads_of_a_clip_with_both_what_it_reads_of_one_without_the_other(made: tuple[Modalities, Bundle]):
    modalities, bundle = made
    both, predictor = people(12, seed=5), Predictor(bundle)

    of_both, of_one = (predictor.rows(table(clips)).to_pandas() for clips in (both, [ALONE[modalities](clip) for clip in both]))

    np.testing.assert_array_equal(of_both[list(PROBABILITIES)], of_one[list(PROBABILITIES)])
    assert of_both["has_sound"].tolist() == [modalities == "sound"] * 12
    assert all(len(steps) == len(weights) for steps, weights in zip(of_both["step_time_s"], of_both["perception"], strict=True))


def test_its_card_says_what_it_reads(made: tuple[Modalities, Bundle]):
    modalities, bundle = made

    assert f"clips with {({'sound': 'sound and no face', 'face': 'faces and no sound'})[modalities]}, and reads that alone" in bundle.card


def test_of_sound_alone_figures_are_held_out_whatever_selected_the_values_of_faces(made: tuple[Modalities, Bundle]):
    modalities, bundle = made  # their split does not know what a selection has seen

    assert {found.reservation for found in measured(bundle.metrics)} == ({""} if modalities == "sound" else {"", PERHAPS_SEEN})
    assert ("perhaps seen" in bundle.card) == (modalities == "face")


def test_a_stored_one_predicts_as_the_one_that_was_stored(made: tuple[Modalities, Bundle], tmp_path: Path):
    _, bundle = made
    bundle.save(str(tmp_path))

    loaded, clips = Bundle.load(str(tmp_path)), table(people(8, seed=6))

    assert loaded.model_id == bundle.model_id
    assert loaded.config.modalities == bundle.config.modalities
    names = [*PROBABILITIES, "perception"]
    assert Predictor(loaded).rows(clips).select(names).equals(Predictor(bundle).rows(clips).select(names))


def test_rows_of_which_it_reads_nothing_are_told_from_the_others_and_not_scored(made: tuple[Modalities, Bundle]):
    modalities, bundle = made
    other = ALONE["face" if modalities == "sound" else "sound"]
    rows = table([*people(3, seed=7), *(replace(other(clip), clip_id=f"other-{clip.clip_id}") for clip in people(2, seed=8))])
    predictor = Predictor(bundle)

    assert predictor.readable(rows).column("clip_id").to_pylist() == ["planted-0", "planted-1", "planted-2"]
    with pytest.raises(TableError, match="none in 2 of 5 rows"):
        predictor.rows(rows)


def test_clips_of_which_it_reads_nothing_are_left_out_of_its_figures_and_the_card_says_so():
    clips = [replace(clip, split=("train", "val", "test")[number // 14]) for number, clip in enumerate(people(42))]
    clips = [replace(clip, subject=f"{clip.split}-{clip.subject}") for clip in clips]
    heard = [without_pictures(clip) for clip in clips[:-4]]

    bundle = trained("paper", "sound", [*heard, *(without_sound(clip) for clip in clips[-4:])])

    assert (bundle.metrics["test"]["clips"], bundle.training["clips_not_read"]) == (10, 4)
    assert "4 clips without it were left out" in bundle.card


def test_a_model_of_both_keeps_the_model_id_that_it_had_before_there_were_others():
    assert "modalities" not in ModelConfig().to_json()
    assert ModelConfig.from_json(ModelConfig(modalities="sound").to_json()).modalities == "sound"


def test_appearance_alone_is_no_network_where_no_clip_has_a_face():
    with pytest.raises(ConfigError, match="reads faces alone, and there are none"):
        build(ModelConfig(encoding="appearance"), Widths(audio=50, shape=0, appearance=0))
