"""Spliced clips to learn from: whose, of what, and what they teach a network's attention."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from avemo_core.bundle.config import ModelConfig
from avemo_core.errors import ConfigError
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.preprocess.preprocessor import Preprocessor
from avemo_core.features.splicing import length_s
from avemo_core.model.batch import ClipInputs, collate
from avemo_core.model.network import Widths, build
from avemo_core.training import presets
from avemo_core.training.attention_loss import attention_losses
from avemo_core.training.config import FitConfig
from avemo_core.training.ensemble import preprocessed_splices
from avemo_core.training.epochs import Dataset, fit_network
from avemo_core.training.splices import MOMENT_S, training_splices
from tests.avemo_core.features.spliceable import clip
from tests.avemo_core.model.clips import D_A, D_APPEARANCE, D_SHAPE
from tests.avemo_core.model.clips import clip as inputs_of

PEOPLE = [
    clip(f"{subject}-{label}-{number}", 1.5 + number / 2, label=label, subject=subject)
    for subject in ("ann", "bob")
    for label in ("neutral", "angry", "sad")
    for number in range(3)
]


def names(clips: list[ClipFeatures]) -> list[str]:
    return [one.clip_id for one in clips]


def test_a_training_splice_is_an_emotion_between_neutral_stretches_of_the_same_person():
    splices = list(training_splices(PEOPLE, 1.0))

    assert len(splices) == 12  # two people, two emotions that are not neutral, three clips of each
    for joined, moment in splices:
        before, shown, behind = joined.clip_id.split("+")
        assert before.startswith(f"{joined.subject}-neutral")
        assert shown.startswith(f"{joined.subject}-{joined.label}")
        assert behind.startswith(f"{joined.subject}-neutral")
        assert 0 < moment.start_s < moment.stop_s < length_s(joined)
        assert MOMENT_S[0] - 0.033 < moment.stop_s - moment.start_s < MOMENT_S[1] + 0.033


def test_a_share_of_the_clips_is_spliced_each_at_most_once():
    splices = list(training_splices(PEOPLE, 0.5))

    assert len({joined.clip_id.split("+")[1] for joined, _ in splices}) == len(splices) == 6


def test_the_order_of_the_clips_changes_no_splice():
    first, other = (list(training_splices(order, 0.5)) for order in (PEOPLE, PEOPLE[::-1]))

    assert [joined.clip_id for joined, _ in first] == [joined.clip_id for joined, _ in other]
    assert all(np.array_equal(one.audio, two.audio) for (one, _), (two, _) in zip(first, other, strict=True))


def test_another_seed_cuts_otherwise():
    first, other = (list(training_splices(PEOPLE, 1.0, seed)) for seed in (0, 1))

    assert names([joined for joined, _ in first]) != names([joined for joined, _ in other])


@pytest.mark.parametrize(
    "clips",
    [
        [replace(one, subject=None) for one in PEOPLE],
        [one for one in PEOPLE if one.label != "neutral"],
        [one for one in PEOPLE if one.label == "neutral"],
        [one if one.label == "neutral" else replace(one, label=None) for one in PEOPLE],
        [clip("a", 0.3), clip("b", 0.3, label="angry")],
        [clip("a", 2.0), clip("b", 2.0, label="angry", sound=False)],
        [],
    ],
    ids=[
        "of nobody",
        "without a neutral clip",
        "of neutral clips alone",
        "without a label",
        "too short",
        "without sound in common",
        "none",
    ],
)
def test_clips_that_cannot_be_spliced_make_none(clips: list[ClipFeatures]):
    assert not list(training_splices(clips, 1.0))


def test_a_splice_is_normalised_by_all_that_its_person_shows():
    """By the splice itself, most of which is neutral, neutral would be every person's norm."""
    config = ModelConfig(audio_components=2, shape_components=2, subject_normalised=True)
    clips = [replace(one, audio=one.audio + (one.label == "angry") * np.float32(50)) for one in PEOPLE]
    preprocessor = Preprocessor.fit(clips, config)

    found = preprocessed_splices(preprocessor, clips, 1.0)

    joined, moment = next(training_splices(clips, 1.0))
    expected = preprocessor.training_inputs(clips, [joined])[0]
    assert found[0].moment_s == tuple(moment)
    np.testing.assert_array_equal(found[0].audio, expected.audio)
    assert not np.allclose(found[0].audio, preprocessor.inputs([joined], preprocessor.gather([joined]))[0].audio)


def test_a_batch_marks_the_steps_of_the_moment_and_no_padding():
    spliced = replace(inputs_of(6, 4), moment_s=(0.08, 0.16))  # a step every 40 ms

    batch = collate([spliced, inputs_of(8, 4)])

    assert batch.moment.int().tolist() == [[0, 0, 1, 1, 0, 0, 0, 0], [0] * 8]
    assert collate([spliced.strided(2)]).moment.int().tolist() == [[0, 1, 0]]


def test_the_loss_of_attention_is_the_logarithm_of_its_share_on_the_moment():
    perception = torch.tensor([[[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]], [[0.2, 0.2, 0.6], [0.3, 0.3, 0.4]]])
    moment = torch.tensor([[False, True, True], [False, False, False]])

    losses = attention_losses(perception, torch.tensor([1, 0]), moment)

    torch.testing.assert_close(losses, torch.tensor([-np.log(0.5), 0.0], dtype=torch.float32))


def test_attention_that_is_nowhere_on_the_moment_has_a_finite_loss():
    losses = attention_losses(torch.tensor([[[1.0, 0.0]]]), torch.tensor([0]), torch.tensor([[False, True]]))

    assert torch.isfinite(losses).all()


def taught(attention_loss: float) -> float:
    """Share of the attention on the moment of clips where nothing else tells it from the rest, after some training."""
    model = ModelConfig(width=6, selector_width=4, embedding=3)
    fit = FitConfig(
        optimiser="adamw", learning_rate=0.03, epochs=12, patience=None, batch_clips=8, splices=1.0, attention_loss=attention_loss
    )
    marked = [_marked(number) for number in range(24)]
    data = Dataset(train=marked[:4], splices=marked)
    state = fit_network(model, fit, Widths(D_A, D_SHAPE, D_APPEARANCE), data, 0)
    network = build(model, Widths(D_A, D_SHAPE, D_APPEARANCE)).eval()
    network.load_state_dict(state.best_weights)
    batch = collate([_marked(100)])
    with torch.inference_mode():
        perception = network(batch).perception
    return float((perception[0, batch.label[0]] * batch.moment[0]).sum())


def _marked(seed: int) -> ClipInputs:
    """Ten steps, of which three look otherwise, whatever the label is."""
    start = 1 + seed % 6
    plain = inputs_of(10, 10, seed, label=seed % 2)
    shape = plain.shape.copy()
    shape[start : start + 3] += 3
    return replace(plain, shape=shape, moment_s=(start * 0.04 - 0.01, (start + 3) * 0.04 - 0.01))


def test_attention_learns_where_the_moment_is():
    assert taught(1.0) > 0.8
    assert taught(0.0) < 0.6


@pytest.mark.parametrize("wrong", [{"splices": 1.5}, {"splices": -0.1}, {"attention_loss": -1.0}])
def test_shares_and_weights_that_mean_nothing_are_refused(wrong: dict[str, float]):
    with pytest.raises(ConfigError, match="splices must lie in"):
        FitConfig(**wrong)


def test_a_recipe_without_splices_is_called_as_before_there_were_any():
    assert "splices" not in presets.paper().to_json()["fit"]
