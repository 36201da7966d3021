"""Which column of a user's table is which of ours, and what is said of the others."""

from pathlib import Path

import pandas as pd
import pytest

from avemo_core.corpora.clips_table import understand_clips
from avemo_core.corpora.understood import Clips
from avemo_core.errors import ConfigError


def understood(folder: Path, text: str, name: str = "clips.csv") -> Clips:
    (folder / name).write_text(text)
    return understand_clips(str(folder / name))


def test_blanks_and_case_of_a_header_do_not_matter(tmp_path: Path):
    clips = understood(tmp_path, "Clip ID, path ,LABEL , Subject,Split,start-s\na,a.mp4,happy,ann,test,1\n")

    (row,) = clips.table.to_pylist()
    assert (row["clip_id"], row["label"], row["subject"], row["split"], row["start_s"]) == ("a", "happy", "ann", "test", 1.0)
    assert clips.notes == ()


def test_names_that_others_use_are_taken_and_said(tmp_path: Path):
    clips = understood(tmp_path, "id,filename,Emotion,Speaker,start,end\na,a.mp4,joy,ann,1,2\n")

    (row,) = clips.table.to_pylist()
    assert (row["clip_id"], row["label"], row["subject"], row["start_s"], row["stop_s"]) == ("a", "happy", "ann", 1.0, 2.0)
    said = ["column Emotion is read as label", "column Speaker is read as subject", "column start is read as start_s"]
    assert set(said) <= {line.strip() for line in clips.lines()}


@pytest.mark.parametrize(
    ("text", "id_", "subject"),
    [
        ("name,emotion\na.mp4,sad\n", "a", None),  # a file
        ("name,path\nfirst,a.mp4\n", "first", None),  # an id, as there is a path
        ("name,path\nann,a.mp4\nann,b.mp4\n", "a", None),  # comes twice: no id
    ],
)
def test_a_name_is_what_its_values_are(tmp_path: Path, text: str, id_: str, subject: str | None):
    row = understood(tmp_path, text).table.to_pylist()[0]

    assert (row["clip_id"], row["subject"]) == (id_, subject)
    assert row["path"] == f"{tmp_path}/a.mp4"


def test_another_name_is_not_taken_beside_our_own(tmp_path: Path):
    clips = understood(tmp_path, "path,label,emotion\na.mp4,happy,sad\n")

    assert clips.table["label"].to_pylist() == ["happy"]
    assert "column emotion looks like label and is not read, as label is" in clips.notes


def test_of_two_names_that_could_be_meant_neither_is_taken(tmp_path: Path):
    clips = understood(tmp_path, "path,speaker,actor\na.mp4,ann,bob\n")

    assert clips.table["subject"].to_pylist() == [None]
    assert "speaker and actor could both be subject: neither is read; call the right one subject" in clips.notes


def test_a_word_for_a_set_is_a_split_only_where_it_names_splits(tmp_path: Path):
    assert understood(tmp_path, "path,set\na.mp4,Dev\n").table["split"].to_pylist() == ["val"]

    clips = understood(tmp_path, "path,set\na.mp4,B12\n")

    assert clips.table["split"].to_pylist() == [None]
    assert "column set looks like split and is not read: call it split if it is" in clips.notes


@pytest.mark.parametrize(("near", "ours"), [("lable", "label"), ("subjects", "subject"), ("start_sec", "start_s"), ("stop_ms", "stop_s")])
def test_a_column_that_looks_like_one_of_ours_is_named(tmp_path: Path, near: str, ours: str):
    clips = understood(tmp_path, f"path,{near},weather\na.mp4,1,wet\n")

    assert any(f"column {near} looks like {ours} and is not read" in note for note in clips.notes)
    assert "columns that are not read: weather" in clips.notes


@pytest.mark.parametrize("header", ["clipId,filePath,Label,subjectId,startTime", "CLIP-ID,File Path,label,Subject ID,Start (s)"])
def test_words_are_parted_in_any_way_and_seconds_may_be_said(tmp_path: Path, header: str):
    (row,) = understood(tmp_path, f"{header}\na,a.mp4,happy,ann,1\n").table.to_pylist()

    assert (row["clip_id"], row["path"], row["label"], row["subject"], row["start_s"]) == ("a", f"{tmp_path}/a.mp4", "happy", "ann", 1.0)


def test_milliseconds_are_not_taken_for_seconds(tmp_path: Path):
    clips = understood(tmp_path, "path,start (ms),end_ms\na.mp4,1000,2000\n")

    assert clips.table["start_s"].to_pylist() == clips.table["stop_s"].to_pylist() == [None]
    assert "column start (ms) looks like start_s and is not read: call it start_s if it is" in clips.notes


@pytest.mark.parametrize(("other", "remedy"), [("duration", "write stop_s"), ("end_frame", "write stop_s"), ("bbox", "write region")])
def test_a_column_that_says_the_same_in_other_terms_is_named_with_what_to_write(tmp_path: Path, other: str, remedy: str):
    clips = understood(tmp_path, f"path,start,{other}\na.mp4,1,2\n")

    assert any(note.startswith(f"column {other} is not read: {remedy}") for note in clips.notes)


def test_row_numbers_that_pandas_writes_are_no_column(tmp_path: Path):
    frame = pd.DataFrame({"path": ["a.mp4"], "label": ["sad"]})
    frame.to_csv(tmp_path / "clips.csv")
    frame.set_index("path").to_parquet(tmp_path / "clips.parquet")

    csv, parquet = (understand_clips(str(tmp_path / name)) for name in ("clips.csv", "clips.parquet"))

    assert csv.table.equals(parquet.table)
    assert csv.notes == ("clip ids are made of the paths, without their endings",)


@pytest.mark.parametrize("header", ["path,label,label", "path,label,Label"])
def test_two_columns_of_one_name_are_refused(tmp_path: Path, header: str):
    with pytest.raises(ConfigError, match="two columns are label"):
        understood(tmp_path, f"{header}\na.mp4,happy,sad\n")


def test_ids_made_of_paths_tell_parts_and_endings_apart(tmp_path: Path):
    text = "path,start,end\na.mp4,0,1.5\na.mp4,1.5,\nb/c.mp4,,\nd.mp4,,\nd.wav,,\n"

    assert understood(tmp_path, text).table["clip_id"].to_pylist() == ["a:0-1.5", "a:1.5-", "b/c", "d.mp4", "d.wav"]


@pytest.mark.parametrize(("name", "text"), [("clips.tsv", "path\tlabel\na, b.mp4\tsad\n"), ("clips.csv", 'path;label\n"a, b.mp4";sad\n')])
def test_tabs_and_semicolons_part_columns_too(tmp_path: Path, name: str, text: str):
    (row,) = understood(tmp_path, text, name).table.to_pylist()

    assert (row["path"], row["label"]) == (f"{tmp_path}/a, b.mp4", "sad")
