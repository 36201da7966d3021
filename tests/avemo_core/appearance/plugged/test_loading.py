"""Face networks of one's own: loaded, checked, and the same for a face whatever stands beside it."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from avemo_core.appearance import networks
from avemo_core.appearance.network import FaceNetwork
from avemo_core.errors import ConfigError
from avemo_core.faces.template import ARCFACE
from tests.avemo_core.appearance.plugged.made import SIDE_PX, Broken, Huge, OverTheBatch, Small, Sum, exported, sidecar

FORMATS = [pytest.param("torch:{}.pt2", marks=pytest.mark.slow), pytest.param("onnx:{}.onnx", marks=pytest.mark.extras)]
Make = Callable[..., str]


@pytest.fixture(params=FORMATS)
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Writes a network and its sidecar; gives what `--network` takes."""

    def make(network: torch.nn.Module, *, batch: int | None = None, **said: object) -> str:
        named = request.param.format(tmp_path / "face")
        sidecar(exported(network, Path(named.partition(":")[2]), batch=batch), **said)
        return named

    return make


def chips(count: int) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (count, SIDE_PX, SIDE_PX, 3), np.uint8)


def test_a_network_of_ones_own_gives_what_torch_gives(made: Make):
    network, faces = networks.load(made(Small())), chips(5)

    expected = Small().eval()(torch.from_numpy((faces.astype(np.float32) - 127.5) / 127.5).permute(0, 3, 1, 2))

    assert isinstance(network, FaceNetwork)
    assert (network.feature_map_shape, network.template, network.licence) == ((6, 1, 1), ARCFACE, "MIT")
    torch.testing.assert_close(network.feature_map(faces).flatten(1), expected.detach(), rtol=1e-4, atol=1e-5)


def test_a_map_is_a_map(made: Make):
    network = networks.load(made(Small(gives_map=True)))

    assert network.feature_map_shape == (4, 8, 8)
    assert network.feature_map(chips(2)).shape == (2, 4, 8, 8)
    assert network.feature_map(chips(0)).shape == (0, 4, 8, 8)


def test_a_face_has_the_same_values_whatever_is_beside_it(made: Make):
    network, faces = networks.load(made(Small())), chips(7)

    together = network.feature_map(faces)

    assert all(torch.equal(network.feature_map(faces[place : place + 1])[0], together[place]) for place in range(7))


def test_a_network_of_one_batch_size_takes_any_number_of_faces(made: Make):
    network, faces = networks.load(made(Small(), batch=4)), chips(6)

    together = network.feature_map(faces)

    assert torch.equal(network.feature_map(faces[5:])[0], together[5])


@pytest.mark.parametrize(
    ("network", "refusal"),
    [
        (OverTheBatch(), "hang on the faces beside it"),
        (Broken(), "expected finite numbers, found NaN"),
        (Huge(), "a table holds up to 65504"),
        (Sum(), r"expected a row for each of 1 faces, found shape \(1,\)"),
    ],
)
def test_a_network_that_fails_a_check_is_refused(made: Make, network: torch.nn.Module, refusal: str):
    with pytest.raises(ConfigError, match=refusal):
        networks.load(made(network))


def test_a_sidecar_of_another_size_is_refused(made: Make):
    with pytest.raises(ConfigError, match=r"3 x 48 x 48, as its sidecar says; found"):
        networks.load(made(Small(), size=48))


def test_other_weights_or_another_crop_are_another_network(made: Make):
    digests = {networks.load(made(Small(), crop=crop)).sha256 for crop in ("chip", "arcface")}

    assert len(digests) == 2


def test_precision_and_weights_belong_to_the_file(made: Make):
    named = made(Small())

    with pytest.raises(ConfigError, match="leave --weights and --precision out"):
        networks.load(named, precision="bfloat16")


@pytest.mark.parametrize("named", ["torch:/nowhere/face.pt2", "onnx:/nowhere/face.onnx", "torch:face.pt"])
def test_a_file_that_is_not_there_is_refused(named: str):
    with pytest.raises(ConfigError, match=r"expected a file .* on a disk that every worker sees"):
        networks.load(named)


@pytest.mark.parametrize("suffix", [pytest.param(".pt2", marks=pytest.mark.slow), pytest.param(".onnx", marks=pytest.mark.extras)])
def test_a_file_that_is_no_network_is_refused(tmp_path: Path, suffix: str):
    path = tmp_path / f"face{suffix}"
    path.write_bytes(b"no network" * 99)
    sidecar(path)

    with pytest.raises(ConfigError, match=rf"face\{suffix}: "):
        networks.load(f"{'torch' if suffix == '.pt2' else 'onnx'}:{path}")


class Named(Small):
    """A network that names an emotion by its number."""

    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        return super().forward(faces).argmax(1, keepdim=True)


