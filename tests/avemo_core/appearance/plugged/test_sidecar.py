"""The JSON beside a network: what it changes, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from avemo_core.appearance.plugged.sidecar import beside
from avemo_core.errors import ConfigError
from tests.avemo_core.appearance.plugged.made import sidecar

RED = np.full((1, 32, 32, 3), (200, 100, 0), np.uint8)


@pytest.mark.parametrize(
    ("said", "first", "shape"),
    [
        ({"mean": 100, "scale": 50}, 2.0, (1, 3, 32, 32)),
        ({"colour": "bgr", "mean": 0, "scale": 1}, 0.0, (1, 3, 32, 32)),
        ({"mean": [0, 1, 2], "scale": [10, 1, 1], "layout": "nhwc"}, 20.0, (1, 32, 32, 3)),
        ({"colour": "grey", "mean": 0, "scale": 1}, 0.299 * 200 + 0.587 * 100, (1, 1, 32, 32)),
    ],
)
def test_faces_come_in_as_the_sidecar_says(tmp_path: Path, said: dict[str, object], first: float, shape: tuple[int, ...]):
    faces = beside(sidecar(tmp_path / "face.onnx", **said)).network_input(RED)

    assert (faces.shape, faces.dtype) == (shape, np.float32)
    assert faces.reshape(-1)[0] == pytest.approx(first)


def test_all_but_the_licence_changes_values(tmp_path: Path):
    digests = {
        beside(sidecar(tmp_path / "face.onnx", **said)).digest
        for said in ({}, {"licence": "research only"}, {"mean": 0}, {"crop": "chip"}, {"colour": "bgr"}, {"output": "map"})
    }

    assert len(digests) == 5


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"licence": None}, "found no licence"),
        ({"licence": " "}, "licence: expected a text"),
        ({"crop": "mtcnn"}, "crop: expected chip or arcface, found 'mtcnn'"),
        ({"colour": "hsv"}, "colour: expected rgb or bgr or grey"),
        ({"size": 5000}, "size: expected a whole number of pixels, 16 to 1024, found 5000"),
        ({"mean": [1, 2]}, "mean: expected one number, or 3 of them"),
        ({"scale": 0}, "scale: expected numbers to divide by"),
        ({"means": 3}, "means: expected size, colour"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_was_expected(tmp_path: Path, said: dict[str, object], refusal: str):
    with pytest.raises(ConfigError, match=refusal):
        beside(sidecar(tmp_path / "face.onnx", **said))


@pytest.mark.parametrize(("content", "found"), [("[]", "list"), ("3", "int"), ("null", "NoneType")])
def test_json_that_is_no_object_is_refused(tmp_path: Path, content: str, found: str):
    (tmp_path / "face.json").write_text(content)

    with pytest.raises(ConfigError, match=f"expected a JSON object with size, .*; found {found}"):
        beside(tmp_path / "face.onnx")


def test_a_sidecar_may_have_the_mark_that_windows_puts_before_utf_8(tmp_path: Path):
    path = sidecar(tmp_path / "face.onnx").with_suffix(".json")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert beside(tmp_path / "face.onnx").licence == "MIT"


def test_a_network_without_a_sidecar_is_told_what_to_write(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"expected face.json beside it, which says size, colour"):
        beside(tmp_path / "face.onnx")
