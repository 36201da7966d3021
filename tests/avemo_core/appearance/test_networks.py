import inspect
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional

from avemo_core.appearance import networks
from avemo_core.appearance.alexnet import LocalResponseNorm
from avemo_core.appearance.layers import Conv
from avemo_core.appearance.network import Architecture, FaceNetwork, backbone_of, preprocessed
from avemo_core.appearance.resnet29 import ResidualBlock
from avemo_core.errors import ConfigError
from avemo_core.runtime import safetensors_file


def chips(faces: int, side_px: int = 150) -> np.ndarray:
    return np.random.default_rng(faces).integers(0, 256, (faces, side_px, side_px, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def resnet29():
    return networks.load("resnet29")


@pytest.fixture(scope="module")
def alexnet_file(tmp_path_factory: pytest.TempPathFactory):
    """An untrained AlexNet, backbone only, as a file of one's own."""
    torch.manual_seed(0)
    network = networks.architecture("alexnet")

    arrays = {f"trunk.{name}": value.numpy() for name, value in network.trunk.state_dict().items()}
    location = str(tmp_path_factory.mktemp("weights") / "alexnet.safetensors")
    safetensors_file.store(location, arrays, {"network": "alexnet"})
    return location


def test_the_names_that_options_offer_are_those_of_the_networks():
    assert get_args(networks.NetworkName) == tuple(networks.NETWORKS)


@pytest.mark.parametrize("name", networks.NETWORKS)
def test_each_name_loads_its_own_architecture(name: str):
    network = networks.architecture(name)

    assert type(network) is networks.NETWORKS[name]
    assert network.name == name


@pytest.mark.parametrize(("name", "file"), [("alexnet", "here.dat"), ("resnet29", "gone.dat"), ("resnet29", "s3://bucket/x.dat")])
def test_a_dat_file_is_dlibs_network_on_a_local_disk_or_refused(name: str, file: str, tmp_path: Path):
    (tmp_path / "here.dat").write_bytes(b"")
    location = file if "://" in file else str(tmp_path / file)

    with pytest.raises(ConfigError, match=r"dlib's resnet29"):
        networks.load(name, location)


def test_a_folder_of_weights_is_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match="cannot be read"):
        networks.load("alexnet", str(tmp_path))


def test_the_shipped_network_gives_a_feature_map_of_128_channels_at_8_by_8_places(resnet29: FaceNetwork):
    feature_maps = resnet29.feature_map(chips(2))

    assert feature_maps.shape == (2, 128, 8, 8)
    assert resnet29.feature_map_shape == (128, 8, 8)
    assert feature_maps.dtype == torch.float32


def test_pool5_of_alexnet_has_9216_values(alexnet_file: str):
    network = networks.load("alexnet", alexnet_file)

    feature_maps = network.feature_map(chips(1, network.input_px))

    assert feature_maps.flatten(1).shape == (1, 9216)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_alexnet_runs_in_every_precision_that_auto_may_choose_on_a_cpu(alexnet_file: str, precision: str):
    feature_maps = networks.load("alexnet", alexnet_file, precision=precision).feature_map(chips(1, 227))

    assert feature_maps.isfinite().all()
    assert feature_maps.std() > 0


def test_the_local_response_norm_is_that_of_2012():
    torch.manual_seed(3)
    x = 30 * torch.randn(2, 7, 3, 3)

    torch.testing.assert_close(LocalResponseNorm()(x), functional.local_response_norm(x, 5, alpha=5e-4, beta=0.75, k=2.0))


def test_a_face_does_not_depend_on_the_others_of_its_batch(resnet29: FaceNetwork):
    together = resnet29.feature_map(chips(19))

    alone = resnet29.feature_map(chips(19)[17:18])

    torch.testing.assert_close(together[17:18], alone, rtol=1e-4, atol=1e-4)


def test_no_faces_give_no_feature_maps(resnet29: FaceNetwork):
    assert resnet29.feature_map(chips(3)[:0]).shape == (0, 128, 8, 8)


def test_folding_the_affines_changes_nothing():
    network, sha256 = networks.with_weights("resnet29")
    faces = preprocessed(torch.from_numpy(chips(2)), network.mean_rgb, network.scale)

    with torch.inference_mode():
        unfolded = network.trunk(faces)
    folded = backbone_of(network, sha256, device="cpu", dtype=torch.float32).feature_map(chips(2))

    torch.testing.assert_close(folded, unfolded, rtol=1e-4, atol=1e-4)


def test_bfloat16_stays_near_float32(resnet29: FaceNetwork):
    narrow = networks.load("resnet29", precision="bfloat16").feature_map(chips(2))

    error = (narrow - resnet29.feature_map(chips(2))).abs().mean() / resnet29.feature_map(chips(2)).abs().mean()

    assert error < 0.02


def test_a_folded_convolution_is_the_convolution_and_its_affine():
    torch.manual_seed(1)
    conv = Conv(3, 5, 3, padding=1)
    conv.affine.gamma.data.normal_()
    conv.affine.beta.data.normal_()
    x = torch.randn(2, 3, 7, 7)

    torch.testing.assert_close(conv.folded()(x), conv(x))


def test_a_block_that_halves_the_feature_map_pads_the_smaller_side_with_zeros_at_the_high_end():
    torch.manual_seed(2)
    block = ResidualBlock(2, 3, down=True)
    x = torch.randn(1, 2, 8, 8)

    y = block(x)

    branch = block.second(torch.relu(block.first(x)))
    skip = functional.avg_pool2d(x, 2)
    expected = torch.zeros(1, 3, 4, 4)
    expected[:, :, :3, :3] += branch
    expected[:, :2] += skip
    torch.testing.assert_close(y, torch.relu(expected))


def test_a_block_with_new_weights_is_its_skip():
    network = networks.architecture("resnet29")

    x = torch.rand(1, 32, 6, 6)

    torch.testing.assert_close(network.trunk[3](x), x)


def test_chips_of_another_size_are_refused_with_both_sizes(resnet29: FaceNetwork):
    with pytest.raises(ConfigError, match=r"150 x 150 x 3, not \(96, 96, 3\)"):
        resnet29.feature_map(chips(1, 96))


def test_a_network_without_shipped_weights_asks_for_some():
    with pytest.raises(ConfigError, match="--weights"):
        networks.load("alexnet")


def test_weights_of_another_network_are_refused(alexnet_file: str):
    with pytest.raises(ConfigError, match="does not hold a resnet29"):
        networks.load("resnet29", alexnet_file)


def test_an_unknown_network_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match="resnet29, alexnet"):
        networks.load("vgg16")


