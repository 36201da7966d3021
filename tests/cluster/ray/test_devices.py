import pytest
import torch

from cluster.ray.devices import precision_of

EVERYTHING = {"avx512_vnni": True, "avx512_bf16": True}


@pytest.mark.parametrize(
    ("units", "network", "weights", "expected"),
    [
        (EVERYTHING, "resnet29", None, "int8"),
        (EVERYTHING, "resnet29", "tuned.safetensors", "bfloat16"),
        (EVERYTHING, "alexnet", "mine.safetensors", "bfloat16"),
        ({"avx512_bf16": True}, "resnet29", None, "bfloat16"),
        ({}, "resnet29", None, "float32"),
    ],
)
def test_auto_is_the_fastest_that_was_shown_to_agree(
    units: dict[str, bool], network: str, weights: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: units)

    assert precision_of("auto", on_gpu=False, network=network, weights=weights) == expected
    assert precision_of("auto", on_gpu=True, network=network, weights=weights) == "float16"


def test_what_is_asked_for_is_taken():
    assert precision_of("float32", on_gpu=True) == "float32"
