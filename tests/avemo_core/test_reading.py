import subprocess
import sys
import uuid
from pathlib import Path

import fsspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from avemo_core.errors import ConfigError, TableError
from avemo_core.reading import alignment_rows, perception_rows, read_features, read_predictions, read_rejects
from cluster.tables.parquet import encode
from schemas import features
from schemas.audio_sets import AudioSet
from schemas.predictions import attention_rows
from schemas.rejects import REJECTS
from tests.avemo_core.report import made
from tests.cluster import generated
from tests.cluster.beside import beside

PREDICTIONS = made.predictions(12)
ATTENTIONS = ["perception", "alignment", "window_time_s"]
VERSION1 = Path(__file__).parents[1] / "version1"
REJECT = {"clip_id": "x", "source_id": "x", "uri": "u", "stage": "read", "reason": "missing", "detail": "", "attempts": 1, "worker": "w"}


def write(folder: Path, table: pa.Table, name: str = "part-0.parquet") -> Path:
    """One more file of a folder, as the jobs write it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(encode(table))
    return folder


def rejects(*ids: str) -> pa.Table:
    return pa.Table.from_pylist([{**REJECT, "source_id": id_, "time": 0} for id_ in ids], REJECTS)


def equal(found: object, expected: object) -> bool:
    """Whether two cells hold the same: arrays, None or scalars."""
    if isinstance(found, np.ndarray):
        return expected is not None and np.array_equal(found, np.array(expected, found.dtype), equal_nan=True)
    return found == expected or (pd.isna(found) and pd.isna(expected))


def unequal(found: pd.DataFrame, expected: list[dict[str, object]]) -> list[tuple[object, str]]:
    """Which cells differ, by clip and column."""
    rows = {row["clip_id"]: row for row in expected}
    return [
        (row["clip_id"], name)
        for row in found.to_dict("records")
        for name in found.columns
        if not equal(row[name], rows[row["clip_id"]][name])
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Predictions in two parts."""
    write(tmp_path / "predictions", PREDICTIONS.slice(0, 7), "part-0.parquet")
    return write(tmp_path / "predictions", PREDICTIONS.slice(7), "part-1.parquet")


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


@pytest.mark.parametrize("preset", ["paper", "best"])
def test_predictions_of_version_1_are_read(preset: str):
    folder = VERSION1 / f"predictions-{preset}"

    found = read_predictions(folder)

    assert found.columns.tolist() == PREDICTIONS.column_names
    assert found["has_sound"].tolist() == [cell is not None for cell in found["alignment"]]
    assert found[["decoded_share", "fault", "novelty"]].isna().all(axis=None)
    assert unequal(found.drop(columns=["has_sound", "decoded_share", "fault", "novelty"]), pq.read_table(folder).to_pylist()) == []


def test_of_version_1_has_sound_is_read_without_alignment(tmp_path: Path):
    write(tmp_path, PREDICTIONS.drop_columns(["has_sound", "decoded_share", "fault"]))

    found = read_predictions(tmp_path, ["clip_id", "has_sound"])

    assert found.columns.tolist() == ["clip_id", "has_sound"]
    assert found["clip_id"][~found["has_sound"]].tolist() == ["clip-00003"]


def test_what_a_table_of_before_does_not_say_of_its_rows_is_null(tmp_path: Path):
    write(tmp_path, PREDICTIONS.drop_columns(["decoded_share", "fault"]))

    assert read_predictions(tmp_path).columns.tolist() == PREDICTIONS.column_names
    assert read_predictions(tmp_path, ["fault"])["fault"].isna().tolist() == [True] * 12


def test_one_such_column_missing_by_itself_is_damage(tmp_path: Path):
    write(tmp_path, PREDICTIONS.drop_columns("fault"))

    with pytest.raises(TableError, match="fault: expected string, found no such column"):
        read_predictions(tmp_path)


def test_features_of_both_versions_are_float32(tmp_path: Path):
    generated.write_features(generated.rows(28), tmp_path / "features")

    new, old = read_features(tmp_path / "features"), read_features(VERSION1 / "features")

    assert {cell.dtype for frame in (new, old) for name in ("shape", "appearance", "audio") for cell in frame[name]} == {
        np.dtype(np.float32)
    }
    assert unequal(new, generated.rows(28).to_pylist()) == []
    assert (
        unequal(old.drop(columns=["decoded_share", "fault", "sound_track", "face_box"]), pq.read_table(VERSION1 / "features").to_pylist())
        == []
    )


def test_where_features_of_before_do_not_say_where_the_face_was_the_box_is_null(tmp_path: Path):
    rows = generated.rows(2)
    write(tmp_path, rows.drop_columns("face_box"))

    assert read_features(tmp_path)["face_box"].isna().tolist() == [True, True]
    assert read_features(tmp_path).columns.tolist() == rows.column_names
    assert read_features(tmp_path, ["face_box"])["face_box"].isna().tolist() == [True, True]


