"""Which precision a network may be asked for, and what is said where it may not."""

from types import SimpleNamespace

import pytest
import torch

from avemo_core.appearance import networks
from avemo_core.errors import ConfigError


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"name": "alexnet"}, r"int8 is there for the shipped resnet29 alone, .*\n.*bfloat16 or float32"),
        ({"weights": "mine.safetensors"}, "int8 is there for the shipped resnet29 alone"),
        ({"device": "cuda"}, r"int8 is computed on CPUs, not on cuda\n.*float16"),
    ],
)
def test_int8_is_refused_where_it_was_not_measured(asked: dict[str, str], said: str):
    with pytest.raises(ConfigError, match=said):
        networks.load(**asked, precision="int8")


def test_int8_is_refused_on_a_cpu_that_would_cut_sums_off(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})

    with pytest.raises(
        ConfigError, match=r"int8 needs a CPU with one of avx512_vnni, avx_vnni, amx_int8: this machine has none\n.*bfloat16"
    ):
        networks.load(precision="int8")


def test_int8_is_refused_by_a_torch_without_its_operators(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_vnni": True})
    monkeypatch.setattr(torch.ops, "onednn", SimpleNamespace(qconv_prepack=None))

    with pytest.raises(ConfigError, match=r"int8 needs oneDNN's qconv2d_pointwise, which torch .* does not have"):
        networks.load(precision="int8")


def test_an_unknown_precision_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match="bfloat16"):
        networks.load("resnet29", precision="int4")
