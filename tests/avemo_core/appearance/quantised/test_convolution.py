import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from avemo_core.appearance.quantised import support
from avemo_core.appearance.quantised.convolution import QuantisedConv, rounded

pytestmark = pytest.mark.skipif(support.missing() is not None, reason=f"needs {support.missing()}")

INPUT_SCALE, OUTPUT_SCALE = 0.02, 0.05


def made(stride: int = 1, padding: int = 1) -> tuple[QuantisedConv, Tensor, Tensor]:
    """A convolution of 5 channels to 7, its weights and its biases."""
    generator = torch.Generator().manual_seed(0)
    weights, biases = torch.randn(7, 5, 3, 3, generator=generator), torch.randn(7, generator=generator)
    conv = QuantisedConv.of(weights, biases, stride=stride, padding=padding, input_scale=INPUT_SCALE, output_scale=OUTPUT_SCALE)
    return conv, weights, biases


def numbers(*shape: int, seed: int = 1) -> Tensor:
    drawn = torch.from_numpy(np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8))
    return drawn.contiguous(memory_format=torch.channels_last)


def plainly(x: Tensor, weights: Tensor, biases: Tensor, stride: int, padding: int) -> Tensor:
    """What stands before the rectifier, of the rounded weights, in float64: exact sums of whole numbers."""
    whole, scales = rounded(weights)
    sums = functional.conv2d(x.double(), whole.double(), stride=stride, padding=padding)
    return sums * (INPUT_SCALE * scales.double())[:, None, None] + biases.double()[:, None, None]


@pytest.mark.parametrize(("stride", "padding"), [(1, 1), (2, 0)])
def test_sums_of_whole_numbers_are_exact_and_rounded_once(stride: int, padding: int):
    conv, weights, biases = made(stride, padding)
    x = numbers(2, 5, 9, 9)

    found = conv.rectified(x)

    expected = (plainly(x, weights, biases, stride, padding).clamp(min=0) / OUTPUT_SCALE).clamp(max=255)
    assert found.dtype == torch.uint8
    assert (found.double() - expected).abs().max() <= 0.5 + 1e-3
    assert (expected == 255).any()
    assert (expected == 0).any()


def test_a_skip_is_added_before_the_rectifier():
    conv, weights, biases = made()
    x, skip = numbers(2, 5, 6, 6), numbers(2, 7, 6, 6, seed=2)

    expected = (plainly(x, weights, biases, 1, 1) + 0.03 * skip.double()).clamp(min=0)

    found = conv.added(x, skip.clone(memory_format=torch.preserve_format), 0.03)
    unrounded = conv.added_unrounded(x, skip * 0.03)
    assert (found.double() - (expected / OUTPUT_SCALE).clamp(max=255)).abs().max() <= 0.5 + 1e-3
    assert unrounded.dtype == torch.float32
    torch.testing.assert_close(unrounded.double(), expected, rtol=1e-5, atol=1e-4)


def test_weights_are_rounded_by_half_a_step_of_their_channel_at_most():
    weights = (
        torch.randn(4, 3, 3, 3, generator=torch.Generator().manual_seed(3)) * torch.tensor([0.01, 1.0, 30.0, 0.0])[:, None, None, None]
    )

    whole, scales = rounded(weights)

    again = whole * scales[:, None, None, None]
    assert ((again - weights).abs().amax(dim=(1, 2, 3)) <= 0.5001 * scales).all()
    assert whole[:3].abs().amax(dim=(1, 2, 3)).tolist() == [127, 127, 127]
    assert not whole[3].any()
