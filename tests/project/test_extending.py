"""The examples of the page on extending avemo, carried out on a copy of the checkout."""

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.cluster import generated
from tests.project.extended import AUDIO_SET, ENCODING, LAYOUT, NETWORK, PAGE, ROOT, blocks, change, changed, output, touch


def test_every_test_that_the_page_names_exists():
    sources = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))

    assert [name for name in re.findall(r"`(test_\w+)`", PAGE) if f"def {name}(" not in sources] == []


# Another corpus layout


def test_the_corpus_of_the_page_is_read_by_its_layout(tmp_path: Path):
    checkout = changed(tmp_path, LAYOUT)
    tree, table = blocks(LAYOUT, "text")
    touch(checkout, tree)

    printed = output(checkout, "python", "-c", *blocks(LAYOUT, "python"))

    assert printed.split() == table.split()


def test_a_dry_run_takes_the_new_layout(tmp_path: Path):
    checkout = changed(tmp_path, LAYOUT)
    touch(checkout, blocks(LAYOUT, "text")[0])

    printed = output(checkout, "bash", "-ec", *blocks(LAYOUT, "shell"))

    assert "dry run: 2 clips" in printed


def test_the_page_leaves_its_rehearsal_out_by_the_rule_it_gives(tmp_path: Path):
    checkout = changed(tmp_path, LAYOUT)
    touch(checkout, blocks(LAYOUT, "text")[0])

    printed = output(checkout, "python", "jobs/corpora.py", "--clips", "theatre", "--out", "clips.csv")

    assert "layout: Theatre" in printed
    assert "left out: 1, a rehearsal (take 0); the first is player-11/scene-1_hap_take-0.webm" in printed
    assert "folds: player-03, player-11" in printed


# Another audio set, and another face network


@pytest.mark.parametrize(("section", "files"), [(AUDIO_SET, 2), (NETWORK, 2)])
def test_the_pages_set_and_network_touch_few_files_and_do_what_it_says(tmp_path: Path, section: str, files: int):
    checkout = changed(tmp_path, section)

    printed = output(checkout, "python", "-c", *blocks(section, "python"))

    assert len(re.findall(r"(?m)^--- |^```python avemo_core", section)) == files
    assert printed.split() == blocks(section, "text")[0].split()


@pytest.mark.slow
def test_the_pages_audio_set_passes_the_tests_of_every_set(tmp_path: Path):
    checkout = changed(tmp_path, AUDIO_SET)

    printed = output(checkout, "python", "-m", "pytest", "-vv", "-m", "not extras", "tests/avemo_core/audio_sets/test_every_set.py")

    assert printed.count("[crossings] PASSED") == 3


@pytest.mark.long
@pytest.mark.parametrize(("section", "column", "width"), [(AUDIO_SET, "audio_crossings", 2), (NETWORK, "appearance", 64 * 6 * 6)])
def test_clips_are_extracted_with_the_pages_set_and_network(tmp_path: Path, tiny_corpus: Path, section: str, column: str, width: int):
    checkout = changed(tmp_path, section)
    output(checkout, "python", "-c", *blocks(section, "python"))
    (command,) = blocks(section, "shell")

    output(checkout, "bash", "-ec", command.replace("clips.csv", str(tiny_corpus / "clips.csv")))

    rows = pd.read_parquet(checkout / "features")
    assert len(rows) == 7
    assert {vector.shape for steps in rows[column] for vector in steps} == {(width,)}


@pytest.mark.long
@pytest.mark.parametrize("section", [AUDIO_SET, NETWORK])
def test_mypy_has_nothing_to_say_of_the_pages_set_and_network(tmp_path: Path, section: str):
    checkout = changed(tmp_path, section)
    if (ROOT / ".mypy_cache").exists():
        shutil.copytree(ROOT / ".mypy_cache", checkout / ".mypy_cache")

    assert "Success" in output(checkout, "mypy")


# Another encoding


@pytest.fixture(scope="module")
def attentive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout with the page's encoding, and features to train on."""
    checkout = changed(tmp_path_factory.mktemp("attentive"), ENCODING)
    generated.write_features(generated.rows(28), checkout / "features")
    return checkout


@pytest.mark.long
def test_mypy_names_the_places_where_a_new_encoding_is_missing_and_no_other(tmp_path: Path):
    checkout = changed(tmp_path, "")
    if (ROOT / ".mypy_cache").exists():  # what `make types` found of the libraries, whose checking takes most of the time
        shutil.copytree(ROOT / ".mypy_cache", checkout / ".mypy_cache")
    name, *rest = blocks(ENCODING, "diff")
    (claimed,) = blocks(ENCODING, "text")

    change(checkout, name)
    found = output(checkout, "mypy", code=1)
    for diff in rest:
        change(checkout, diff)
    after = output(checkout, "mypy")

    assert re.findall(r"(?m)^(.*?):\d+: (.*)$", found) == re.findall(r"(?m)^(.*?):\d+: (.*)$", claimed)
    assert "Success" in after


@pytest.mark.slow
def test_the_new_encoding_passes_the_tests_of_every_encoding_and_those_of_the_table(attentive: Path):
    files = (
        "tests/avemo_core/model/test_masks.py",
        "tests/avemo_core/model/test_equations.py",
        "tests/avemo_core/evaluation/test_comparison.py",
    )

    printed = output(attentive, "python", "-m", "pytest", "-vv", *files)

    assert "test_a_padded_batch_gives_what_each_clip_alone_gives[attentive] PASSED" in printed


@pytest.mark.long
def test_a_model_of_the_new_encoding_is_trained_and_scores(attentive: Path):
    output(attentive, "bash", "-ec", *blocks(ENCODING, "shell"))

    rows = pd.read_parquet(attentive / "predictions")
    perception = np.stack([np.stack(steps) for steps in rows["perception"]])
    assert len(rows) == 28
    assert perception.sum(axis=1) == pytest.approx(np.ones((28, 7)), abs=1e-5)
    assert (perception == perception[:, :, :1]).all()
    assert perception.std() > 0
