import json
import os
import sys
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import webvtt
from pympi import Eaf

from avemo_core.errors import ConfigError, TableError
from avemo_core.export.formats import Exported, Format
from cluster.export.job import ExportOptions, export_predictions
from cluster.storage.location import open_folder
from cluster.storage.objects import ObjectFolder
from tests.avemo_core.export.written import Row, table
from tests.jobs.commands import job

ROWS = table(
    Row(clip="a", of="#0-2000", peaks_s=(1.0,)),
    Row(clip="a", of="#2000-4000", range_s=(2.0, 4.0), emotion="sad"),
    Row(clip="b", uri="s3://key:secret@bucket/b.mp4?signature=x"),
)


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    """A predictions table of two parts and three row groups."""
    folder = tmp_path / "predictions"
    folder.mkdir()
    pq.write_table(ROWS.slice(0, 2), folder / "part-0.parquet", row_group_size=1)
    pq.write_table(ROWS.slice(2), folder / "part-1.parquet")
    return folder


def export(predictions: object, out: object, as_format: Format = Format.VTT) -> Exported:
    return export_predictions(ExportOptions(predictions=str(predictions), as_format=as_format, out=str(out)))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_every_video_gets_its_file(predictions: Path, tmp_path: Path):
    out = tmp_path / "new" / "out"

    assert export(predictions, out) == Exported(rows=3, files=2)

    assert names(out) == ["a.vtt", "b.vtt", "export.json"]
    assert [cue.text for cue in webvtt.read(out / "a.vtt")] == ["happy 0.75", "sad 0.75"]
    assert json.loads((out / "export.json").read_text()) == {"made_by": "avemo", "as": "vtt", "files": 2}
    assert names(out.parent) == ["out"]


def test_credentials_of_a_video_stay_out_of_its_document(predictions: Path, tmp_path: Path):
    export(predictions, tmp_path / "out", Format.EAF)

    assert Eaf(str(tmp_path / "out" / "b.eaf")).get_linked_files() == [{"MEDIA_URL": "s3://bucket/b.mp4", "MIME_TYPE": "video/mp4"}]


def test_an_earlier_export_is_replaced_with_all_its_files(predictions: Path, tmp_path: Path):
    export(predictions, tmp_path / "out", Format.SRT)

    export(predictions, tmp_path / "out", Format.CSV)

    assert names(tmp_path / "out") == ["export.json", "peaks.csv", "predictions.csv"]


def test_what_an_annotator_wrote_is_not_replaced(predictions: Path, tmp_path: Path):
    export(predictions, tmp_path / "out", Format.EAF)
    document = tmp_path / "out" / "a.eaf"
    corrected = document.read_text().replace("sad", "happy")
    document.write_text(corrected)
    later_s = (tmp_path / "out" / "export.json").stat().st_mtime + 1
    os.utime(document, (later_s, later_s))

    with pytest.raises(ConfigError, match=r"was changed after it was exported, such as a\.eaf"):
        export(predictions, tmp_path / "out", Format.EAF)

    assert document.read_text() == corrected


def test_a_file_that_somebody_put_there_is_not_deleted(predictions: Path, tmp_path: Path):
    export(predictions, tmp_path / "out")
    notes = tmp_path / "out" / "notes.txt"
    notes.write_text("mine")
    os.utime(notes, (1, 1))

    with pytest.raises(ConfigError, match="was changed after it was exported"):
        export(predictions, tmp_path / "out")

    assert notes.read_text() == "mine"


def test_a_folder_that_holds_a_table_is_left_alone(predictions: Path):
    with pytest.raises(ConfigError, match="is in the predictions table"):
        export(predictions, predictions)
    with pytest.raises(ConfigError, match="is in the predictions table"):
        export(predictions, predictions / "subtitles")
    with pytest.raises(ConfigError, match="holds something that is no export"):
        export(predictions, predictions.parent)

    assert names(predictions) == ["part-0.parquet", "part-1.parquet"]


def test_a_file_is_no_folder_for_an_export(predictions: Path, tmp_path: Path):
    (tmp_path / "out").write_text("years of work")

    with pytest.raises(ConfigError, match="expected a folder"):
        export(predictions, tmp_path / "out")


