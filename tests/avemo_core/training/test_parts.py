"""Which clips are for what, where a selection has seen some of them: decided before anything is fitted, and the same for everybody."""

import hashlib

import pyarrow as pa
import pytest

from avemo_core.appearance.seen import NOTHING_SEEN, SeenClips
from avemo_core.training.splits import IDENTITY_COLUMNS, Split, SplitOptions, split_of
from schemas.emotions import EMOTIONS

PEOPLE, CLIPS = 14, 7


def corpus(people: int = PEOPLE, *, first: int = 0, split: str | None = None) -> pa.Table:
    """Everybody shows every emotion once."""
    rows = [
        {"clip_id": f"{person:02}-{emotion}", "source_id": f"{person:02}-{emotion}", "subject": f"person-{person}", "label": emotion}
        | {"uri": f"/{person}-{emotion}.mp4", "content_sha256": hashlib.sha256(f"{person} {emotion}".encode()).hexdigest(), "split": split}
        for person in range(first, first + people)
        for emotion in EMOTIONS
    ]
    types = {"start_s": pa.float64(), "stop_s": pa.float64()}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in IDENTITY_COLUMNS])
    return pa.Table.from_pylist([{name: row.get(name) for name in IDENTITY_COLUMNS} for row in rows], schema)


def people_of(split: Split, part: str) -> set[str]:
    return {row["subject"] for row in split.rows.to_pylist() if row["split"] == part}


def record_of(table: pa.Table) -> SeenClips:
    return SeenClips.of(table["source_id"].to_pylist(), table["content_sha256"].to_pylist())


def selected_on(table: pa.Table) -> SeenClips:
    """What `select` sees of clips without splits: the train part of the split that is made of them."""
    rows = split_of(table).rows
    return record_of(table.filter(pa.compute.is_in(table["clip_id"], rows.filter(pa.compute.equal(rows["split"], "train"))["clip_id"])))


def test_people_whom_the_selection_has_not_seen_are_val_and_test_of_the_training():
    table = corpus()

    alone, after = split_of(table), split_of(table, seen=selected_on(table))

    assert people_of(after, "train") == people_of(alone, "train")
    assert people_of(after, "val") | people_of(after, "test") == people_of(alone, "val") | people_of(alone, "test")
    assert {len(people_of(after, part)) for part in ("val", "test")} == {2}


def test_rejects_and_clips_that_were_added_later_bring_nobody_seen_into_val_or_test():
    table = corpus()
    changed = pa.concat_tables([table.slice(5, len(table) - 14), corpus(3, first=50)])

    split = split_of(changed, seen=selected_on(table))

    seen = people_of(split_of(table), "train")
    assert not seen & (people_of(split, "val") | people_of(split, "test"))
    assert split.seen.isdisjoint(row["clip_id"] for row in split.rows.to_pylist() if row["split"] != "train")


def test_clips_that_were_renamed_are_known_by_their_content():
    table = corpus()
    renamed = table.set_column(0, "clip_id", pa.array([f"other-{number}" for number in range(len(table))]))
    renamed = renamed.set_column(1, "source_id", renamed["clip_id"])

    split = split_of(renamed, seen=selected_on(table))

    assert people_of(split, "train") == people_of(split_of(table), "train")


def test_of_a_selection_from_another_corpus_nothing_is_seen_and_the_split_is_as_without():
    elsewhere = record_of(corpus(5, first=80))

    split = split_of(corpus(), seen=elsewhere)

    assert split.seen == frozenset()
    assert split.rows.equals(split_of(corpus(), seen=NOTHING_SEEN).rows)


def test_a_selection_from_a_small_part_of_the_clips_leaves_the_usual_share_to_val_and_test():
    split = split_of(corpus(28), seen=record_of(corpus(4)))

    assert [len(people_of(split, part)) for part in ("train", "val", "test")] == [20, 4, 4]


def test_a_selection_that_has_seen_everybody_leaves_the_split_and_is_remembered():
    table = corpus()

    split = split_of(table, seen=record_of(table))

    assert split.rows.equals(split_of(table).rows)
    assert split.seen == frozenset(table["clip_id"].to_pylist())


def test_a_person_of_whom_the_selection_has_seen_one_clip_is_seen():
    split = split_of(corpus(split="train"), seen=SeenClips.of(["03-happy"], []))

    assert split.seen == {f"03-{emotion}" for emotion in EMOTIONS}


def test_people_allowed_in_several_splits_are_seen_in_the_split_that_was_seen():
    table = pa.concat_tables(
        [corpus(2, split="train"), corpus(2, split="test").set_column(0, "clip_id", pa.array([f"t{i}" for i in range(14)]))]
    )
    table = table.set_column(1, "source_id", table["clip_id"])
    table = table.set_column(table.column_names.index("content_sha256"), "content_sha256", pa.array([f"{i:016x}" for i in range(28)]))

    split = split_of(table, SplitOptions(same_people_in_splits=True), SeenClips.of(table["source_id"].to_pylist()[:14], []))

    assert {row["split"] for row in split.rows.to_pylist() if row["clip_id"] in split.seen} == {"train"}


def test_a_selection_without_a_record_is_no_word_about_anybody():
    assert split_of(corpus()).seen is None


@pytest.mark.parametrize("groups", [1, 2, 3, 6])
def test_few_people_are_parted_as_far_as_they_go(groups: int):
    assert list(split_of(corpus(groups)).counts()) == {1: ["train"], 2: ["train", "test"]}.get(groups, ["train", "val", "test"])
