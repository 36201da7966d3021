from pathlib import Path

import pandas as pd
import pytest
from botocore.exceptions import NoCredentialsError

from avemo_core.appearance.selection import Selection
from avemo_core.bundle.bundle import Bundle
from avemo_core.corpora.clip import Clip
from avemo_core.corpora.clips_table import clips_of, read_clips
from avemo_core.corpora.options import ReadOptions
from avemo_core.errors import BundleError, ConfigError
from avemo_core.runtime import safetensors_file
from schemas.clips import CLIPS


def written(folder: Path, text: str) -> str:
    path = folder / "clips.csv"
    path.write_text(text)
    return str(path)


def touched(folder: Path, *names: str) -> str:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return str(folder)


def test_a_csv_gives_the_clips_schema_with_absolute_paths(tmp_path: Path):
    location = written(
        tmp_path, "clip_id,path,label,start_s,extra\na,media/a.mp4,Anger,,1\nb,/abs/b.mp4,,1.5,2\nc,s3://bucket/c.mp4,HAP,0,3\n"
    )

    table = read_clips(location)

    assert table.schema.equals(CLIPS, check_metadata=False)
    assert table.column("path").to_pylist() == [f"{tmp_path}/media/a.mp4", "/abs/b.mp4", "s3://bucket/c.mp4"]
    assert table.column("label").to_pylist() == ["angry", None, "happy"]
    assert table.column("start_s").to_pylist() == [None, 1.5, 0.0]


def test_a_parquet_table_reads_as_its_csv(tmp_path: Path):
    location = written(tmp_path, "clip_id,path,label,split,subject\na,a.mp4,fear,train,p1\nb,b.mp4,sad,test,p2\n")
    pd.read_csv(location).to_parquet(tmp_path / "clips.parquet")

    assert read_clips(str(tmp_path / "clips.parquet")).equals(read_clips(location))


def test_a_clip_named_na_stays_a_clip(tmp_path: Path):
    location = written(tmp_path, "clip_id,path,subject\nNA,NA.mp4,NA\n")

    assert list(clips_of(read_clips(location))) == [Clip(source_id="NA", uri=f"{tmp_path}/NA.mp4", subject="NA")]


@pytest.mark.parametrize(
    ("name", "label", "split", "subject"),
    [
        ("Train/Angry/000046280.avi", "angry", "train", None),
        ("Val/Surprise/1.avi", "surprise", "val", None),
        ("Actor_12/02-01-06-01-02-01-12.mp4", "fear", None, "ravdess-12"),
        ("1001_DFA_ANG_XX.flv", "angry", None, "crema-d-1001"),
        ("03-02-05_01.mp4", "fear", None, "java-sed-03"),
        ("happiness/x.mp4", "happy", None, None),
    ],
)
def test_a_corpus_folder_is_read_by_its_layout(tmp_path: Path, name: str, label: str, split: str | None, subject: str | None):
    location = touched(tmp_path, name, "README.txt")

    (row,) = read_clips(location).to_pylist()

    assert row["clip_id"] == name.rsplit(".", 1)[0]
    assert row["path"] == f"{tmp_path}/{name}"
    assert (row["label"], row["split"], row["subject"]) == (label, split, subject)


def test_the_class_calm_of_ravdess_is_refused_or_left_out_but_never_renamed(tmp_path: Path):
    location = touched(tmp_path, "01-01-02-01-01-01-01.mp4", "01-01-03-01-01-01-01.mp4")

    with pytest.raises(ConfigError, match=r"calm.*--skip-other-labels"):
        read_clips(location)
    assert read_clips(location, ReadOptions(skip_other_labels=True)).column("label").to_pylist() == ["happy"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clip_id,lable\na,happy\n", "lacks the column.*path.*found clip_id, lable.*lable looks like label"),
        ("clip_id,path\na,a.mp4\na,b.mp4\n", "clip_id must be unique.*a"),
        ("clip_id,path\n,a.mp4\n", "without clip_id"),
        ("clip_id,path\na,\n", "without path"),
        ("clip_id,path,label\na,a.mp4,bored\n", "outside the seven emotions.*bored.*--skip-other-labels"),
        ("clip_id,path,split\na,a.mp4,tset\n", "split is one of train, val, test.*tset"),
        ("clip_id,path,start_s\na,a.mp4,soon\n", "start_s is to hold seconds.*row 1 has 'soon'"),
        ("clip_id,path,start_s,stop_s\na,a.mp4,2,2\n", "start_s < stop_s"),
        ("clip_id,path,start_s\na,a.mp4,-1\n", "0 <= start_s"),
        ("clip_id,path\n", "no clip in"),
        ("", "cannot read the clips table"),
        ("\x00\x01\x02", "what is no text"),
    ],
)
def test_a_table_that_breaks_a_rule_is_refused_with_what_came(tmp_path: Path, text: str, message: str):
    location = written(tmp_path, text)

    with pytest.raises(ConfigError, match=f"(?s){message}"):
        read_clips(location)


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("nowhere/clips.csv", "no clips table at"),
        ("nosuchscheme://x/clips.csv", "cannot open the clips table"),
        (__file__, "ends in .csv or .parquet"),
    ],
)
def test_a_location_without_a_table_is_refused(location: str, message: str):
    with pytest.raises(ConfigError, match=message):
        read_clips(location)


def test_a_store_that_wants_credentials_is_said_and_not_a_traceback(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("fsspec.core.url_to_fs", _without_credentials)
    monkeypatch.setattr("fsspec.open", _without_credentials)

    for read, error in (
        (read_clips, ConfigError),
        (Bundle.load, BundleError),
        (Selection.load, ConfigError),
        (safetensors_file.check_writable, ConfigError),
    ):
        with pytest.raises(error, match="credentials"):
            read("s3://bucket/place.csv")


def _without_credentials(*_: object, **__: object) -> None:
    raise NoCredentialsError


def test_an_empty_folder_is_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match="no clip in"):
        read_clips(str(tmp_path))


def test_a_garbled_parquet_file_is_refused(tmp_path: Path):
    (tmp_path / "clips.parquet").write_bytes(b"PAR1 nothing of the kind")

    with pytest.raises(ConfigError, match="cannot read the clips table"):
        read_clips(str(tmp_path / "clips.parquet"))


def test_a_row_with_more_fields_than_the_header_is_refused_and_not_shifted(tmp_path: Path):
    (tmp_path / "clips.csv").write_text("clip_id,path,label\na,a.mp4,happy\nb,b.mp4,sad,extra\n")

    with pytest.raises(ConfigError, match="cannot read the clips table"):
        read_clips(str(tmp_path / "clips.csv"))


def test_a_comma_at_the_end_of_every_row_shifts_nothing(tmp_path: Path):
    (tmp_path / "clips.csv").write_text("clip_id,path,label\na,a.mp4,happy,\nb,b.mp4,sad,\n")

    assert read_clips(str(tmp_path / "clips.csv"))["clip_id"].to_pylist() == ["a", "b"]


def test_every_row_with_an_unnamed_field_is_refused(tmp_path: Path):
    (tmp_path / "clips.csv").write_text("clip_id,path,label\na,a.mp4,happy,x\nb,b.mp4,sad,y\n")

    with pytest.raises(ConfigError, match="more fields than the header"):
        read_clips(str(tmp_path / "clips.csv"))


def test_hidden_files_of_a_folder_are_no_clips(tmp_path: Path):
    touched(tmp_path, "happy/a.mp4", "happy/._a.mp4", ".trash/sad/b.mp4")

    assert [Path(path).name for path in read_clips(str(tmp_path))["path"].to_pylist()] == ["a.mp4"]