def test_a_table_of_something_else_is_refused_with_what_differs(tmp_path: Path):
    (tmp_path / "features").mkdir()
    pq.write_table(pa.table({"clip_id": ["a"]}), tmp_path / "features" / "part-0.parquet")

    with pytest.raises(ConfigError, match=r"perception: expected list<.*>, found no such column"):
        export(tmp_path / "features", tmp_path / "out")
    with pytest.raises(ConfigError, match="no such file"):
        export(tmp_path / "nothing", tmp_path / "out")

    assert names(tmp_path) == ["features"]


def test_an_export_that_fails_leaves_the_earlier_one_and_nothing_beside_it(
    predictions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    export(predictions, tmp_path / "out")
    monkeypatch.setitem(sys.modules, "audformat", None)

    with pytest.raises(ConfigError, match="audformat is missing"):
        export(predictions, tmp_path / "out", Format.AUDFORMAT)

    assert names(tmp_path / "out") == ["a.vtt", "b.vtt", "export.json"]
    assert names(tmp_path) == ["out", "predictions"]


def test_an_export_to_a_store_replaces_the_one_before_file_by_file(predictions: Path):
    server = fsspec.filesystem("memory")
    server.pipe({"/exports/other.txt": b"stays"})
    export(predictions, "memory://exports/run", Format.EAF)

    export(predictions, "memory://exports/run", Format.SRT)

    assert sorted(server.find("/exports")) == [
        *("/exports/other.txt", "/exports/run/a.srt", "/exports/run/b.srt", "/exports/run/export.json"),
    ]
    assert server.cat("/exports/run/a.srt").decode().startswith("1\n00:00:00,000 --> 00:00:02,000\nhappy 0.75\n")
    with pytest.raises(ConfigError, match="holds something that is no export"):
        export(predictions, "memory://exports")


@pytest.mark.slow
def test_an_export_to_s3_is_whole(predictions: Path, s3: str):
    export(predictions, f"{s3}/run", Format.CSV)

    exported = export(predictions, f"{s3}/run", Format.VTT)

    assert exported == Exported(rows=3, files=2)
    store = open_folder(f"{s3}/run")
    assert [entry.name for entry in store.entries()] == ["a.vtt", "b.vtt", "export.json"]
    assert [cue.text for cue in webvtt.from_string(store.read("a.vtt").decode())] == ["happy 0.75", "sad 0.75"]


def test_an_upload_that_was_broken_off_is_begun_again(predictions: Path, monkeypatch: pytest.MonkeyPatch):
    server = fsspec.filesystem("memory")
    export(predictions, "memory://broken/run", Format.VTT)

    def broken(_folder: ObjectFolder, name: str) -> None:
        if name.endswith(".vtt"):
            raise TableError("the store is gone")

    monkeypatch.setattr(ObjectFolder, "delete", broken)
    with pytest.raises(TableError, match="the store is gone"):
        export(predictions, "memory://broken/run", Format.CSV)
    monkeypatch.undo()

    export(predictions, "memory://broken/run", Format.SRT)

    assert sorted(server.ls("/broken/run", detail=False)) == [f"/broken/run/{name}" for name in ("a.srt", "b.srt", "export.json")]


def test_a_part_that_is_damaged_stops_the_export(predictions: Path, tmp_path: Path):
    (predictions / "part-1.parquet").write_bytes(b"PAR1 and no more")

    with pytest.raises(TableError, match=r"part-1\.parquet"):
        export(predictions, tmp_path / "out")

    assert names(tmp_path) == ["predictions"]


@pytest.mark.slow
def test_the_last_line_says_how_many_files_of_how_many_rows(predictions: Path, tmp_path: Path):
    printed = job("export", "--predictions", predictions, "--as", "textgrid", "--out", tmp_path / "out")
    refused = job("export", "--predictions", predictions, "--as", "textgrid", "--out", predictions, code=2)

    assert printed.splitlines()[-1] == f"3 rows, 2 files: {tmp_path / 'out'}"
    assert refused.startswith("error: ")
    assert names(tmp_path / "out") == ["a.TextGrid", "b.TextGrid", "export.json"]
