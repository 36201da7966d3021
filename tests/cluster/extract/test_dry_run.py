from dataclasses import replace
from functools import partial
from pathlib import Path
from unicodedata import normalize

import pyarrow as pa
import pytest

from avemo_core.errors import ConfigError
from cluster.extract.dry_run import dry_run_of
from cluster.extract.job import ExtractOptions, dry_run
from cluster.tables.rejects import Rejected
from cluster.tables.table import open_table
from schemas.clips import CLIPS
from schemas.identity import IDENTITY
from schemas.rejects import Reason

ROWS = pa.schema([*IDENTITY])


def clips(folder: Path, count: int) -> pa.Table:
    paths = [folder / f"{index}.mp4" for index in range(count)]
    for path in paths[:-1]:
        path.write_bytes(bytes(1000))
    return pa.Table.from_pylist([{"clip_id": path.stem, "path": str(path)} for path in paths], schema=CLIPS)


def begun(folder: Path) -> str:
    """An output in which clip 0 is done and clip 1 rejected."""
    out = str(folder / "out")
    with open_table(out, ROWS, {}) as table:
        row = {"clip_id": "0", "source_id": "0", "uri": str(folder / "0.mp4"), "start_s": 0.0, "stop_s": 1.0}
        table.publish(table.staging.write(pa.Table.from_pylist([row], schema=ROWS)))
        table.publish_rejects([Rejected(source_id="1", uri=str(folder / "1.mp4"), stage="decode", reason=Reason.TOO_SHORT, detail="")])
    return out


def test_a_dry_run_counts_what_is_left_and_how_large_it_is(tmp_path: Path):
    found = dry_run_of(clips(tmp_path, 5), begun(tmp_path), retry_rejects=False)

    assert (found.clips, found.done, found.rejected, found.to_do) == (5, 1, 1, 3)
    assert (found.missing, found.asked, found.to_do_bytes) == (1, 3, 3000)
    assert "1 rejected before (--retry-rejects tries them again), 3 to do" in found.line()
    assert "to correct" not in found.line()


def test_a_dry_run_shows_corrections_and_what_is_then_to_do_and_changes_nothing(tmp_path: Path):
    rows, out = clips(tmp_path, 5).to_pylist(), begun(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")}
    rows[0]["path"], rows[1]["start_s"] = str(tmp_path / "2.mp4"), 0.5
    other = pa.Table.from_pylist([rows[0], *rows[2:]], schema=CLIPS)

    found = dry_run_of(other, out, retry_rejects=False)

    assert found.line().startswith(
        "to correct: 1 clip again, as their path, range or content changed; 1 removed\ndry run: 4 clips, 0 done, 0 rejected"
    )
    assert found.to_do == 4
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")} == before
    assert (
        dry_run_of(other, out, retry_rejects=False, is_whole=False).corrections == "1 clip again, as their path, range or content changed"
    )


def test_rejects_to_be_tried_again_are_work_to_do(tmp_path: Path):
    found = dry_run_of(clips(tmp_path, 5), begun(tmp_path), retry_rejects=True)

    assert (found.rejected, found.to_do) == (0, 4)


def test_a_dry_run_leaves_no_trace(tmp_path: Path):
    found = dry_run_of(clips(tmp_path, 2), str(tmp_path / "new"), retry_rejects=False)

    assert found.to_do == 2
    assert not (tmp_path / "new").exists()


def test_a_dry_run_says_what_it_understood_of_the_clips(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "clips.csv").write_text("path,Emotion,lable\na.mp4,joy,1\n")

    found = dry_run(ExtractOptions(clips=str(tmp_path / "clips.csv"), out=str(tmp_path / "out"), selection="all"))

    said = capsys.readouterr().err
    assert found.to_do == 1
    assert ["labels: happy 1" in said, "Emotion is read as label" in said, "lable looks like label and is not read" in said] == [True] * 3


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"segment": "0.1s"}, "--segment must be"),
        ({"stride": "2s"}, "--stride must be above 0 and at most --segment"),
        ({"audio": "yaafe28"}, "yaafe28"),
        ({"network": "none", "audio": "none"}, "nothing is left to extract"),
    ],
)
def test_settings_that_make_no_sense_are_refused_by_a_dry_run_as_by_the_run(tmp_path: Path, settings: dict[str, str], says: str):
    (tmp_path / "clips.csv").write_text("path\na.mp4\n")
    options = ExtractOptions(clips=str(tmp_path / "clips.csv"), out=str(tmp_path / "out"), **settings)

    with pytest.raises(ConfigError, match=says):
        dry_run(options)


