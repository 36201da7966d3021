"""Rows of one content, in the splits that are made and those that come with the table."""

from typing import Any

import pyarrow as pa
import pytest

from avemo_core.errors import ConfigError
from avemo_core.training.copies import groups_of
from avemo_core.training.splits import IDENTITY_COLUMNS, SplitOptions, split_of

TYPES = {"start_s": pa.float64(), "stop_s": pa.float64()}


def row(clip_id: str, content: str, subject: str | None = None, split: str | None = None, **other: str | float | None) -> dict[str, Any]:
    """A labelled row, 0 to 9 s of its file."""
    source_id, _, _ = clip_id.partition("#")
    named = {
        "clip_id": clip_id,
        "source_id": source_id,
        "subject": subject,
        "split": split,
        "content_sha256": content,
    }
    return {"label": "happy", "uri": f"/{content}.mp4", "start_s": 0.0, "stop_s": 9.0, **named, **other}


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), pa.schema([(name, TYPES.get(name, pa.string())) for name in IDENTITY_COLUMNS]))


def part(number: int) -> dict[str, float]:
    return {"start_s": 10.0 * number, "stop_s": 10.0 * number + 9}


def test_the_parts_of_one_film_without_subjects_are_one_group_and_make_one_split():
    split = split_of(table(*(row(f"part-{i:02}", "film", **part(i)) for i in range(20))))

    assert split.counts() == {"train": 20}


def test_copies_stay_together_whoever_is_named():
    rows = [
        row("a", "c1"),
        row("b", "c1"),
        row("c", "c1", **part(2)),
        row("d", "c2", "ann"),
        row("e", "c2", "bob"),
        row("f", "c2", "bob", **part(2)),
    ]

    groups = groups_of(rows)

    assert len(set(groups[:3])) == 1
    assert len(set(groups[3:])) == 1
    assert groups[0] != groups[3]


def test_people_who_share_a_film_are_still_parted():
    rows = [row(f"{name}-{i}", "film", name, **part(10 * place + i)) for place, name in enumerate(("ann", "bob", "cy")) for i in range(5)]

    split = split_of(table(*rows))

    assert set(split.counts()) == {"train", "val", "test"}


def test_a_table_without_copies_has_the_groups_it_always_had():
    rows = [
        row("a", "c1"),
        row("b", "c2", "ann"),
        row("c", "c3", "ann"),
        row("d#0-4000", "c4", **part(0)),
        row("d#4000-8000", "c4", **part(1)),
    ]

    assert groups_of(rows) == ["source a", "subject ann", "subject ann", "source d", "source d"]


def test_one_content_in_two_splits_is_refused_with_the_clips():
    rows = table(row("a", "c1", "ann", "train"), row("twin", "c1", "bob", "test"), row("b", "c2", "cy", "test"))

    with pytest.raises(ConfigError, match=r"same in several:\n\s+twin \(test\), a \(train\)\n.*--drop-copies"):
        split_of(rows)


def test_dropping_copies_keeps_the_first_and_says_which_went():
    rows = table(row("a", "c1", "ann", "train"), row("twin", "c1", "bob", "test"), row("b", "c2", "cy", "test"))

    split = split_of(rows, SplitOptions(drop_copies=True))

    assert split.rows.column("clip_id").to_pylist() == ["a", "b"]
    assert split.said() == {"copies_left_out": ["twin"]}


def test_parts_of_a_file_are_no_copies_and_remain_refused_in_two_splits():
    rows = table(row("a", "film", None, "train"), row("b", "film", None, "test", **part(1)))

    with pytest.raises(ConfigError, match="content"):
        split_of(rows, SplitOptions(drop_copies=True))


def test_rows_of_the_faces_of_one_clip_are_no_copies():
    split = split_of(table(row("a#0", "c1", "ann", "train"), row("a#1", "c1", "bob", "train")), SplitOptions(drop_copies=True))

    assert split.rows.num_rows == 2


def test_one_person_in_two_splits_can_be_allowed_and_is_said():
    rows = table(row("a", "c1", "ann", "train"), row("b", "c2", "ann", "test"))

    split = split_of(rows, SplitOptions(same_people_in_splits=True))

    assert split.said() == {"people_in_several_splits": {"ann": ["test", "train"]}}


def test_clips_of_emotions_that_are_not_asked_for_are_left_out_and_counted():
    rows = table(row("a", "c1", split="train"), row("b", "c2", split="train", label="sad"), row("c", "c3", split="test", label="fear"))

    split = split_of(rows, SplitOptions(emotions=("happy", "sad")))

    assert split.rows.column("label").to_pylist() == ["happy", "sad"]
    assert split.said() == {"emotions": ["happy", "sad"], "clips_of_other_emotions": 1}


def test_emotions_without_a_clip_to_learn_from_are_named():
    split = split_of(table(row("a", "c1", split="train"), row("b", "c2", split="test", label="sad")))

    assert split.absent() == ["angry", "disgust", "fear", "neutral", "sad", "surprise"]
