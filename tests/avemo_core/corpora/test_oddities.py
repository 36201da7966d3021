"""What is read as it stands and seldom meant so is said."""

from pathlib import Path

import pytest

from avemo_core.corpora.clips_table import understand_clips
from avemo_core.corpora.understood import Clips


def understood(folder: Path, text: str) -> Clips:
    (folder / "clips.csv").write_text(text)
    return understand_clips(str(folder / "clips.csv"))


@pytest.mark.parametrize("word", ["nan", "NaN", "None", "null", "NULL", "<NA>", " nan "])
def test_what_programs_write_for_nothing_is_nobody_no_label_and_no_split(tmp_path: Path, word: str):
    clips = understood(tmp_path, f"path,label,split,subject\na.mp4,{word},{word},{word}\nb.mp4,sad,test,ann\n")

    assert clips.table.slice(0, 1).select(["label", "split", "subject"]).to_pylist() == [{"label": None, "split": None, "subject": None}]


def test_a_subject_that_is_a_word_for_nobody_is_said_where_it_comes_twice(tmp_path: Path):
    clips = understood(tmp_path, "path,subject\na.mp4,NA\nb.mp4,NA\nc.mp4,unknown\n")

    assert [note for note in clips.notes if "subject" in note] == [
        "subject NA is read as one person, of 2 clips; leave the field empty where the person is not known"
    ]


def test_subjects_that_differ_in_case_blanks_or_zeros_are_said(tmp_path: Path):
    clips = understood(tmp_path, "path,subject\na.mp4,Ann B\nb.mp4,ann_b\nc.mp4,01\nd.mp4,1\ne.mp4,10\nf.mp4,100\ng.mp4,bob\n")

    assert "subjects that are spelt nearly alike are read as different people: Ann B, ann_b; 01, 1" in clips.notes


def test_the_same_seconds_of_a_file_under_two_ids_are_said(tmp_path: Path):
    rows = "a,x.mp4,0,1,\nb,x.mp4,0,1,\nc,x.mp4,1,2,\nd,y.mp4,,,\ne,z.mp4,,,0 0 0.5 1\nf,z.mp4,,,0.5 0 1 1\n"
    clips = understood(tmp_path, f"clip_id,path,start,end,region\n{rows}")

    assert "the same seconds of one file come as several clips, among them a" in clips.notes


def test_paths_that_are_no_media_are_said(tmp_path: Path):
    clips = understood(tmp_path, "path\na.mp4\nb.docx\nfolder\nhttps://host/c.mp4?token=secret\n")

    assert f"paths that end neither as video nor as sound do: 2 ({tmp_path}/b.docx, {tmp_path}/folder)" in clips.notes
