"""The examples of the page on extending avemo, carried out on a copy of the checkout."""

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import fsspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from cluster.storage.location import open_folder
from cluster.tables.parts import read
from cluster.tables.run_record import RunCounts
from cluster.tables.table import open_table
from tests.cluster import generated, stub

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/guides/extending.md").read_text()
LAYOUT, AUDIO_SET, NETWORK, ENCODING, STORE = (
    PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0] for title in re.findall(r"(?m)^## (.*)$", PAGE)
)


def blocks(section: str, kind: str) -> list[str]:
    """The contents of a section's code blocks of one kind, such as `python` or `python shelf.py`."""
    return re.findall(rf"(?m)^```{re.escape(kind)}\n(.*?)^```$", section, re.DOTALL)


def change(checkout: Path, diff: str) -> None:
    """Make the change that a diff of the page shows: what each hunk has before must stand once in the file."""
    name, *hunks = re.split(r"(?m)^(?:--- |@@\n)", diff)[1:]
    path = checkout / name.strip()
    text = path.read_text()
    for hunk in hunks:
        before, after = ("".join(line[1:] for line in hunk.splitlines(keepends=True) if line[0] in kinds) for kinds in (" -", " +"))
        assert text.count(before) == 1, f"{name}: expected once, found {text.count(before)} times:\n{before}"
        text = text.replace(before, after)
    path.write_text(text)


def changed(checkout: Path, section: str) -> Path:
    """A copy of this checkout with all changes of a section."""
    for folder in ("avemo_core", "cluster", "jobs", "schemas", "tests"):
        shutil.copytree(ROOT / folder, checkout / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", checkout)
    for name, module in re.findall(r"(?m)^```python (avemo_core/\S+)\n((?s:.*?))^```$", section):
        (checkout / name).write_text(module)
    for diff in blocks(section, "diff"):
        change(checkout, diff)
    return checkout


def output(checkout: Path, *command: str, code: int = 0) -> str:
    """What a command prints that runs in a copy of the checkout, on its modules."""
    variables = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(checkout), "RAY_USAGE_STATS_ENABLED": "0"}
    done = subprocess.run(command, cwd=checkout, env=os.environ | variables, capture_output=True, text=True, check=False)  # noqa: S603 - the page's own
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def touch(folder: Path, names: str) -> None:
    """Empty files of these names, one a line."""
    for name in names.split():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


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

    printed = output(checkout, "python", "-m", "pytest", "-vv", "-m", "slow or not slow", "tests/avemo_core/audio_sets/test_every_set.py")

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


@pytest.mark.slow
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


@pytest.mark.slow
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


# Another object store


@pytest.fixture
def shelf(tmp_path: Path) -> str:
    """A location in the page's store, which this process now knows."""
    module = ModuleType("shelf")
    exec(compile(*blocks(STORE, "python shelf.py"), "shelf.py", "exec"), vars(module))  # noqa: S102 - the page's own
    fsspec.register_implementation("shelf", module.ShelfFileSystem, clobber=True)
    return f"shelf://{tmp_path}/table"


def test_of_many_that_create_an_object_at_once_one_succeeds(shelf: str):
    folder = open_folder(shelf)

    with ThreadPoolExecutor(16) as pool:
        created = [list(pool.map(lambda who, lock=lock: folder.create(f"lock-{lock}", str(who).encode()), range(16))) for lock in range(20)]

    assert [sum(tries) for tries in created] == [1] * 20


def test_a_reader_of_an_object_that_is_written_again_and_again_sees_it_whole(shelf: str):
    folder = open_folder(shelf)
    old, new = b"o" * 100_000, b"n" * 100_000
    folder.write("part", old)

    with ThreadPoolExecutor(2) as pool:
        writer = pool.submit(lambda: [folder.write("part", content) for content in [new, old] * 50])
        seen = {folder.read("part") for _ in range(100)}
        writer.result()

    assert seen <= {old, new}


def test_a_table_on_the_store_of_the_page_is_published_and_gone_on_with(shelf: str):
    with open_table(shelf, stub.SCHEMA, {}) as table:
        table.publish(table.staging.write(pa.concat_tables([stub.rows("a"), stub.rows("b")])))
        table.close(RunCounts(done=2), "done")
    with open_table(shelf, stub.SCHEMA, {}) as table:
        done = table.done()

    assert done == {"a", "b"}
    assert sorted(read(shelf)["source_id"].to_pylist()) == ["a", "b"]


@pytest.mark.slow
def test_with_the_pages_change_the_tests_of_a_folder_run_on_the_store(tmp_path: Path):
    checkout = changed(tmp_path, STORE)
    install(checkout)

    printed = output(checkout, "python", "-m", "pytest", "-vv", "tests/cluster/storage/test_folder.py")

    assert printed.count("[shelf] PASSED") == printed.count("[disk] PASSED") > 5


@pytest.mark.long
def test_clips_are_extracted_onto_the_store_by_workers_that_know_it_by_its_entry_point(tmp_path: Path, tiny_corpus: Path):
    checkout = changed(tmp_path, "")
    install(checkout)
    (command,) = blocks(STORE, "shell")
    command = command.replace("clips.csv", str(tiny_corpus / "clips.csv")).replace("/data", str(tmp_path / "data"))

    first, second = (output(checkout, "bash", "-ec", command) for _ in range(2))

    assert "done: 7 done, 0 rejected, 0 skipped" in first
    assert "done: 0 done, 0 rejected, 7 skipped" in second
    assert len(pd.read_parquet(tmp_path / "data/features")) == 7


def install(checkout: Path) -> None:
    """The page's client as pip leaves a package: its module, and what its pyproject.toml says of entry points."""
    (module,), (project,) = blocks(STORE, "python shelf.py"), blocks(STORE, "toml")
    entry = re.fullmatch(r'\[project\.entry-points\."(.*?)"\]\n(\w+) = "(.*?)"\n', project)
    (checkout / "shelf.py").write_text(module)
    (checkout / "shelf-0.1.dist-info").mkdir()
    (checkout / "shelf-0.1.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: shelf\nVersion: 0.1\n")
    (checkout / "shelf-0.1.dist-info/entry_points.txt").write_text(f"[{entry[1]}]\n{entry[2]} = {entry[3]}\n")
