"""The history as lines of JSON: what was measured comes back, and readers of other people take it."""

import json
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboardX.proto.event_pb2 import Event

from avemo_core.bundle import history
from tests.avemo_core.report import made

GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "share_a_model.md").read_text()
NAN = float("nan")

FIGURES = ("train_loss", "train_accuracy", "val_loss", "val_accuracy")
ROWS = st.fixed_dictionaries(
    {
        "member": st.integers(0, 9),
        "epoch": st.integers(1, 10**6),
        **{name: st.floats(allow_infinity=False, allow_nan=False) for name in FIGURES},
    }
)


def row(member: int, epoch: int, loss: float, val_loss: float = NAN) -> dict[str, float | int]:
    return {"member": member, "epoch": epoch, "train_loss": loss, "train_accuracy": 0.5, "val_loss": val_loss, "val_accuracy": val_loss / 4}


TWO_NETWORKS = [row(0, 1, 1.5, 2.0), row(0, 2, 0.1 + 0.2, 1.0), row(1, 1, 1.25)]


@given(st.lists(ROWS, max_size=5))
def test_a_history_comes_back_bit_for_bit(rows: list[dict[str, float | int]]):
    assert history.of_lines(history.to_lines(rows)) == rows


def test_a_line_is_named_as_charts_are_and_counts_epochs_as_steps():
    lines = history.to_lines([row(1, 3, 1.5, 2.0)]).decode()

    assert lines == '{"step": 3, "member": 1, "train/loss": 1.5, "train/accuracy": 0.5, "val/loss": 2.0, "val/accuracy": 0.5}\n'


@pytest.mark.parametrize("value", [NAN, float("inf")])
def test_a_figure_that_is_no_number_is_left_out_and_comes_back_as_nan(value: float):
    lines = history.to_lines([row(0, 1, value)])

    assert json.loads(lines, parse_constant=pytest.fail) == {"step": 1, "member": 0, "train/accuracy": 0.5}
    assert [name for name, found in history.of_lines(lines)[0].items() if found != found] == ["train_loss", "val_loss", "val_accuracy"]  # noqa: PLR0124 - NaN


def test_pandas_reads_the_lines_as_a_table(tmp_path: Path):
    made.bundle(history=TWO_NETWORKS).save(str(tmp_path))

    table = pd.read_json(tmp_path / "metrics.jsonl", lines=True)

    assert list(table.columns) == ["step", "member", "train/loss", "train/accuracy", "val/loss", "val/accuracy"]
    assert table["train/loss"].tolist() == pytest.approx([1.5, 0.3, 1.25])
    assert table["val/loss"].isna().tolist() == [False, False, True]


def carry_out(importing: str) -> None:
    """The block of the guide that imports so."""
    (block,) = (part.split("```")[0] for part in GUIDE.split("```python\n")[1:] if importing in part.split("```")[0])
    exec(compile(block, importing, "exec"), {})  # noqa: S102 - the guide's own lines


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model in the working folder, as in the guide."""
    made.bundle(history=TWO_NETWORKS).save(str(tmp_path / "model"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def scalars(run: Path) -> Iterator[tuple[str, int, float]]:
    """What TensorBoard's files of a run say: records of a length, its checksum, an event, its checksum."""
    (file,) = run.glob("events.out.tfevents.*")
    content, place = file.read_bytes(), 0
    while place < len(content):
        (length,) = struct.unpack_from("<Q", content, place)
        event = Event.FromString(content[place + 12 : place + 12 + length])
        yield from ((value.tag, event.step, value.simple_value) for value in event.summary.value)
        place += length + 16


def test_the_lines_of_the_guide_bring_a_history_into_tensorboard(model: Path):
    carry_out("from tensorboardX import SummaryWriter")

    first, second = (sorted(scalars(model / "runs" / "model" / f"network-{member}")) for member in (0, 1))
    assert [(name, step) for name, step, _ in first] == [
        (name, step) for name in ("train/accuracy", "train/loss", "val/accuracy", "val/loss") for step in (1, 2)
    ]
    assert [value for name, _, value in first if name == "train/loss"] == pytest.approx([1.5, 0.3])
    assert second == [("train/accuracy", 1, 0.5), ("train/loss", 1, 1.25)]


@pytest.mark.usefixtures("model")
def test_the_lines_of_the_guide_bring_a_history_into_mlflow(monkeypatch: pytest.MonkeyPatch):
    told: list[object] = []

    @contextmanager
    def start_run(run_name: str) -> Iterator[None]:
        told.append(run_name)
        yield

    stand_in = SimpleNamespace(start_run=start_run, log_metrics=lambda metrics, step: told.append((step, metrics)))
    monkeypatch.setitem(sys.modules, "mlflow", ModuleType("mlflow"))
    sys.modules["mlflow"].__dict__.update(vars(stand_in))

    carry_out("import mlflow")

    assert told == [
        "model, network 0",
        (1, {"train/loss": 1.5, "train/accuracy": 0.5, "val/loss": 2.0, "val/accuracy": 0.5}),
        (2, {"train/loss": 0.1 + 0.2, "train/accuracy": 0.5, "val/loss": 1.0, "val/accuracy": 0.25}),
        "model, network 1",
        (1, {"train/loss": 1.25, "train/accuracy": 0.5}),
    ]
