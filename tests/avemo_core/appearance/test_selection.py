from dataclasses import dataclass
from pathlib import Path

import fsspec
import numpy as np
import pytest
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from avemo_core.appearance.selection import Selection
from avemo_core.errors import ConfigError
from avemo_core.faces.template import CHIP, Template
from avemo_core.runtime import safetensors_file


@dataclass(frozen=True)
class Tiny:
    """A network with a feature map of 2 x 3 x 4."""

    name: str = "resnet29"
    input_px: int = 4
    feature_map_shape: tuple[int, int, int] = (2, 3, 4)
    sha256: str = "ab" * 32
    template: Template = CHIP
    licence: str | None = None

    def feature_map(self, chips: UInt8[np.ndarray, "face height width rgb"]) -> Float[Tensor, "face channels rows columns"]:
        """Nothing but the right shape."""
        return torch.zeros(len(chips), *self.feature_map_shape)


NETWORK = Tiny()


def selection(*indices: int, sha256: str = NETWORK.sha256) -> Selection:
    return Selection(
        indices=np.array(indices, dtype=np.int64),
        importances=np.linspace(1, 0, len(indices), dtype=np.float32),
        network="resnet29",
        network_sha256=sha256,
        feature_map_shape=(2, 3, 4),
    )


@pytest.mark.parametrize("place", ["file", "memory://selections/one"])
def test_a_selection_comes_back_as_it_was_saved(tmp_path: Path, place: str):
    location = str(tmp_path / "deep" / "one.selection") if place == "file" else place
    chosen = selection(5, 0, 23)

    chosen.save(location)
    found = Selection.load(location)

    assert found.indices.tolist() == [5, 0, 23]
    assert found.importances.tolist() == chosen.importances.tolist()
    assert found.digest == chosen.digest


def test_saving_leaves_one_file_and_replaces_the_last_one(tmp_path: Path):
    selection(5, 0, 23).save(tmp_path / "one")
    selection(7).save(tmp_path / "one")

    assert [path.name for path in tmp_path.iterdir()] == ["one"]
    assert Selection.load(tmp_path / "one").indices.tolist() == [7]


def test_the_selected_values_stand_in_order_of_importance():
    feature_maps = torch.arange(24.0).reshape(1, 2, 3, 4)

    assert selection(5, 0, 23).of(feature_maps).tolist() == [[5.0, 0.0, 23.0]]


def test_selecting_all_gives_the_flattened_feature_map():
    feature_maps = torch.randn(3, 2, 3, 4)

    torch.testing.assert_close(Selection.all(NETWORK).of(feature_maps), feature_maps.flatten(1))


@pytest.mark.parametrize("other", [selection(0, 5, 23), selection(5, 0), selection(5, 0, 23, sha256="cd" * 32)])
def test_whatever_changes_the_features_changes_the_digest(other: Selection):
    assert other.digest != selection(5, 0, 23).digest


@pytest.mark.parametrize("indices", [(), (3, 3), (24,), (-1,)])
def test_indices_that_are_none_twice_or_outside_the_feature_map_are_refused(indices: tuple[int, ...]):
    with pytest.raises(ConfigError, match="below 24"):
        selection(*indices)


def test_a_selection_for_other_weights_is_refused_with_both_shown():
    with pytest.raises(ConfigError, match=r"(?s)cdcd.*abab.*jobs/select.py"):
        selection(1, sha256="cd" * 32).check(NETWORK)


def test_a_file_of_another_kind_is_refused(tmp_path: Path):
    safetensors_file.store(str(tmp_path / "weights"), {"x": np.zeros(3)}, {"network": "alexnet"})

    with pytest.raises(ConfigError, match="is no selection"):
        Selection.load(tmp_path / "weights")


def test_a_file_that_is_no_safetensors_is_refused(tmp_path: Path):
    (tmp_path / "text").write_text("indices: 1 2 3, and more than a header's worth of it")

    with pytest.raises(ConfigError, match="is no selection"):
        Selection.load(tmp_path / "text")


def test_a_missing_selection_is_named():
    with pytest.raises(ConfigError, match="gone does not exist"):
        Selection.load("/gone")


def test_a_folder_of_s3_like_stores_needs_no_making():
    selection(1).save("memory://never-made/deep/one")

    assert fsspec.filesystem("memory").find("/never-made") == ["/never-made/deep/one"]
