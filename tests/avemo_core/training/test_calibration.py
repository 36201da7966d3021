"""The temperature: fitted to clips that nothing has seen, near 1 where they are few, and never measured on the clips it was fitted to."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from avemo_core.bundle.probabilities import fit_temperature, flattened, temperature_scaled
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.training.calibration import calibrated
from avemo_core.training.splits import Split, split_of
from schemas.emotions import EMOTIONS
from tests.avemo_core.feature_rows import table
from tests.avemo_core.planted import Plan, planted

UNKNOWN = np.full((42, 2), np.nan, np.float32)
"""Distances of clips of which nothing is known."""


def drawn(clips: int, sharpness: float = 1.0, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Probabilities, and labels drawn by them; the probabilities are then sharpened by this power."""
    draw = np.random.default_rng(seed)
    logits = 1.8 * draw.normal(size=(clips, 7))
    true = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = np.array([draw.choice(7, p=row) for row in true])
    return torch.from_numpy(sharpness * logits).softmax(1).float(), torch.from_numpy(labels)


def test_no_clip_leaves_the_probabilities_as_they_are():
    assert fit_temperature(torch.zeros(0, 7), torch.zeros(0, dtype=torch.long)) == pytest.approx(1.0)


def test_many_clips_find_the_temperature_that_they_need():
    assert fit_temperature(*drawn(2000, sharpness=2.0)) == pytest.approx(2.0, rel=0.08)


def test_ten_clips_of_a_model_that_needs_no_scaling_leave_it_near_one():
    temperatures = [fit_temperature(*drawn(10, seed=seed)) for seed in range(40)]

    assert 0.75 < min(temperatures) < max(temperatures) < 1.35


@pytest.fixture(scope="module")
def clips() -> list[ClipFeatures]:
    made, _ = planted(Plan(clips=42, seed=0, frames=(6, 8), segment=3, distractors=0))
    return [replace(clip, subject=f"person-{number % 6}") for number, clip in enumerate(made)]


def of_labels(clips: list[ClipFeatures], right: float = 0.6) -> torch.Tensor:
    """Probabilities that give every clip's own emotion this much."""
    probabilities = torch.full((len(clips), 7), (1 - right) / 6)
    for row, clip in enumerate(clips):
        probabilities[row, EMOTIONS.index(clip.label or "")] = right
    return probabilities


def parted(clips: list[ClipFeatures], seen: set[str] | None) -> Split:
    """The clips, of which the selection has seen these people."""
    ids = None if seen is None else frozenset(clip.clip_id for clip in clips if clip.subject in seen)
    return replace(split_of(table(clips)), seen=ids)


def test_clips_that_the_selection_has_seen_fit_no_temperature_and_are_measured_apart(clips: list[ClipFeatures]):
    seen = {"person-0", "person-1", "person-2", "person-3"}
    easy = torch.tensor([clip.subject in seen for clip in clips])
    probabilities = torch.where(easy[:, None], of_labels(clips), of_labels(clips).roll(1, 1))  # the others are all wrong

    found = calibrated(probabilities, UNKNOWN, clips, parted(clips, seen))

    assert (found.clips, found.people, found.seen) == (14, 2, False)
    assert found.temperature > 1.5
    assert (found.held_out["accuracy"], found.held_out["clips"]) == (0, 14)
    assert (found.seen_by_selection["accuracy"], found.seen_by_selection["clips"]) == (1, 28)


@pytest.mark.parametrize("seen", [{f"person-{number}" for number in range(6)}, None], ids=["everybody was seen", "nobody knows"])
def test_clips_that_may_have_been_seen_never_make_a_model_surer_of_itself(clips: list[ClipFeatures], seen: set[str] | None):
    sure = calibrated(of_labels(clips), UNKNOWN, clips, parted(clips, set()))
    doubted = calibrated(of_labels(clips), UNKNOWN, clips, parted(clips, seen))

    assert sure.temperature < 0.7
    assert doubted.temperature == 1
    assert doubted.seen is (None if seen is None else True)


def test_nobodys_calibration_error_is_measured_under_a_temperature_that_was_fitted_to_them(clips: list[ClipFeatures]):
    # One person is named wrong, the others right: without that person the temperature is far lower than with, and the loss far higher.
    wrong = torch.tensor([clip.subject == "person-0" for clip in clips])
    probabilities = torch.where(wrong[:, None], of_labels(clips).roll(1, 1), of_labels(clips))
    labels = torch.tensor([EMOTIONS.index(clip.label or "") for clip in clips])

    found = calibrated(probabilities, UNKNOWN, clips, parted(clips, set()))

    without = fit_temperature(probabilities[~wrong], labels[~wrong])
    honest = temperature_scaled(probabilities[wrong], without)
    alone = calibrated(probabilities, UNKNOWN, clips, replace(parted(clips, set()), groups={clip.clip_id: "one" for clip in clips}))
    assert (found.held_out["interval_over"]["count"], alone.held_out["interval_over"]["count"]) == (6, 1)
    assert without < found.temperature
    assert found.held_out["log_loss"] * len(clips) > torch.nn.functional.nll_loss(honest.log(), labels[wrong], reduction="sum").item()
    assert alone.held_out["log_loss"] == pytest.approx(torch.nn.functional.nll_loss(probabilities.log(), labels).item(), rel=1e-4)


@pytest.mark.parametrize("excess", [1e3, 1e30, np.inf])
def test_a_clip_however_far_away_has_equal_probabilities_of_the_emotions_told_apart(excess: float):
    probabilities = torch.tensor([[0.9, 0.1, 0, 0, 0, 0, 0]])

    far = flattened(probabilities, torch.tensor([excess], dtype=torch.float64), EMOTIONS[:2])

    np.testing.assert_allclose(far.numpy(), [[0.5, 0.5, 0, 0, 0, 0, 0]], atol=1e-6)
