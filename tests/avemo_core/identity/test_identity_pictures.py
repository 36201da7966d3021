from pathlib import Path

import pytest

from avemo_core.errors import ConfigError
from avemo_core.identity.identity_pictures import IdentitySplit, pictures_of, split

PERSONS = [f"person-{number:02}" for number in range(20) for _ in range(10)]


@pytest.fixture
def parts() -> IdentitySplit:
    return split(PERSONS, held_out=0.25, seed=0)


def test_a_person_is_the_folder_the_pictures_lie_in(tmp_path: Path):
    for name in ("train/anna/1.jpg", "train/ben/1.png", "notes.txt", "loose.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")

    pictures = [(picture.source_id, picture.subject) for picture in pictures_of(str(tmp_path))]

    assert pictures == [("train/anna/1.jpg", "train/anna"), ("train/ben/1.png", "train/ben")]


def test_one_person_alone_cannot_be_told_apart(tmp_path: Path):
    (tmp_path / "anna").mkdir()
    (tmp_path / "anna" / "1.jpg").write_bytes(b"")

    with pytest.raises(ConfigError, match=r"shows 1 people.*PERSON/name\.jpg"):
        pictures_of(str(tmp_path))


def test_people_held_out_are_never_trained_or_validated_on(parts: IdentitySplit):
    held_out = {PERSONS[number] for number in parts.held_out}

    assert len(held_out) == 5
    assert not held_out & {PERSONS[number] for number in (*parts.train, *parts.validation)}
    assert not held_out & set(parts.people)


def test_every_picture_has_one_use(parts: IdentitySplit):
    assert sorted([*parts.train, *parts.validation, *parts.held_out]) == list(range(len(PERSONS)))


def test_each_person_trained_on_is_validated_on_other_pictures(parts: IdentitySplit):
    validated = sorted(PERSONS[number] for number in parts.validation)

    assert validated == sorted(parts.people)


def test_the_same_seed_gives_the_same_split(parts: IdentitySplit):
    assert split(PERSONS, held_out=0.25, seed=0) == parts
    assert split(PERSONS, held_out=0.25, seed=1) != parts


def test_nobody_need_be_held_out():
    assert split(PERSONS, held_out=0.0, seed=0).held_out == []


def test_two_people_must_be_left_to_train_on():
    with pytest.raises(ConfigError, match="keeps 2 aside"):
        split(["a", "b", "c"], held_out=0.1, seed=0)
