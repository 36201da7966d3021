"""One file or one person in two splits of a clips table."""

from pathlib import Path

import pytest

from avemo_core.corpora.clips_table import understand_clips
from avemo_core.corpora.options import ReadOptions
from avemo_core.errors import ConfigError


def csv_of(folder: Path, rows: str) -> str:
    (folder / "clips.csv").write_text("clip_id,path,split,subject,start_s,stop_s\n" + rows)
    return str(folder / "clips.csv")


def test_one_file_in_two_splits_is_refused_with_its_name(tmp_path: Path):
    location = csv_of(tmp_path, "a,film.mp4,train,,0,5\nb,film.mp4,test,,5,9\nc,other.mp4,test,,,\n")

    with pytest.raises(ConfigError, match=r"one file in several splits:\n\s+\S*film\.mp4: test, train\n") as error:
        understand_clips(location, ReadOptions(same_people_in_splits=True))

    assert "other.mp4" not in str(error.value)


def test_one_person_in_two_splits_is_refused_with_the_name_and_the_waiver(tmp_path: Path):
    location = csv_of(tmp_path, "a,a.mp4,train,1.0,,\nb,b.mp4,dev,1,,\nc,c.mp4,test,2,,\n")

    with pytest.raises(ConfigError, match=r"one person in several splits:\n\s+1: train, val\n.*--same-people-in-splits"):
        understand_clips(location)


def test_people_that_the_user_waives_are_said_and_recorded(tmp_path: Path):
    location = csv_of(tmp_path, "a,a.mp4,train,ross,,\nb,b.mp4,val,ross,,\n")

    clips = understand_clips(location, ReadOptions(same_people_in_splits=True))

    assert any("--same-people-in-splits allows: ross (1 people)" in line for line in clips.lines())
    assert clips.about()["people_in_several_splits"] == ["ross"]


def test_clips_without_split_subject_or_with_one_split_are_apart(tmp_path: Path):
    rows = "a,a.mp4,train,,0,1\nb,a.mp4,train,,1,2\nc,c.mp4,,ann,,\nd,d.mp4,test,ann,,\ne,e.mp4,train,,,\nf,f.mp4,test,,,\n"

    assert understand_clips(csv_of(tmp_path, rows)).table.num_rows == 6


@pytest.mark.parametrize("other", ["./film.mp4", "clips/../film.mp4", ".//film.mp4", "{folder}/film.mp4", "file://{folder}/film.mp4"])
def test_a_file_spelt_in_two_ways_is_one_file(tmp_path: Path, other: str):
    location = csv_of(tmp_path, f"a,film.mp4,train,,,\nb,{other.format(folder=tmp_path)},test,,,\n")

    with pytest.raises(ConfigError, match="one file in several splits"):
        understand_clips(location)
