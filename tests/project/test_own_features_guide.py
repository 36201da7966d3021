"""The page on features of one's own: its examples do what it says."""

import re
from pathlib import Path

import pytest

from avemo_core.appearance.plugged import sidecar
from avemo_core.appearance.plugged.loading import load
from avemo_core.audio_sets import built_in, librosa_set
from avemo_core.audio_sets.speech import KINDS

PAGE = (Path(__file__).parents[2] / "docs/guides/own_features.md").read_text()


def blocks(kind: str) -> list[str]:
    return re.findall(rf"(?m)^```{kind}\n(.*?)^```$", PAGE, re.DOTALL)


@pytest.mark.slow
def test_the_pages_network_is_written_by_its_lines_and_passes_the_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (example,) = [block for block in blocks("python") if "torch.export.save" in block]
    monkeypatch.chdir(tmp_path)

    exec(compile(example, "own_features.md", "exec"), {})  # noqa: S102 - the page's own

    assert load(f"torch:{tmp_path}/face.pt2").feature_map_shape == (8, 1, 1)


def test_the_pages_sidecar_is_a_valid_one(tmp_path: Path):
    (example,) = blocks("json")
    (tmp_path / "affect.json").write_text(example)

    found = sidecar.beside(tmp_path / "affect.onnx")

    assert (found.size, found.template.name, found.output, found.licence) == (112, "arcface", "embedding", "research only")


def test_the_page_names_every_set_and_every_kind_of_encoder():
    names = [name for name in built_in.NAMES if f"| `{name}`" not in PAGE]

    assert names == []
    assert f"| `librosa` | {librosa_set.LibrosaSet().audio_set.width} |" in PAGE
    assert [kind for kind in KINDS if kind.replace("-", "") not in PAGE.lower().replace("-", "")] == []
