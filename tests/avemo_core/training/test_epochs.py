"""One network's training: repeatable to the bit, and the same whether it was interrupted or not."""

from dataclasses import replace

import pytest
import torch

from avemo_core.bundle.config import ModelConfig
from avemo_core.errors import ConfigError
from avemo_core.model.batch import UNKNOWN, collate
from avemo_core.model.config import Encoding
from avemo_core.model.network import Widths, build
from avemo_core.training import presets
from avemo_core.training.config import FitConfig
from avemo_core.training.epochs import Dataset, TrainingState, fit_network
from tests.avemo_core.model.clips import D_A, D_APPEARANCE, D_SHAPE, clip, clips

WIDTHS = Widths(D_A, D_SHAPE, D_APPEARANCE)
MODEL = ModelConfig(width=6, selector_width=3, embedding=2, visual_stride=2)
FIT = FitConfig(epochs=4, batch_clips=5, modality_dropout=0.2)
DATA = Dataset(train=[replace(one, label=number % 7) for number, one in enumerate(3 * clips())], val=[clip(5, 6, 9, label=3)])


def trained(seed: int = 0, fit: FitConfig = FIT, resume: TrainingState | None = None) -> TrainingState:
    return fit_network(MODEL, fit, WIDTHS, DATA, seed, resume=resume)


def test_the_same_seed_gives_the_same_bits():
    first, second = trained(), trained()

    assert first.history == second.history
    torch.testing.assert_close(first.learner["weights"], second.learner["weights"], rtol=0, atol=0)


def test_another_seed_gives_another_network():
    assert not torch.equal(trained(0).best_weights["head.w_n"], trained(1).best_weights["head.w_n"])


@pytest.mark.parametrize("decay", [0.0, 0.9])
def test_a_training_that_goes_on_after_two_epochs_ends_in_the_same_bits(decay: float):
    fit = replace(FIT, average_decay=decay)
    half = trained(fit=replace(fit, epochs=2))

    resumed, whole = trained(fit=fit, resume=half), trained(fit=fit)

    assert resumed.history == whole.history
    torch.testing.assert_close(resumed.learner["weights"], whole.learner["weights"], rtol=0, atol=0)
    torch.testing.assert_close(resumed.best_weights, whole.best_weights, rtol=0, atol=0)


def test_what_is_kept_is_the_moving_average_of_the_weights_after_each_step():
    """One batch an epoch, so that an epoch is a step."""
    fit = FitConfig(epochs=5, batch_clips=100, patience=None, average_decay=0.8)
    stops = [trained(fit=replace(fit, epochs=count)) for count in range(1, 6)]

    mean = stops[0].learner["weights"]["head.w_n"]
    for stop in stops[1:]:
        mean = 0.8 * mean + 0.2 * stop.learner["weights"]["head.w_n"]

    torch.testing.assert_close(stops[-1].best_weights["head.w_n"], mean)
    assert not torch.allclose(mean, stops[-1].learner["weights"]["head.w_n"])


def test_the_epoch_kept_is_the_best_on_validation():
    state = trained(fit=replace(FIT, epochs=8))

    best = max(state.history, key=lambda epoch: (epoch.val_accuracy, -epoch.val_loss))
    assert state.best_epoch == best.epoch


def test_training_stops_when_validation_has_not_improved_for_so_long():
    state = trained(fit=replace(FIT, epochs=40, patience=1, learning_rate=0.0))

    assert [epoch.epoch for epoch in state.history] == [1, 2]


def test_a_clip_without_a_label_is_not_trained_on():
    with pytest.raises(ConfigError, match="label"):
        Dataset(train=[replace(clip(3, 3), label=UNKNOWN)])


@pytest.mark.parametrize("encoding", ["perception", "average", "last", "appearance"])
@pytest.mark.parametrize("preset", [presets.paper, presets.best])
def test_nothing_of_a_training_step_stays_behind_when_the_network_moves_to_another_device(encoding: Encoding, preset: object):
    """On torch's device without values, which like a GPU refuses to be mixed with the CPU."""
    network = build(preset(encoding).model, WIDTHS).to("meta")
    batch = collate(clips()).to("meta")
    some = torch.zeros(len(batch), dtype=torch.bool, device="meta")

    output = network(batch.without(sound=some, face=some))
    torch.nn.functional.cross_entropy(output.logits, batch.label).backward()

    assert (output.logits.shape, output.logits.device.type) == ((5, 7), "meta")
    assert output.perception.shape == (5, 7, 7)
    assert {parameter.grad.device.type for parameter in network.parameters() if parameter.grad is not None} == {"meta"}
