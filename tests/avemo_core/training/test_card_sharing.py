"""A model handed on without names is the same model, and names nobody."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avemo_core.bundle.bundle import Bundle
from avemo_core.report.bundles import model_of
from avemo_core.training.sharing import without_names

ROOT = Path(__file__).parents[3]
MODELS = [ROOT / "tests" / "version1" / name for name in ("model-best", "model-paper")]
NAMES = rb"actor-0\d|/tmp/version1"


@pytest.fixture(params=MODELS, ids=lambda folder: folder.name)
def bundle(request: pytest.FixtureRequest) -> Bundle:
    return Bundle.load(str(request.param))


def test_no_file_of_a_model_without_names_names_anybody(bundle: Bundle, tmp_path: Path):
    bundle.save(str(tmp_path / "with"))
    without_names(bundle).save(str(tmp_path / "without"))

    naming = {
        name: {path.name for path in (tmp_path / name).iterdir() if re.search(NAMES, path.read_bytes())} for name in ("with", "without")
    }

    assert naming == {"with": {"README.md", "metrics.json", "model.json", "split.parquet"}, "without": set()}


def test_a_model_without_names_is_the_same_model(bundle: Bundle, tmp_path: Path):
    without_names(bundle).save(str(tmp_path))

    shared = Bundle.load(str(tmp_path))

    assert shared.model_id == bundle.model_id
    assert (shared.extraction, shared.training["clips"]) == (bundle.extraction, bundle.training["clips"])
    np.testing.assert_equal(shared.history, bundle.history)


def test_a_subject_has_one_number_in_every_place(bundle: Bundle):
    shared = without_names(bundle)

    assert shared.training["subjects"] == {"train": ["subject 1"], "val": ["subject 2"], "test": ["subject 3"]}
    assert shared.metrics["test"]["subjects"] == {"subject 3": bundle.metrics["test"]["subjects"]["actor-03"]}
    assert set(shared.metrics["calibration"]["held_out"]["subjects"]) <= {"subject 1", "subject 2"}
    assert shared.metrics["test"]["confusion"] == bundle.metrics["test"]["confusion"]
    assert "| subject 3 | 2 | 0.500 |" in shared.card


def test_a_report_says_of_a_model_without_names_that_it_cannot_tell_its_training_clips(bundle: Bundle):
    named, nameless = model_of(bundle), model_of(without_names(bundle))

    assert (len(named.trained_on), len(nameless.trained_on)) == (7, 0)
    assert "not named" in nameless.facts["clips of its training"]
    assert "clips of its training" not in named.facts


def test_the_lines_of_the_guide_write_a_copy_without_names(bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    guide = (ROOT / "docs" / "guides" / "share_a_model.md").read_text()
    (block,) = (part.split("```")[0] for part in guide.split("```python\n")[1:] if "without_names" in part.split("```")[0])
    bundle.save(str(tmp_path / "model"))
    monkeypatch.chdir(tmp_path)

    exec(compile(block, "guide", "exec"), {})  # noqa: S102 - the guide's own lines

    assert Bundle.load(str(tmp_path / "model-to-share")).model_id == bundle.model_id
    assert json.loads((tmp_path / "model-to-share" / "model.json").read_text())["training"]["subjects"]["train"] == ["subject 1"]


def test_people_in_several_splits_and_copies_are_not_named_either(bundle: Bundle, tmp_path: Path):
    waived, copies = {"actor-01": ["train", "test"]}, ["actor-02-take-3", "actor-02-take-4"]
    training = {**bundle.training, "people_in_several_splits": waived, "copies_left_out": copies}
    clips = {**bundle.extraction.get("about", {}).get("clips", {}), "people_in_several_splits": ["actor-01"]}
    extraction = {**bundle.extraction, "about": {**bundle.extraction.get("about", {}), "clips": clips}}

    shared = without_names(replace(bundle, training=training, extraction=extraction))
    shared.save(str(tmp_path))

    assert [path.name for path in tmp_path.iterdir() if re.search(NAMES, path.read_bytes())] == []
    assert "allowed: subject 1 (train, test)" in shared.card
    assert "2 copies of other clips were left out (`--drop-copies`)." in shared.card
    assert model_of(shared).copies == frozenset()
