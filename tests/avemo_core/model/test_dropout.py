import pytest
import torch
from torch import nn

from avemo_core.model.batch import collate
from avemo_core.model.config import NetworkConfig
from avemo_core.model.dropout import AttentionDropout, ClipDropout, StepDropout
from avemo_core.model.network import Widths, build
from tests.avemo_core.model.clips import D_A, D_APPEARANCE, D_SHAPE, clip

KINDS = [StepDropout, ClipDropout]


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_the_share_that_is_dropped_is_the_one_asked_for_and_the_mean_stays(p: float):
    torch.manual_seed(0)

    dropped = StepDropout(p)(torch.ones(50, 101, 37))

    assert (dropped == 0).float().mean().item() == pytest.approx(p, abs=0.005)
    assert dropped.mean().item() == pytest.approx(1, rel=0.02)
    assert dropped.unique().tolist() == pytest.approx([0, 1 / (1 - p)])


def test_neighbours_are_dropped_independently_of_each_other():
    torch.manual_seed(0)

    dropped = StepDropout(0.5)(torch.ones(64, 64, 64)).flatten()

    lags = torch.stack([dropped.roll(lag) for lag in (1, 2, 3, 4)])
    assert torch.corrcoef(torch.cat([dropped[None], lags]))[0, 1:].abs().max() < 0.01


def test_a_clip_keeps_its_mask_over_all_its_steps():
    torch.manual_seed(0)

    dropped = ClipDropout(0.5)(torch.ones(3, 9, 40))

    assert (dropped == dropped[:, :1]).all()
    assert not (dropped[0, 0] == dropped[1, 0]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_dropped_when_scoring(kind: type[nn.Module]):
    values = torch.randn(2, 3, 4)

    assert kind(0.5).eval()(values) is values


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_is_dropped_like_the_values(kind: type[nn.Module]):
    values = torch.ones(2, 3, 40, requires_grad=True)

    dropped = kind(0.25)(values)
    dropped.sum().backward()

    assert torch.equal(values.grad, dropped.detach())


def test_an_attention_in_training_sees_a_share_of_the_steps_that_may_be_attended():
    torch.manual_seed(0)
    attention_mask = torch.rand(40, 500) < 0.8

    left = AttentionDropout(0.3)(attention_mask)

    assert not (left & ~attention_mask).any()
    assert (left.sum() / attention_mask.sum()).item() == pytest.approx(0.7, abs=0.02)


def test_a_clip_whose_last_step_would_be_hidden_keeps_all_of_them():
    torch.manual_seed(0)
    attention_mask = torch.tensor([[False, True, True]]).expand(200, -1)

    left = AttentionDropout(0.9)(attention_mask)

    assert left.any(1).all()
    assert left.sum(1).max() == 2


def test_no_step_is_hidden_when_scoring():
    attention_mask = torch.rand(4, 9) < 0.8

    assert AttentionDropout(0.5).eval()(attention_mask) is attention_mask


def test_the_proposed_network_hides_steps_from_its_perception_in_training_alone():
    config = NetworkConfig(width=4, selector_width=3, embedding=2, dropout=0.0, attention_dropout=0.5)
    network, batch = build(config, Widths(D_A, D_SHAPE, D_APPEARANCE)), collate([clip(40, 50)])

    trained, scored = network.train()(batch).perception, network.eval()(batch).perception

    assert 5 < (trained[0, 0] == 0).sum() < 35
    assert (scored > 0).all()
