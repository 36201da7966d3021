import numpy as np
import pytest
import torch
from torch import nn

from avemo_core.appearance.quantised import measure_ranges, ranges
from avemo_core.appearance.resnet29 import ResidualBlock


def test_ranges_are_the_largest_values_behind_each_rectifier():
    torch.manual_seed(0)
    block = ResidualBlock(4, 6, down=True)
    layers = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), block)
    faces = torch.randn(2, 3, 11, 11)

    with torch.inference_mode():
        found = ranges.of_each(layers, faces)
        x = torch.relu(layers[0](faces))

        expected = [x.max(), torch.relu(block.first(x)).max(), block(x).max()]
    assert found == [each.item() for each in expected]


@pytest.mark.long
def test_the_ranges_are_those_of_the_demo_corpus():
    # After a change of the demo corpus or of how chips are cut: python -m avemo_core.appearance.quantised.measure_ranges
    faces = np.stack(list(measure_ranges.chips()))

    assert measure_ranges.measured(faces) == pytest.approx(ranges.RANGES, rel=0.02)
