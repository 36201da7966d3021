from pathlib import Path

import numpy as np
import pytest

from avemo_core.appearance import dlib_weights
from avemo_core.errors import ConfigError


def packed(number: int) -> bytes:
    """An integer as dlib writes it: how many bytes, then the bytes."""
    content = number.to_bytes(max(1, (number.bit_length() + 7) // 8), "little")
    return bytes([len(content)]) + content


def tensor(values: np.ndarray) -> bytes:
    return b"\x01\x02" + b"".join(packed(size) for size in values.shape) + values.astype("<f4").tobytes()


@pytest.fixture
def arrays():
    generator = np.random.default_rng(0)
    return [generator.normal(size=(300, 1, 1, 1)), generator.normal(size=(2, 3, 1, 5))]


def test_tensors_come_back_in_order_whatever_stands_between(tmp_path: Path, arrays: list[np.ndarray]):
    path = tmp_path / "net.dat"
    path.write_bytes(b"\x01\x03con_4" + tensor(arrays[0]) + b"affine\x01\x09" + tensor(arrays[1]) + b"end")

    first, second = dlib_weights.read_tensors(path, [300, 30])

    np.testing.assert_array_equal(first, arrays[0].astype(np.float32).ravel())
    np.testing.assert_array_equal(second, arrays[1].astype(np.float32).ravel())


def test_bytes_that_only_look_like_a_tensor_are_passed_over(tmp_path: Path, arrays: list[np.ndarray]):
    path = tmp_path / "net.dat"
    lookalike = b"\x01\x02" + packed(2) + packed(2) + packed(2) + packed(2)
    path.write_bytes(lookalike + tensor(arrays[0]))

    (values,) = dlib_weights.read_tensors(path, [300])

    np.testing.assert_array_equal(values, arrays[0].astype(np.float32).ravel())


@pytest.mark.parametrize("cut_bytes", [1, 700, 1210])
def test_a_truncated_file_is_refused(tmp_path: Path, arrays: list[np.ndarray], cut_bytes: int):
    path = tmp_path / "net.dat"
    path.write_bytes(tensor(arrays[0])[:-cut_bytes])

    with pytest.raises(ConfigError, match="tensor 0 of 1"):
        dlib_weights.read_tensors(path, [300])
