import subprocess
import sys
import uuid
from pathlib import Path

import fsspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from avemo_core.errors import TableError
from avemo_core.reading import read_features, read_predictions, read_rejects
from cluster.tables.parquet import encode
from schemas import features
from schemas.audio_sets import AudioSet
from schemas.rejects import REJECTS
from tests.avemo_core.reading.written import PREDICTIONS, rejects, unequal, write
from tests.avemo_core.report import made
from tests.cluster import generated
from tests.cluster.beside import beside

ATTENTIONS = ["perception", "alignment", "window_time_s"]


# Predictions


def test_every_value_of_a_table_arrives(folder: Path):
    found = read_predictions(folder)

    assert sorted(found["clip_id"]) == sorted(PREDICTIONS.column("clip_id").to_pylist())
    assert found.columns.tolist() == PREDICTIONS.column_names
    assert unequal(found, PREDICTIONS.to_pylist()) == []


def test_attentions_have_a_row_a_step_and_times_one_value(folder: Path):
    row = read_predictions(folder).set_index("clip_id").loc["clip-00005"]

    steps = len(row["step_time_s"])
    assert row["step_time_s"].shape == (steps,)
    assert row["perception"].shape == (steps, 7)
    assert row["alignment"].shape == row["window_time_s"].shape == (steps, 4)
    assert {row[name].dtype for name in ("step_time_s", *ATTENTIONS)} == {np.dtype(np.float32)}


def test_without_sound_there_is_no_alignment(folder: Path):
    rows = read_predictions(folder).set_index("clip_id")

    assert rows.loc["clip-00003", ["alignment", "window_time_s"]].tolist() == [None, None]
    assert rows.index[~rows["has_sound"]].tolist() == ["clip-00003"]


def test_a_window_may_have_any_width(tmp_path: Path):
    write(tmp_path, made.predictions(2, window=6))

    assert {cell.shape[1] for cell in read_predictions(tmp_path)["alignment"]} == {6}


def test_rows_and_scalars_are_those_of_pandas(folder: Path):
    found, expected = read_predictions(folder), pd.read_parquet(folder)

    scalars = [name for name in expected if name not in ("step_time_s", *ATTENTIONS)]
    pd.testing.assert_frame_equal(found[scalars], expected[scalars])


def test_columns_come_in_the_order_asked_for(folder: Path):
    found = read_predictions(folder, ["perception", "label", "clip_id"])

    assert found.columns.tolist() == ["perception", "label", "clip_id"]


def test_a_frame_says_units_and_meanings_as_the_schema_has_them(folder: Path):
    found = read_predictions(folder)

    expected = {field.name: field.metadata for field in made.schema(4)}
    assert found.attrs["units"] == {name: said[b"unit"].decode() for name, said in expected.items()}
    assert found.attrs["meanings"] == {name: said[b"meaning"].decode() for name, said in expected.items()}
    assert (found.attrs["units"]["step_time_s"], found.attrs["units"]["perception"]) == ("s", "share")


@pytest.mark.parametrize("name", ["step_time_s", *ATTENTIONS])
def test_cells_are_views_of_one_array(folder: Path, name: str):
    first, second = read_predictions(folder)[name].iloc[:2]

    assert not first.flags.owndata
    assert first.base is second.base
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1


def test_a_table_without_rows_has_its_columns(tmp_path: Path):
    write(tmp_path, PREDICTIONS.slice(0, 0))

    found = read_predictions(tmp_path)

    assert len(found) == 0
    assert found.columns.tolist() == PREDICTIONS.column_names
    assert found.attrs["units"]["step_time_s"] == "s"


def test_a_part_without_rows_adds_none(folder: Path):
    write(folder, PREDICTIONS.slice(0, 0), "part-0.empty.parquet")

    assert len(read_predictions(folder)) == 12


def test_a_column_of_ones_own_is_kept(tmp_path: Path):
    write(tmp_path, PREDICTIONS.append_column(pa.field("place", pa.string()), [["street"] * 12]))

    found = read_predictions(tmp_path)

    assert set(found["place"]) == {"street"}
    assert found.attrs["units"]["place"] == ""


# Places and formats


