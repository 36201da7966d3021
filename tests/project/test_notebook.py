"""The notebook is executed as a user executes it, in a kernel of its own, on tables made here."""

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.validator import iter_validate

from cluster.tables.parquet import encode
from schemas.emotions import EMOTIONS
from tests.avemo_core.report import made

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docs" / "notebooks" / "reading_predictions.ipynb"
NOTEBOOK = nbformat.read(FILE, as_version=4)
LINKS = [target for cell in NOTEBOOK.cells for target in re.findall(r"\]\(([^)#:]+)\)", cell.source)]
CLIPS = 40


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Predictions of two models for the same clips; one clip has no label."""
    folder = tmp_path_factory.mktemp("tables")
    first = made.predictions(CLIPS)
    labels = first.column("label").to_pylist()
    for name, table in (("predictions", made.replaced(first, label=[None, *labels[1:]])), ("other", made.predictions(CLIPS, seed=1))):
        (folder / name).mkdir()
        (folder / name / "part-0.parquet").write_bytes(encode(table))
    return folder


@pytest.fixture(scope="module")
def executed(tables: Path) -> Iterator[NotebookNode]:
    """The notebook after a run from top to bottom."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AVEMO_PREDICTIONS", str(tables / "predictions"))
        patch.setenv("AVEMO_OTHER", str(tables / "other"))
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("IPYTHONDIR", str(tables / "ipython"))
        notebook = nbformat.read(FILE, as_version=4)
        NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tables)}}).execute()
        yield notebook


def printed(notebook: NotebookNode) -> str:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return "".join(output.text for output in outputs if output.output_type == "stream")


def pictures(notebook: NotebookNode) -> list[str]:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return [output.data["image/png"] for output in outputs if "image/png" in output.get("data", {})]


def test_the_notebook_is_kept_without_what_a_run_leaves():
    cells = [cell for cell in NOTEBOOK.cells if cell.cell_type == "code"]

    assert len(cells) > 5
    assert {(len(cell.outputs), cell.execution_count) for cell in cells} == {(0, None)}


def test_the_notebook_is_valid():
    assert [str(error) for error in iter_validate(NOTEBOOK)] == []


@pytest.mark.parametrize("target", LINKS)
def test_every_link_of_the_notebook_leads_somewhere(target: str):
    assert (FILE.parent / target).exists()


@pytest.mark.slow
def test_the_notebook_says_what_the_tables_hold(tables: Path, executed: NotebookNode):
    clips, other = (pd.read_parquet(tables / name).sort_values("clip_id", ignore_index=True) for name in ("predictions", "other"))

    text = printed(executed)

    known = clips.dropna(subset="label")
    surest = clips.loc[clips["confidence"].idxmax()]
    weights = [step[EMOTIONS.index(surest["predicted"])] for step in surest["perception"]]
    peak_s = surest["step_time_s"][max(range(len(weights)), key=weights.__getitem__)]
    assert f"{CLIPS} clips, 0 rejects, models: {made.MODEL_ID}" in text
    assert f"{surest['clip_id']} shows {surest['predicted']} most at {peak_s:.2f} s" in text
    assert f"accuracy {(known['label'] == known['predicted']).mean():.3f} over {CLIPS - 1} clips with a label" in text
    assert f"{CLIPS} clips in both; {(clips['predicted'] == other['predicted']).mean():.0%} get the same emotion" in text


@pytest.mark.slow
def test_the_notebook_draws_both_attentions(executed: NotebookNode):
    assert len(pictures(executed)) == 2


@pytest.mark.slow
def test_the_notebook_warns_of_nothing(executed: NotebookNode):
    outputs = [output for cell in executed.cells for output in cell.get("outputs", ())]

    assert [output.text for output in outputs if output.output_type == "stream" and output.name == "stderr"] == []