def test_a_missing_weights_file_is_named():
    with pytest.raises(ConfigError, match=r"nowhere\.safetensors does not exist"):
        networks.load("alexnet", "/nowhere.safetensors")


def test_weights_of_ones_own_are_told_apart_by_their_sum(tmp_path: Path, alexnet_file: str):
    stored = safetensors_file.read(alexnet_file, "weights file")
    location = str(tmp_path / "other.safetensors")
    safetensors_file.store(location, {name: array + 1 for name, array in stored.arrays.items()}, stored.metadata)

    assert networks.load("alexnet", location).sha256 != networks.load("alexnet", alexnet_file).sha256


def test_weights_in_half_precision_are_widened(tmp_path: Path, alexnet_file: str):
    arrays = safetensors_file.read(alexnet_file, "weights").arrays
    halves = {name: values.astype(np.float16) for name, values in arrays.items()}
    safetensors_file.store(str(tmp_path / "half"), halves, {"network": "alexnet"})

    network, _ = networks.with_weights("alexnet", str(tmp_path / "half"))

    assert {parameter.dtype for parameter in network.parameters()} == {torch.float32}
    np.testing.assert_array_equal(network.trunk[0].weight.detach().numpy(), halves["trunk.0.weight"].astype(np.float32))


def test_weights_that_numpy_has_no_type_for_are_refused(tmp_path: Path):
    save_file({"trunk.0.weight": torch.zeros(2, dtype=torch.bfloat16)}, tmp_path / "brain")

    with pytest.raises(ConfigError, match="BF16"):
        networks.load("alexnet", str(tmp_path / "brain"))


def test_weights_of_a_training_that_failed_are_refused(tmp_path: Path, alexnet_file: str):
    arrays = dict(safetensors_file.read(alexnet_file, "weights").arrays)
    arrays["trunk.4.bias"] = np.full_like(arrays["trunk.4.bias"], np.nan)
    safetensors_file.store(str(tmp_path / "nan"), arrays, {"network": "alexnet"})

    with pytest.raises(ConfigError, match=r"NaN or infinity in trunk\.4\.bias"):
        networks.load("alexnet", str(tmp_path / "nan"))


def test_each_colour_of_a_chip_is_centred_by_its_own_mean():
    faces, mean_rgb = chips(2, side_px=6), (120.0, 60.0, 30.0)

    inputs = preprocessed(torch.as_tensor(faces), mean_rgb, 256.0)

    for face, colour, row, column in np.ndindex(2, 3, 6, 6):
        expected = np.float32((float(faces[face, row, column, colour]) - mean_rgb[colour]) / 256)
        assert inputs[face, colour, row, column].item() == expected


@pytest.mark.parametrize("name", get_args(networks.NetworkName))
def test_a_network_has_all_that_its_protocol_asks_for_without_torchs_own_look_up(name: str):
    """As Python looks from 3.12 on; torch keeps layers where such a look does not find them."""
    asked_for = {member for member in {**vars(Architecture), **Architecture.__annotations__} if not member.startswith("_")}

    with torch.device("meta"):  # its members, without sixty million weights
        network = networks.architecture(name)
    found = {member for member in asked_for if inspect.getattr_static(network, member, None) is not None}

    assert "backbone" in asked_for
    assert found == asked_for
