"""Which network a config builds."""

import pytest
from torch import nn

from avemo_core.model.config import NetworkConfig
from avemo_core.model.network import AppearanceOnly, Baseline, Proposed, Widths, build
from tests.avemo_core.model.clips import D_A, D_APPEARANCE, D_SHAPE

WIDTHS = Widths(D_A, D_SHAPE, D_APPEARANCE)


def config_of(encoding: str) -> NetworkConfig:
    """A config of any encoding, past the checks of its type."""
    config = NetworkConfig()
    object.__setattr__(config, "encoding", encoding)
    return config


@pytest.mark.parametrize(
    ("encoding", "kind"), [("perception", Proposed), ("average", Baseline), ("last", Baseline), ("appearance", AppearanceOnly)]
)
def test_every_encoding_has_its_network(encoding: str, kind: type[nn.Module]):
    assert type(build(config_of(encoding), WIDTHS)) is kind


@pytest.mark.parametrize("encoding", ["transformer", "Average", ""])
def test_an_encoding_that_nobody_knows_is_refused_rather_than_becoming_an_average(encoding: str):
    with pytest.raises(AssertionError, match=f"'{encoding}'"):
        build(config_of(encoding), WIDTHS)


def test_a_head_that_nobody_knows_is_refused_rather_than_becoming_an_average():
    with pytest.raises(AssertionError, match="'transformer'"):
        Baseline(config_of("transformer"), WIDTHS)


@pytest.mark.parametrize("encoding", ["perception", "appearance"])
def test_a_baseline_of_an_encoding_that_is_none_is_refused(encoding: str):
    with pytest.raises(ValueError, match=f"found {encoding}"):
        Baseline(config_of(encoding), WIDTHS)
