"""Which clips a comparison is made on, in which folds, and where some are copies."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from avemo_core.appearance.seen import NOTHING_SEEN, SeenClips
from avemo_core.errors import ConfigError
from avemo_core.features.clip_features import from_table
from avemo_core.training.splits import SplitOptions
from cluster.compare.folds import PartedClips, check_folds, parted, readable
from tests.cluster import generated

ROWS = generated.rows(28)


def with_a_twin(table: pa.Table) -> pa.Table:
    """The last clip, of test-1, has the bytes of the first one, of train-0."""
    contents = table.column("content_sha256").to_pylist()
    return table.set_column(table.column_names.index("content_sha256"), "content_sha256", [[*contents[:-1], contents[0]]])


def compared(table: pa.Table, folds: str, **options: bool) -> tuple[list[str], dict[str, object]]:
    """Ids of the clips, and what is said."""
    found = parted_by(table, folds, **options)
    return [clip.clip_id for clip in found.clips], found.said


def parted_by(table: pa.Table, folds: str, seen: SeenClips | None = NOTHING_SEEN, **options: bool) -> PartedClips:
    return parted(table, from_table(table), folds, SplitOptions(**options), seen, with_val=False)


def held_out(found: PartedClips) -> dict[str, set[str | None]]:
    """Fold -> subjects that it holds out."""
    return {fold.name: {found.clips[clip].subject for clip in fold.parts["test"]} for fold in found.folds}


@pytest.mark.parametrize("folds", ["split", "subject"])
def test_copies_in_two_parts_are_refused_or_dropped_and_said(folds: str):
    table = with_a_twin(ROWS)

    with pytest.raises(ConfigError, match=r"clip-000 \(train.*clip-027 \(test|clip-027 \(test.*clip-000 \(train"):
        compared(table, folds=folds)
    kept, said = compared(table, folds=folds, drop_copies=True)

    assert kept == [f"clip-{number:03}" for number in range(27)]
    assert said == {"copies_left_out": ["clip-027"]}


@pytest.mark.parametrize("folds", ["split", "subject"])
def test_without_copies_every_clip_is_compared(folds: str):
    assert compared(ROWS, folds=folds) == ([f"clip-{number:03}" for number in range(28)], {})


def test_groups_of_whole_people_are_left_out_and_copies_stay_together():
    found = parted_by(with_a_twin(ROWS), "2")

    subjects = held_out(found)
    assert set.union(*subjects.values()) == set(ROWS["subject"].to_pylist())
    assert not set.intersection(*subjects.values())
    assert [fold.name for fold in found.folds for side in [subjects[fold.name]] if {"train-0", "test-1"} & side] == [
        fold.name for fold in found.folds if {"train-0", "test-1"} <= subjects[fold.name]
    ]
    assert len(set(found.groups)) == len(set(ROWS["subject"].to_pylist())) - 1


def test_more_groups_than_people_are_refused():
    with pytest.raises(ConfigError, match="at least 20 people"):
        parted_by(ROWS, "20")
    with pytest.raises(ConfigError, match="--folds 1: expected split, subject, a number from 2, ravdess, crema-d or a csv"):
        check_folds("1")


@pytest.mark.parametrize("by", ["subject", "clip_id"])
def test_folds_are_read_from_a_csv(tmp_path: Path, by: str):
    lines = [f"{row[by]},{'one' if row['subject'].startswith('train') else 'two'}" for row in ROWS.select([by, "subject"]).to_pylist()]
    (tmp_path / "folds.csv").write_text("\n".join([f"{by},fold", *lines, "nobody,two"]))

    found = parted_by(ROWS, str(tmp_path / "folds.csv"))

    assert held_out(found) == {"one": {"train-0", "train-1"}, "two": {"val-0", "val-1", "test-0", "test-1"}}
    assert found.said == {"folds_of_no_clip": ["nobody"]}


def test_a_csv_that_is_not_there_is_refused():
    with pytest.raises(ConfigError, match=r"--folds nowhere.csv: .* no such file"):
        parted_by(ROWS, "nowhere.csv")


def test_folds_that_tear_a_person_are_refused_unless_the_user_allows_it_and_then_said(tmp_path: Path):
    rows = ROWS.select(["clip_id", "subject"]).to_pylist()
    lines = [f"{row['clip_id']},{number // 3 % 2}" for number, row in enumerate(rows)]
    (tmp_path / "folds.csv").write_text("\n".join(["clip_id,fold", *lines]))

    with pytest.raises(ConfigError, match=r"each person \(or file of nobody\) in one fold(.|\n)*--same-people-in-splits"):
        parted_by(ROWS, str(tmp_path / "folds.csv"))
    found = parted_by(ROWS, str(tmp_path / "folds.csv"), same_people_in_splits=True)

    assert set(found.said) == {"people_in_several_folds"}


def test_folds_that_tear_copies_are_refused_whatever_is_allowed(tmp_path: Path):
    lines = [f"{subject},{subject[:4]}" for subject in sorted(set(ROWS["subject"].to_pylist()))]
    (tmp_path / "folds.csv").write_text("\n".join(["subject,fold", *lines]))

    with pytest.raises(ConfigError, match=r"each content in one fold(.|\n)*clip-000: test, trai(.|\n)*--drop-copies"):
        parted_by(with_a_twin(ROWS), str(tmp_path / "folds.csv"), same_people_in_splits=True)
    found = parted_by(with_a_twin(ROWS), str(tmp_path / "folds.csv"), drop_copies=True)

    assert found.said == {"copies_left_out": ["clip-027"]}


def test_the_published_folds_of_ravdess_are_known_by_its_name():
    subjects = [f"ravdess-{number % 24 + 1:02}" for number in range(28)]
    table = ROWS.set_column(ROWS.column_names.index("subject"), "subject", [subjects])

    found = parted_by(table, "ravdess")

    assert held_out(found)["1"] == {f"ravdess-{actor:02}" for actor in (2, 5, 14, 15, 16)}
    assert len(found.folds) == 5


def of_person(person: str) -> SeenClips:
    """A record of one clip of somebody."""
    return SeenClips.of([next(row["source_id"] for row in ROWS.to_pylist() if row["subject"] == person)], [])


@pytest.mark.parametrize(
    ("folds", "seen", "wanted"),
    [
        ("split", NOTHING_SEEN, "held out"),
        ("subject", NOTHING_SEEN, "held out in turn"),
        ("2", None, "held out in turn, but perhaps seen by the selection"),
        ("split", of_person("test-0"), f"held out, but {ROWS['subject'].to_pylist().count('test-0')} of 7 seen by the selection"),
        (
            "subject",
            of_person("train-0"),
            f"held out in turn, but {ROWS['subject'].to_pylist().count('train-0')} of 28 seen by the selection",
        ),
        ("3", SeenClips.of(ROWS["source_id"].to_pylist(), []), "held out in turn, but seen by the selection"),
    ],
)
def test_clips_that_a_selection_has_seen_are_held_out_with_a_reservation(folds: str, seen: SeenClips | None, wanted: str):
    found = parted_by(ROWS, folds, seen)

    assert found.roles(selected_before=True) == {"train": "learned from", "test": wanted}
    assert found.roles(selected_before=False)["test"] == wanted.partition(",")[0]


@pytest.mark.parametrize(
    ("seen", "wanted"),
    [
        (NOTHING_SEEN, "chose the epoch"),
        (None, "chose the epoch"),
        (SeenClips.of(ROWS["source_id"].to_pylist(), []), "chose the epoch, but seen by the selection"),
    ],
)
def test_val_clips_of_a_comparison_have_chosen_the_epoch(seen: SeenClips | None, wanted: str):
    found = parted(ROWS, from_table(ROWS), "split", SplitOptions(), seen, with_val=True)

    assert found.roles(selected_before=True)["val"] == wanted


def test_a_clip_without_what_the_models_read_is_left_out_and_said():
    table = generated.without_faces(ROWS)
    clips = from_table(table)
    silent = replace(clips[3], audio=clips[3].audio[:0], audio_time_s=clips[3].audio_time_s[:0])

    found, modalities = readable(
        table, [*clips[:3], silent, *clips[4:]], lambda some: parted(table, some, "subject", SplitOptions(), NOTHING_SEEN, with_val=False)
    )

    assert modalities == ["sound"]
    assert silent.clip_id not in {clip.clip_id for clip in found.clips}
    assert (len(found.clips), found.said) == (27, {"clips_not_read": 1})
    assert max(clip for fold in found.folds for part in fold.parts.values() for clip in part) == 26


def test_a_part_of_nobody_does_not_train_where_a_person_of_its_file_is_held_out():
    subjects, contents = (ROWS.column(name).to_pylist() for name in ("subject", "content_sha256"))
    table = ROWS.set_column(ROWS.column_names.index("subject"), "subject", [[None, *subjects[1:]]])
    starts = [float(number) for number in range(28)]
    table = table.set_column(table.column_names.index("start_s"), "start_s", [starts])
    table = table.set_column(table.column_names.index("content_sha256"), "content_sha256", [[contents[1], *contents[1:]]])

    found = parted_by(table, "subject")

    trained = {fold.name: 0 in fold.parts["train"] for fold in found.folds}
    assert trained == {name: name != subjects[1] for name in trained}
