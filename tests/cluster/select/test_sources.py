"""Which clips a selection learns from, and which of them are one."""

from pathlib import Path

import pyarrow as pa
import pytest

from avemo_core.corpora.clips_table import understand_clips
from avemo_core.errors import ConfigError
from avemo_core.training.splits import IDENTITY_COLUMNS, split_of
from cluster.select.sources import LabelledClips, labelled_clips


def found(folder: Path, rows: str, *, drop_copies: bool = False) -> LabelledClips:
    (folder / "clips.csv").write_text("clip_id,path,label,split,subject,start_s,stop_s\n" + rows)
    return labelled_clips(understand_clips(str(folder / "clips.csv")), drop_copies=drop_copies)


def files(folder: Path, **contents: str) -> None:
    for name, content in contents.items():
        (folder / f"{name}.mp4").write_text(content)


TWINS = "z,a.mp4,happy,train,ann,,\nb,b.mp4,sad,test,bob,,\nc,c.mp4,sad,train,cy,,\n"


def test_one_content_under_two_names_in_two_splits_is_refused(tmp_path: Path):
    files(tmp_path, a="same", b="same", c="diff")

    with pytest.raises(ConfigError, match=r"same in several:\n\s+b \(test\), z \(train\)\n.*--drop-copies"):
        found(tmp_path, TWINS)


def test_files_of_one_size_are_not_yet_the_same(tmp_path: Path):
    files(tmp_path, a="sam1", b="sam2", c="sam3")

    assert [clip.source_id for clip in found(tmp_path, TWINS).clips] == ["z", "c"]


def test_of_copies_the_first_stays_in_its_split(tmp_path: Path):
    files(tmp_path, a="same", b="same", c="other")

    kept = found(tmp_path, TWINS, drop_copies=True)

    assert [clip.source_id for clip in kept.clips] == ["c"]  # b comes before z, and is a clip of test
    assert kept.copies == ["z"]


def test_parts_and_copies_of_one_file_count_as_one_person_where_none_is_known(tmp_path: Path):
    files(tmp_path, a="film", b="film", c="other")
    rows = "1,a.mp4,happy,train,,0,5\n2,a.mp4,sad,train,,5,9\n3,b.mp4,sad,train,,9,12\n4,c.mp4,sad,train,,,\n"

    assert [clip.subject for clip in found(tmp_path, rows).clips] == [None, "1", "1", None]


def test_files_that_cannot_be_reached_are_left_to_whoever_reads_them(tmp_path: Path):
    assert len(found(tmp_path, TWINS).clips) == 2


def test_clips_without_splits_are_parted_as_train_parts_them_and_the_others_are_left(tmp_path: Path):
    people = [(f"{person}-{number}", f"p{person}", ("happy", "sad")[number % 2]) for person in range(7) for number in range(4)]
    rows = "".join(f"{clip},{clip}.mp4,{label},,{subject},,\n" for clip, subject, label in people)
    types = {"start_s": pa.float64(), "stop_s": pa.float64()}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in IDENTITY_COLUMNS])
    features = pa.Table.from_pylist(
        [{"clip_id": clip, "source_id": clip, "subject": who, "label": label} for clip, who, label in people], schema
    )

    kept = found(tmp_path, rows)

    train = [row["clip_id"] for row in split_of(features).rows.to_pylist() if row["split"] == "train"]
    assert sorted(clip.source_id for clip in kept.clips) == sorted(train)
    assert (len(kept.clips), kept.left) == (20, 8)


def test_of_clips_with_splits_none_are_left_by_us(tmp_path: Path):
    files(tmp_path, a="one", b="two", c="three")

    assert found(tmp_path, TWINS).left == 0