@pytest.mark.extras
def test_an_output_of_whole_numbers_is_a_class_and_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"the output values: expected tensor\(float\) .*found tensor\(int64\)"):
        networks.load(f"onnx:{sidecar(exported(Named(), tmp_path / 'face.onnx'))}")


@pytest.mark.extras
def test_of_what_onnxruntime_says_the_end_is_shown_which_says_what_is_wrong(tmp_path: Path):
    import onnx  # noqa: PLC0415 - an extra

    path = sidecar(exported(Small(), tmp_path / "face.onnx"))
    model = onnx.load(path)
    model.opset_import[0].version = 99
    onnx.save(model, path)

    with pytest.raises(ConfigError, match=r"does not load it: .*[Oo]pset"):
        networks.load(f"onnx:{path}")


class Two(Small):
    """A network of two outputs."""

    def forward(self, faces: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:  # type: ignore[override]
        values = super().forward(faces)
        return values, 2 * values


class _Runs:
    """What touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


@pytest.mark.slow
def test_nothing_in_a_pt2_is_unpickled(tmp_path: Path):
    """Its sample inputs are such a pickle; torch falls back to unpickling them where they hold something else than tensors."""
    path, touched = sidecar(exported(Small(), tmp_path / "face.pt2")), tmp_path / "touched"
    torch.save(_Runs(touched), tmp_path / "evil")
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, (tmp_path / "evil").read_bytes() if "sample_inputs" in name else data)

    with pytest.raises(ConfigError, match="does not load it"):
        networks.load(f"torch:{path}")

    assert not touched.exists()
    torch.load(tmp_path / "evil", weights_only=False)
    assert touched.exists()


@pytest.mark.extras
def test_an_onnx_file_whose_weights_are_missing_is_refused(tmp_path: Path):
    import onnx  # noqa: PLC0415 - an extra

    path = sidecar(exported(Small(), tmp_path / "face.onnx"))
    model = onnx.load(path)
    onnx.save(model, path, save_as_external_data=True, location="face.onnx.data", size_threshold=0)
    digest = networks.load(f"onnx:{path}").sha256
    (tmp_path / "face.onnx.data").rename(tmp_path / "elsewhere")

    with pytest.raises(ConfigError, match=r"does not load it.*face.onnx.data"):
        networks.load(f"onnx:{path}")
    assert len(digest) == 64


@pytest.mark.extras
def test_an_onnx_file_with_other_weights_in_a_file_of_any_name_is_another_network(tmp_path: Path):
    import onnx  # noqa: PLC0415 - an extra

    digests = set()
    for number in range(2):
        network, path = Small(), tmp_path / str(number) / "face.onnx"
        path.parent.mkdir()
        with torch.no_grad():
            network.full.weight.mul_(1 + number)
        onnx.save(onnx.load(exported(network, path)), path, save_as_external_data=True, location="weights.bin", size_threshold=0)
        digests.add(networks.load(f"onnx:{sidecar(path)}").sha256)

    assert len(digests) == 2


@pytest.mark.extras
def test_what_torch_exports_today_is_read_with_the_file_of_weights_beside_it(tmp_path: Path):
    pytest.importorskip("onnxscript")
    path, faces = tmp_path / "face.onnx", torch.zeros(2, 3, SIDE_PX, SIDE_PX)
    torch.onnx.export(Small().eval(), (faces,), path, dynamo=True, dynamic_shapes=({0: torch.export.Dim.DYNAMIC},), verbose=False)

    network = networks.load(f"onnx:{sidecar(path)}")

    assert (tmp_path / "face.onnx.data").exists()
    assert network.feature_map(chips(5)).shape == (5, 6, 1, 1)


@pytest.mark.extras
def test_of_several_outputs_the_sidecar_names_one(tmp_path: Path):
    path = tmp_path / "face.onnx"
    names = {"input_names": ["faces"], "output_names": ["face", "twice"], "dynamic_axes": {"faces": {0: "face"}}}
    torch.onnx.export(Two().eval(), (torch.zeros(2, 3, 32, 32),), str(path), dynamo=False, **names)

    with pytest.raises(ConfigError, match=r'several outputs; name one as "output" in its sidecar: face, twice'):
        networks.load(f"onnx:{sidecar(path)}")
    with pytest.raises(ConfigError, match=r"names the output 'third'; there are: face, twice"):
        networks.load(f"onnx:{sidecar(path, output='third')}")
    assert networks.load(f"onnx:{sidecar(path, output='twice')}").feature_map_shape == (6, 1, 1)


@pytest.mark.extras
def test_a_provider_that_is_not_there_is_refused_and_not_replaced_by_the_cpu(tmp_path: Path):
    named = f"onnx:{sidecar(exported(Small(), tmp_path / 'face.onnx'))}"

    with pytest.raises(ConfigError, match="CUDAExecutionProvider was asked for"):
        networks.load(named, device="cuda")
