"""After a correction no training goes on from a checkpoint of before, whatever stayed as it was in the split."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cluster.train.job import TrainOptions, task_of
from cluster.train.workers import _name
from tests.cluster import generated

VERSION_1 = Path(__file__).parents[2] / "version1" / "features"


def written(folder: Path, rows: pa.Table) -> Path:
    folder.mkdir(exist_ok=True)
    pq.write_table(rows, folder / "part-0.parquet")
    return folder


def checkpoints(features: Path) -> str:
    """Folder of the checkpoints of a training on these features."""
    return _name(task_of(TrainOptions(features=str(features), out=str(features.parent / "model"), preset="paper")))


def with_column(rows: pa.Table, name: str, values: Sequence[object]) -> pa.Table:
    index = rows.schema.get_field_index(name)
    return rows.set_column(index, rows.schema.field(name), pa.array(values, rows.schema.field(name).type))


ROWS = generated.rows(28)
SHIFTED = [start + 0.5 for start in ROWS.column("start_s").to_pylist()]
OTHER_FACES = np.random.default_rng(1).normal(size=(28, 6, generated.APPEARANCE)).astype(np.float16).astype(float).tolist()


def test_a_training_on_the_same_features_goes_on_where_it_was(tmp_path: Path):
    before = checkpoints(written(tmp_path / "features", ROWS))

    assert checkpoints(written(tmp_path / "features", ROWS)) == before


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("content_sha256", ["f" * 64, *ROWS.column("content_sha256").to_pylist()[1:]]),
        ("start_s", SHIFTED),
        ("appearance", OTHER_FACES),
    ],
)
def test_features_made_of_something_else_are_learned_from_the_first_epoch_on(tmp_path: Path, name: str, values: Sequence[object]):
    before = checkpoints(written(tmp_path / "features", ROWS))

    assert checkpoints(written(tmp_path / "features", with_column(ROWS, name, values))) != before


def test_what_version_1_left_half_done_goes_on(tmp_path: Path):
    features = shutil.copytree(VERSION_1, tmp_path / "features")

    assert not task_of(TrainOptions(features=str(features), out=str(tmp_path / "model"))).content


@pytest.mark.parametrize(("memory_gb", "on_disk"), [(0.5, False), (0.0, True)])
def test_features_beyond_the_memory_asked_for_lie_on_the_disk_and_go_on_from_the_same_checkpoint(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], *, memory_gb: float, on_disk: bool
):
    features = written(tmp_path / "features", ROWS)

    task = task_of(TrainOptions(features=str(features), out=str(tmp_path / "model"), preset="paper", memory_gb=memory_gb))

    assert task.on_disk == on_disk
    assert ("they lie on each worker's disk" in "".join(capfd.readouterr())) == on_disk
    assert _name(task) == checkpoints(features)
