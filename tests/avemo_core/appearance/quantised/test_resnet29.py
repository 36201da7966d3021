import numpy as np
import pytest
import torch
from numpy import ndarray
from torch.nn import functional

from avemo_core.appearance import networks
from avemo_core.appearance.network import FaceNetwork
from avemo_core.appearance.quantised import support
from avemo_core.appearance.quantised.resnet29 import _largest_of_nine, quantised
from avemo_core.corpora.clip import Clip
from avemo_core.errors import ConfigError
from avemo_core.faces.clip_chips import chips_of
from avemo_core.faces.detect import Detector
from avemo_core.faces.mesh import Mesh
from avemo_core.preflight.sample import CLIP

pytestmark = pytest.mark.skipif(support.missing() is not None, reason=f"needs {support.missing()}")


@pytest.fixture(scope="module")
def network() -> FaceNetwork:
    return networks.load(precision="int8")


@pytest.fixture(scope="module")
def chips() -> ndarray:
    """Faces of the built-in clip, which was made."""
    return chips_of(Clip(source_id="clip", uri=str(CLIP)), Detector(), Mesh(), every_s=0.0)[0]


def test_int8_stays_near_float32_on_a_face(network: FaceNetwork, chips: ndarray):
    exact = networks.load().feature_map(chips)

    found = network.feature_map(chips)

    assert found.shape == exact.shape
    assert found.dtype == torch.float32
    assert (found - exact).abs().mean() / exact.abs().mean() < 0.04
    assert abs((found - exact).mean() / exact.mean()) < 0.01


def test_a_network_whose_ranges_are_too_small_is_told_apart(chips: ndarray):
    """The test above fails where ranges do not fit: values beyond them are cut off."""
    exact = networks.load().feature_map(chips)
    whole, sha256 = networks.with_weights("resnet29")

    cut = quantised(whole, sha256, [1.0] * 21).feature_map(chips)

    assert (cut - exact).abs().mean() / exact.abs().mean() > 0.2


def test_a_face_does_not_depend_on_the_others_of_its_batch_nor_on_their_number(network: FaceNetwork):
    many = np.random.default_rng(0).integers(0, 256, (35, 150, 150, 3), dtype=np.uint8)

    together = network.feature_map(many)

    assert torch.equal(together[33:34], network.feature_map(many[33:34]))
    assert torch.equal(together[:3], network.feature_map(many[:3]))


def test_the_same_chips_give_the_same_map_again(network: FaceNetwork, chips: ndarray):
    first = network.feature_map(chips).clone()

    assert torch.equal(network.feature_map(chips), first)


def test_it_stands_for_the_same_weights_as_in_float32(network: FaceNetwork):
    exact = networks.load()

    assert (network.name, network.sha256, network.feature_map_shape) == (exact.name, exact.sha256, exact.feature_map_shape)
    assert (network.input_px, network.template, network.licence) == (exact.input_px, exact.template, exact.licence)


def test_no_faces_give_no_feature_maps_and_chips_of_another_size_are_refused(network: FaceNetwork):
    assert network.feature_map(np.zeros((0, 150, 150, 3), np.uint8)).shape == (0, 128, 8, 8)
    with pytest.raises(ConfigError, match=r"resnet29 takes chips of 150 x 150 x 3, not \(227, 227, 3\)"):
        network.feature_map(np.zeros((1, 227, 227, 3), np.uint8))


@pytest.mark.parametrize("side", [7, 8, 72])
def test_the_largest_of_nine_is_what_max_pooling_gives(side: int):
    x = torch.from_numpy(np.random.default_rng(side).integers(0, 256, (2, 5, side, side), dtype=np.uint8))

    found = _largest_of_nine(x.contiguous(memory_format=torch.channels_last))

    assert torch.equal(found.float(), functional.max_pool2d(x.float(), 3, 2))
