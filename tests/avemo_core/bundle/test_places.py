"""A bundle wherever it is put: copied, renamed, beside files of others, in any place that fsspec opens."""

import shutil
import sys
from pathlib import Path

import fsspec
import pytest
from fsspec.registry import _registry
from huggingface_hub import HfFileSystem

from avemo_core.bundle.bundle import Bundle
from avemo_core.errors import BundleError
from tests.avemo_core.report import made

PLACES = ["{folder}/model", "file://{folder}/model", "memory://models/one", "memory://bucket/user/model@v1.0"]


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return made.bundle(card="# A model")


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("place", PLACES)
def test_a_bundle_saved_in_a_place_is_loaded_from_it_with_and_without_a_last_slash(bundle: Bundle, tmp_path: Path, place: str, slash: str):
    uri = place.format(folder=tmp_path)

    bundle.save(uri)

    assert Bundle.load(uri + slash).model_id == bundle.model_id


def test_a_cache_before_the_place_is_opened_as_fsspec_has_it(bundle: Bundle):
    bundle.save("memory://behind/model")

    assert Bundle.load("simplecache::memory://behind/model").model_id == bundle.model_id


def test_a_renamed_copy_with_files_of_others_in_it_is_the_same_model(bundle: Bundle, tmp_path: Path):
    bundle.save(str(tmp_path / "model"))

    copy = Path(shutil.copytree(tmp_path / "model", tmp_path / "another name"))
    (copy / ".gitattributes").write_text("*.safetensors filter=lfs\n")
    (copy / ".cache" / "huggingface").mkdir(parents=True)
    (copy / ".cache" / "huggingface" / "model.json").write_text("{}")
    (copy / "history.parquet").write_bytes(b"not of this format")
    loaded = Bundle.load(str(copy))

    assert (loaded.model_id, loaded.card, loaded.history) == (bundle.model_id, bundle.card, [])


def test_weights_that_git_left_as_a_pointer_are_refused(bundle: Bundle, tmp_path: Path):
    bundle.save(str(tmp_path))

    (tmp_path / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")

    with pytest.raises(BundleError, match="weights_sha256"):
        Bundle.load(str(tmp_path))


def test_a_folder_that_is_no_bundle_is_named_with_what_is_missing(tmp_path: Path):
    with pytest.raises(BundleError, match=rf"{tmp_path}: expected a folder with model\.json and model\.safetensors, found no model\.json"):
        Bundle.load(str(tmp_path))


def test_a_bundle_written_over_one_of_the_first_version_takes_its_history_away(bundle: Bundle, tmp_path: Path):
    (tmp_path / "history.parquet").write_bytes(b"of a training before")
    (tmp_path / "LICENSE").write_text("of its owner")

    bundle.save(str(tmp_path))

    assert not (tmp_path / "history.parquet").exists()
    assert (tmp_path / "LICENSE").read_text() == "of its owner"


def test_an_address_on_the_hub_is_opened_by_its_own_client():
    assert fsspec.get_filesystem_class("hf") is HfFileSystem


def test_without_the_client_of_the_hub_its_addresses_are_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    monkeypatch.delitem(_registry, "hf", raising=False)

    with pytest.raises(BundleError) as refused:
        Bundle.load("hf://user/model")

    assert "huggingface_hub" in str(refused.value)
    assert "\n" not in str(refused.value)
