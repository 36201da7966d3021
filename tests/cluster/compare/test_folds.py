"""Which clips a comparison is made on, in which folds, and where some are copies."""

from pathlib import Path

import pyarrow as pa
import pytest

from avemo_core.errors import ConfigError
from avemo_core.features.clip_features import from_table
from avemo_core.training.splits import SplitOptions
from cluster.compare.folds import PartedClips, check_folds, parted
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


def parted_by(table: pa.Table, folds: str, **options: bool) -> PartedClips:
    return parted(table, from_table(table), folds, SplitOptions(**options), with_val=False)


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