def test_shards_are_one_table_with_their_rejects(tmp_path: Path):
    out, first, second = tmp_path / "out", "share-00001-of-00002", "share-00002-of-00002"
    write(out / first, PREDICTIONS.slice(0, 5))
    write(out / second, PREDICTIONS.slice(5))
    write(beside(out) / first / "rejects", rejects("a"), "reject-0.parquet")
    write(beside(out) / second / "rejects", rejects("b"), "reject-0.parquet")

    assert read_predictions(out)["clip_id"].tolist() == pd.read_parquet(out)["clip_id"].tolist()
    assert sorted(read_predictions(out)["clip_id"]) == sorted(PREDICTIONS["clip_id"].to_pylist())
    assert read_rejects(out)["source_id"].tolist() == ["a", "b"]
    assert read_rejects(out / second)["source_id"].tolist() == ["b"]


def test_a_table_behind_fsspec_is_read():
    location = f"memory://{uuid.uuid4()}/predictions"
    with fsspec.open(f"{location}/part-0.parquet", "wb") as file:
        file.write(encode(PREDICTIONS))
    with fsspec.open(f"{location}.avemo/rejects/reject-0.parquet", "wb") as file:
        file.write(encode(rejects("a")))

    assert unequal(read_predictions(location), PREDICTIONS.to_pylist()) == []
    assert len(read_rejects(location)) == 1


def test_one_part_is_read_alone(folder: Path):
    assert sorted(read_predictions(folder / "part-1.parquet")["clip_id"]) == PREDICTIONS["clip_id"].to_pylist()[7:]


def test_files_that_are_not_finished_are_no_parts(folder: Path):
    (folder / "__part-2.parquet").write_bytes(b"half")

    assert len(read_predictions(folder)) == 12


def test_steps_of_features_lie_on_the_first_axis(tmp_path: Path):
    generated.write_features(generated.rows(28, frames=6, steps=8), tmp_path / "features")

    row = read_features(tmp_path / "features").iloc[0]

    shapes = [row[name].shape for name in ("face_box", "shape", "appearance", "audio", "frame_time_s", "has_face", "audio_time_s")]
    assert shapes == [(6, 4), (6, 98), (6, generated.APPEARANCE), (8, generated.AUDIO), (6,), (6,), (8,)]


# Rejects


def test_rejects_lie_beside_the_table(folder: Path):
    write(beside(folder) / "rejects", rejects("a", "b"), "reject-0.parquet")

    found = read_rejects(folder)

    assert found["source_id"].tolist() == ["a", "b"]
    assert found["reason"].tolist() == ["missing", "missing"]


def test_a_table_that_rejected_nothing_has_rejects_without_rows(folder: Path):
    found = read_rejects(folder)

    assert len(found) == 0
    assert found.columns.tolist() == REJECTS.names


def test_reading_imports_neither_ray_nor_torch_nor_a_stores_client(folder: Path):
    program = "import sys; from avemo_core.reading import read_predictions; read_predictions(sys.argv[1]); print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=True)  # noqa: S603

    assert {"ray", "torch", "aiohttp", "botocore", "cluster"} & set(done.stdout.split()) == set()


def test_a_table_without_the_27_features_or_landmarks_is_read_and_its_own_audio_set_is_an_array(tmp_path: Path):
    own = AudioSet(name="own", columns=("x", "y"), units=("", ""), step_s=None, meaning="of a test")
    schema = features.schema(3, None, [own], with_shape=False)
    row = {name: [] for name in schema.names if pa.types.is_list(schema.field(name).type)} | {
        "audio_own": [[1.0, 2.0]],
        "audio_own_time_s": [0.5],
    }
    scalars = {"clip_id": "a", "source_id": "a", "uri": "u", "start_s": 0.0, "stop_s": 1.0, "duration_s": 1.0, "content_sha256": "0"}
    counts = {"face_coverage": 0.0, "audio_coverage": 1.0, "faces_max": 0, "feature_set": "f"}
    write(tmp_path, pa.Table.from_pylist([row | scalars | counts], schema))

    frame = read_features(tmp_path)

    assert sorted(frame.columns) == sorted(schema.names)
    assert frame["audio_own"][0].tolist() == [[1.0, 2.0]]
    with pytest.raises(TableError, match="none named audio"):
        read_features(tmp_path, ["audio"])