def test_a_face_box_by_a_name_one_letter_off_is_damage(tmp_path: Path):
    rows = generated.rows(2)
    write(tmp_path, rows.rename_columns([{"face_box": "fabe_box"}.get(name, name) for name in rows.column_names]))

    with pytest.raises(TableError, match="face_box: expected list"):
        read_features(tmp_path)


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


def test_rejects_of_version_1_are_read():
    assert read_rejects(VERSION1 / "features")["reason"].tolist() == ["decode_failed"]


def test_a_table_that_rejected_nothing_has_rejects_without_rows(folder: Path):
    found = read_rejects(folder)

    assert len(found) == 0
    assert found.columns.tolist() == REJECTS.names


# The long form


def test_perception_in_rows_is_that_of_the_schema(folder: Path):
    rows = read_predictions(folder)

    found = perception_rows(rows)

    expected = attention_rows(pq.read_table(folder)).to_pandas()
    pd.testing.assert_frame_equal(found.astype({"emotion": str}), expected.astype({"emotion": str}), check_dtype=False)
    assert found.attrs["units"] == {"clip_id": "", "time_s": "s", "emotion": "", "weight": "share"}


def test_alignment_in_rows_is_what_plain_loops_find(folder: Path):
    rows = read_predictions(folder)

    found = alignment_rows(rows)

    expected = [
        (row["clip_id"], time_s, audio_time_s, weight)
        for row in rows[rows["has_sound"]].to_dict("records")
        for time_s, times, weights in zip(row["step_time_s"], row["window_time_s"], row["alignment"], strict=True)
        for audio_time_s, weight in zip(times, weights, strict=True)
        if not np.isnan(audio_time_s)
    ]
    assert list(found.itertuples(index=False, name=None)) == expected
    assert found.groupby(["clip_id", "time_s"])["weight"].sum().to_numpy() == pytest.approx(1, abs=1e-5)


def test_some_rows_unfold_as_they_do_among_all(folder: Path):
    rows = read_predictions(folder)

    found = perception_rows(rows[rows["clip_id"] == "clip-00009"])

    everything = perception_rows(rows)
    pd.testing.assert_frame_equal(found, everything[everything["clip_id"] == "clip-00009"].reset_index(drop=True))


@pytest.mark.parametrize("unfold", [perception_rows, alignment_rows])
def test_no_rows_unfold_to_none(folder: Path, unfold: object):
    found = unfold(read_predictions(folder).iloc[:0])

    assert len(found) == 0
    assert found.columns[[0, 1, -1]].tolist() == ["clip_id", "time_s", "weight"]


# What is refused


def outcome(part: Path, content: bytes, place: int, expected: list[dict[str, object]]) -> str:
    """What reading comes to after one bit was flipped."""
    flipped = bytearray(content)
    flipped[place // 8] ^= 1 << place % 8
    part.write_bytes(flipped)
    try:
        found = read_predictions(part.parent)
    except TableError:
        return "refused"
    return "same" if len(found) == len(expected) and not unequal(found, expected) and list(found) == PREDICTIONS.column_names else "other"


def test_no_flipped_bit_is_read_as_another_value(tmp_path: Path):
    table = made.predictions(4, (5, 9))
    content = encode(table)
    places = np.random.default_rng(0).integers(8 * len(content), size=200)

    found = [outcome(tmp_path / "part-0.parquet", content, int(place), table.to_pylist()) for place in places]

    assert set(found) == {"refused", "same"}
    assert found.count("refused") > 50


def test_damage_is_said_with_the_part_and_what_to_do(folder: Path):
    part = folder / "part-1.parquet"
    part.write_bytes(part.read_bytes()[:-100])

    with pytest.raises(TableError, match=r"part-1\.parquet: damaged.*\n  Delete it, and the next run"):
        read_predictions(folder)


def test_where_no_table_is_the_message_says_so(tmp_path: Path):
    with pytest.raises(TableError, match=r"expected: a folder with part-\*\.parquet"):
        read_predictions(tmp_path / "nowhere")
    with pytest.raises(TableError, match=r"expected: a folder with part-\*\.parquet"):
        read_rejects(tmp_path / "nowhere")


def test_features_are_no_predictions(tmp_path: Path):
    generated.write_features(generated.rows(28), tmp_path / "features")

    with pytest.raises(TableError, match="perception: expected list"):
        read_predictions(tmp_path / "features")


def test_a_column_that_is_not_there_is_named(folder: Path):
    with pytest.raises(TableError, match="none named emotion"):
        read_predictions(folder, ["clip_id", "emotion"])


def test_a_location_that_fsspec_does_not_know_is_refused():
    with pytest.raises(ConfigError, match="expected a local path"):
        read_predictions("nowhere://predictions")


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