def test_an_output_with_credentials_is_named_without_them(tmp_path: Path):
    assert (
        "s3://bucket/out"
        in replace(dry_run_of(clips(tmp_path, 1), str(tmp_path / "o"), retry_rejects=False), out="s3://k:s@bucket/out").line()
    )


def test_a_shard_has_all_ranges_of_a_file_and_its_size_counts_once(tmp_path: Path):
    sizes = {"a.mp4": 1000, "b.mp4": 3000}
    for name, size in sizes.items():
        (tmp_path / name).write_bytes(bytes(size))
    rows = [f"{name}-{start_s},{name},{start_s}" for start_s in (4, 0, 2) for name in sizes]
    (tmp_path / "clips.csv").write_text("\n".join(["clip_id,path,start_s", *rows]))
    options = partial(ExtractOptions, clips=str(tmp_path / "clips.csv"), out=str(tmp_path / "out"), selection="all")

    first, second, few = dry_run(options(shard="1/2")), dry_run(options(shard="2/2")), dry_run(options(limit=2))

    assert [(found.to_do, found.to_do_bytes) for found in (first, second)] == [(3, 1000), (3, 3000)]
    assert (few.to_do, few.to_do_bytes) == (2, 4000)


def test_a_file_that_a_stores_client_refuses_is_missing_and_not_a_traceback(tmp_path: Path):
    table = pa.Table.from_pylist([{"clip_id": "a", "path": "s3://key:secret@bucket/a.mp4"}], schema=CLIPS)

    found = dry_run_of(table, str(tmp_path / "out"), retry_rejects=False)

    assert (found.missing, found.asked) == (1, 1)


def test_a_dry_run_says_what_is_taken_of_a_table_of_ones_own_and_refuses_one_of_other_clips(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "clips.csv").write_text("path\na.mp4\n")
    (tmp_path / "heard.csv").write_text("clip_id,time_s,pitch\na,0,1\n")
    (tmp_path / "other.csv").write_text("clip_id,time_s,pitch\nb,0,1\n")
    options = ExtractOptions(clips=str(tmp_path / "clips.csv"), out=str(tmp_path / "out"), network="none")

    dry_run(replace(options, audio_table=str(tmp_path / "heard.csv")))

    assert "--audio-table: plain, 1 values: pitch" in capsys.readouterr().err
    with pytest.raises(ConfigError, match="rows of 1 clips, such as b, and of none of these 1, such as a") as error:
        dry_run(replace(options, audio_table=str(tmp_path / "other.csv")))
    assert "looks the same" not in str(error.value)


def test_a_table_whose_names_look_like_the_clips_in_other_code_points_is_refused_with_that(tmp_path: Path):
    (tmp_path / "clips.csv").write_text("path\nMüller.mp4\n")
    (tmp_path / "heard.csv").write_text(f"clip_id,time_s,pitch\n{normalize('NFD', 'Müller')},0,1\n")

    with pytest.raises(ConfigError, match="a name that looks the same is there, in other code points"):
        dry_run(
            ExtractOptions(
                clips=str(tmp_path / "clips.csv"), out=str(tmp_path / "out"), network="none", audio_table=str(tmp_path / "heard.csv")
            )
        )
