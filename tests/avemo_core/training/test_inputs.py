"""Models of audio sets of one's own: what they find, what they refuse, what they say."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from avemo_core.audio_sets.steps import AudioSteps
from avemo_core.bundle.bundle import Bundle
from avemo_core.errors import ConfigError, TableError
from avemo_core.features.parts import PAPER
from avemo_core.inference.predictor import Predictor
from avemo_core.inference.readable import readable
from avemo_core.training import presets
from avemo_core.training.bundle_training import fit_bundle
from avemo_core.training.config import Recipe
from avemo_core.training.ensemble import fit_ensemble, preprocessed
from avemo_core.training.inputs import chosen_inputs, input_lines
from avemo_core.training.learnable import learnable_modalities
from avemo_core.training.splits import split_of
from schemas.emotions import EMOTIONS
from schemas.predictions import PROBABILITIES
from tests.avemo_core.one_modality import without_pictures
from tests.avemo_core.own_sets import FEATURE_SET, own_table, with_own_set, without_own_set

ALL = (*PAPER, "own")
COLUMNS = own_table(with_own_set(1)).column_names


def recipe(inputs: tuple[str, ...] | None = None, epochs: int = 2, preset: str = "best") -> Recipe:
    whole = {"paper": presets.paper, "best": presets.best}[preset]()
    small = replace(whole.model, width=6, selector_width=4, audio_components=12, shape_components=6)
    return replace(whole, model=small, fit=replace(whole.fit, epochs=epochs)).reading(
        "audio-visual", inputs or (ALL if preset == "best" else PAPER)
    )


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    clips = [replace(clip, split="train") for clip in with_own_set(42) if clip.subject in {"person-0", "person-1"}]
    clips[3] = without_own_set(clips[3])
    return fit_bundle(recipe(epochs=1), clips, split_of(own_table(clips)), [0], FEATURE_SET)


@pytest.mark.slow
@pytest.mark.parametrize(("inputs", "is_found"), [(("own",), True), (ALL, True), (PAPER, False)])
def test_an_emotion_that_shows_in_the_own_set_alone_is_found_by_the_models_that_read_it(inputs: tuple[str, ...], is_found: bool):  # noqa: FBT001
    learned, held_out = with_own_set(140), with_own_set(70, seed=7)
    labels = np.array([EMOTIONS.index(clip.label or "") for clip in held_out])
    how = recipe(inputs, epochs=30).normalising("off")
    how = replace(how, model=replace(how.model, width=16))

    ensemble = fit_ensemble(how, learned, (), [0])

    inputs_made = preprocessed(ensemble.preprocessor, held_out)
    network = ensemble._logits(ensemble.members[0], inputs_made).argmax(1).numpy() == labels
    assert ensemble.pooled is not None
    pooled = ensemble.pooled.logits(inputs_made).argmax(1) == labels
    accuracies = network.mean(), pooled.mean()
    assert min(accuracies) > 0.6 if is_found else max(accuracies) < 0.35, accuracies


@pytest.mark.slow
def test_a_bundle_says_what_it_reads_and_scores_the_same_once_stored(bundle: Bundle, tmp_path: Path):
    rows = own_table(with_own_set(6, seed=3))
    bundle.save(str(tmp_path))

    read = Bundle.load(str(tmp_path))

    assert read.config.reads == ALL
    assert "It reads shape, appearance, yaafe27, own 1234 of a features table." in read.card
    before, after = (Predictor(one).rows(rows).to_pandas() for one in (bundle, read))
    np.testing.assert_array_equal(before[list(PROBABILITIES)], after[list(PROBABILITIES)])


@pytest.mark.slow
def test_the_card_says_whether_a_modality_was_missing_or_was_not_to_be_read():
    clips = [replace(clip, split="train") for clip in with_own_set(14)]
    how = recipe(epochs=1, preset="paper").reading("sound", ("yaafe27",))

    filmed, heard = (
        fit_bundle(how, some, split_of(own_table(some)), [0], FEATURE_SET) for some in (clips, list(map(without_pictures, clips)))
    )

    assert "was not to be read" in filmed.card
    assert "learned from clips with sound and no face" in heard.card
    assert filmed.model_id == heard.model_id


@pytest.mark.slow
def test_a_clip_without_the_own_set_is_scored_by_what_it_has(bundle: Bundle):
    clips = with_own_set(6, seed=3)

    (row,) = Predictor(bundle).rows(own_table([without_own_set(clips[0])])).to_pylist()

    assert row["predicted"] in EMOTIONS
    assert row["has_sound"]


@pytest.mark.slow
def test_features_without_the_part_are_refused_with_what_to_extract(bundle: Bundle):
    rows = own_table(with_own_set(2)).drop_columns(["audio_own", "audio_own_time_s"])

    with pytest.raises(TableError, match=r"found no own\n  They hold shape, appearance, yaafe27.*own: `extract --audio-table TABLE`"):
        Predictor(bundle).rows(rows)


@pytest.mark.slow
def test_features_whose_own_set_was_made_otherwise_are_refused(bundle: Bundle):
    with pytest.raises(TableError, match="feature_set"):
        Predictor(bundle).rows(own_table(with_own_set(2), FEATURE_SET.replace("1234", "1235")))


@pytest.mark.slow
def test_what_is_wrong_with_a_part_that_is_not_read_is_nothing_to_the_model(bundle: Bundle):
    clips = with_own_set(3, seed=3)
    broken = own_table([replace(clip, other_audio=clip.other_audio | {"librosa": _of_nan(clip.other_audio["own"])}) for clip in clips])

    found, expected = (Predictor(bundle).rows(rows).to_pandas() for rows in (broken, own_table(clips)))

    np.testing.assert_array_equal(found[list(PROBABILITIES)], expected[list(PROBABILITIES)])


def _of_nan(steps: AudioSteps) -> AudioSteps:
    return steps._replace(values=np.full_like(steps.values, np.nan))


@pytest.mark.slow
def test_rows_of_nothing_that_the_model_reads_are_not_readable(bundle: Bundle):
    clips = with_own_set(4, seed=3)
    nothing = without_own_set(without_pictures(clips[1]))
    nothing = replace(nothing, audio=nothing.audio[:0], audio_time_s=nothing.audio_time_s[:0])

    kept = Predictor(bundle).readable(own_table([clips[0], nothing, without_own_set(clips[2])]))

    assert kept.column("clip_id").to_pylist() == [clips[0].clip_id, clips[2].clip_id]


def test_sound_that_nobody_decoded_counts_where_there_are_steps():
    clips = [without_pictures(clip) for clip in with_own_set(3)]
    rows = own_table([clips[0], without_own_set(clips[1])])
    place = rows.column_names.index("audio_coverage")
    unknown = rows.set_column(place, "audio_coverage", pa.nulls(2, pa.float32()))
    alone = replace(recipe(("own",)).model, modalities="sound", inputs=("own",))
    bare = own_table([replace(clips[2], audio=clips[2].audio[:0], audio_time_s=clips[2].audio_time_s[:0])])
    bare = bare.set_column(place, "audio_coverage", pa.array([1.0], pa.float32()))

    assert not readable(bare, replace(alone, inputs=()))  # heard by its own table, of which a model of yaafe27 reads nothing
    assert readable(unknown, alone).column("clip_id").to_pylist() == [clips[0].clip_id]
    assert learnable_modalities(unknown, [clip.clip_id for clip in clips], ("own",)) == "sound"


def test_a_model_of_the_papers_parts_is_stored_as_those_of_before():
    assert "inputs" not in recipe(PAPER).model.to_json()
    assert recipe(("yaafe27",)).reading("sound", ("yaafe27",)) == recipe(PAPER).reading("sound")
    assert recipe().model.to_json()["inputs"] == ALL


def test_preset_paper_reads_a_part_of_the_papers_three_and_nothing_else():
    part = recipe(("appearance", "yaafe27"), preset="paper")

    assert part.model.reads == ("appearance", "yaafe27")
    with pytest.raises(ConfigError, match=r"preset paper reads shape, appearance, yaafe27 or some of them.*not own"):
        recipe(ALL, preset="paper")


@pytest.mark.slow
def test_a_network_has_no_layer_for_a_part_of_the_face_that_is_not_read():
    clips = with_own_set(14)

    ensemble = fit_ensemble(recipe(("appearance", "own"), epochs=1), clips, (), [0])

    names = " ".join(ensemble.members[0].best_weights)
    assert "appearance_hidden" in names
    assert "shape_hidden" not in names


@pytest.mark.parametrize(
    ("asked", "columns", "expected"),
    [
        (None, COLUMNS, PAPER),
        ("own,yaafe27,appearance", COLUMNS, ("appearance", "own", "yaafe27")),
        (None, [name for name in COLUMNS if name not in {"audio", "audio_time_s"}], ("shape", "appearance", "own")),
        (None, [name for name in COLUMNS if name != "shape"], ("appearance", "yaafe27")),
    ],
)
def test_what_is_read_is_what_is_asked_for_or_the_papers_parts_as_far_as_there_are(
    asked: str | None, columns: list[str], expected: tuple[str, ...]
):
    assert chosen_inputs(asked, columns, "best") == expected


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("shape,speech", r"found no speech\n  They hold shape, appearance, yaafe27, own\. .*speech: `extract --speech hf:FOLDER`"),
        ("librosa", r"librosa: `extract --audio librosa`"),
        ("mfcc", r"mfcc: `extract` knows none of this name; it knows shape, appearance, speech, own, yaafe27, librosa, egemaps"),
        ("shape,,own", "expected different names with a comma between them"),
        ("own,own", "expected different names with a comma between them"),
    ],
)
def test_inputs_that_the_table_lacks_or_that_name_nothing_are_refused(asked: str, message: str):
    with pytest.raises(ConfigError, match=message):
        chosen_inputs(asked, COLUMNS, "best")


def test_what_the_features_hold_and_the_model_does_not_read_is_said():
    assert input_lines("train", None, PAPER, PAPER) == []
    assert input_lines("train", None, PAPER, ALL) == ["train: reads shape, appearance, yaafe27; not own, which the features also hold"]
    assert input_lines("train", "own", ("own",), ALL) == ["train: reads own; not shape, appearance, yaafe27, which the features also hold"]


def test_of_features_of_sound_alone_no_part_of_the_face_is_said_to_be_left_out():
    assert input_lines("train", None, ("yaafe27",), ("yaafe27",)) == []
    assert input_lines("train", None, ("yaafe27",), ("yaafe27", "librosa")) == [
        "train: reads yaafe27; not librosa, which the features also hold"
    ]
    assert input_lines("train", None, ("appearance",), ("appearance",)) == ["train: reads appearance"]
