"""audformat databases as corpora: written by audformat itself, read through the names and bytes of a folder."""

from pathlib import Path, PurePosixPath
from typing import Any

import audformat
import pandas as pd
import pytest

from avemo_core.corpora.layouts import CorpusFolder, understand
from avemo_core.errors import ConfigError
from tests.avemo_core.corpora.layouts.made import folder, labels, left_out


def database(**speakers: str) -> audformat.Database:
    db = audformat.Database("plays")
    db.splits["train"] = audformat.Split(audformat.define.SplitType.TRAIN)
    db.splits["dev"] = audformat.Split(audformat.define.SplitType.DEVELOP)
    db.schemes["emotion"] = audformat.Scheme(labels=["anger", "happiness", "boredom"])
    db.schemes["speaker"] = audformat.Scheme("str")
    add(db, "emotion.train", audformat.filewise_index(["a.wav", "b.wav"]), "train", emotion=["anger", None])
    segments = audformat.segmented_index(["c.wav", "c.wav"], ["0s", "1.5s"], ["1.5s", None])
    add(db, "emotion.dev", segments, "dev", emotion=["happiness", "boredom"])
    add(db, "files", audformat.filewise_index(list(speakers)), None, speaker=list(speakers.values()))
    return db


def add(db: audformat.Database, name: str, index: pd.Index, split: str | None, **columns: list[Any]) -> None:
    db[name] = audformat.Table(index, split_id=split)
    for column, values in columns.items():
        db[name][column] = audformat.Column(scheme_id=column)
        db[name][column].set(values)


def stored(db: audformat.Database, place: Path, *clips: str, as_format: str = "csv", above: str = "") -> CorpusFolder:
    db.save(str(place), storage_format=as_format)
    return folder(*clips, lists={above + path.name: path.read_bytes() for path in place.iterdir()})


@pytest.mark.parametrize("as_format", ["csv", "parquet"])
def test_labels_ranges_splits_and_speakers_are_read(tmp_path: Path, as_format: str):
    corpus = stored(database(**{"a.wav": "ann", "c.wav": "cid"}), tmp_path, "a.wav", "b.wav", "c.wav", as_format=as_format)

    understood = understand(corpus)

    assert understood.layout == "audformat"
    assert [(row.clip_id, row.label, row.split, row.subject, row.start_s, row.stop_s) for row in understood.rows] == [
        (None, "anger", "train", "plays-ann", None, None),
        (None, None, "train", None, None, None),
        ("c@0.000-1.500", "happiness", "val", "plays-cid", None, 1.5),
        ("c@1.500-", "boredom", "val", "plays-cid", 1.5, None),
    ]


def test_files_and_tables_that_do_not_meet_are_named(tmp_path: Path):
    understood = understand(stored(database(), tmp_path, "a.wav", "c.wav", "d.wav"))

    assert left_out(understood) == {
        "in no table of the database": ["d.wav"],
        "listed with a label, but not in the folder": ["b.wav"],
    }


def test_a_database_may_lie_in_the_folder_that_is_given(tmp_path: Path):
    understood = understand(stored(database(**{"c.wav": "cid"}), tmp_path, "plays/a.wav", "plays/c.wav", "readme.wav", above="plays/"))

    assert [(str(row.path), row.clip_id, row.label, row.subject) for row in understood.rows] == [
        ("plays/a.wav", None, "anger", None),
        ("plays/c.wav", "plays/c@0.000-1.500", "happiness", "plays-cid"),
        ("plays/c.wav", "plays/c@1.500-", "boredom", "plays-cid"),
    ]
    assert left_out(understood) == {
        "in no table of the database": ["readme.wav"],
        "listed with a label, but not in the folder": ["plays/b.wav"],
    }


def test_of_several_databases_one_is_to_be_given():
    with pytest.raises(ConfigError, match=r"several audformat databases: one/db\.yaml, two/db\.yaml; give the folder of one"):
        understand(folder("one/a.wav", lists={"one/db.yaml": "", "two/db.yaml": ""}))


def test_a_column_is_known_by_its_scheme_too(tmp_path: Path):
    db = database()
    db["gold"] = audformat.Table(audformat.filewise_index(["d.wav"]))
    db["gold"]["perceived"] = audformat.Column(scheme_id="emotion")
    db["gold"]["perceived"].set(["boredom"])

    assert labels(understand(stored(db, tmp_path, "d.wav"))) == {"d.wav": "boredom"}


def test_tables_that_disagree_are_refused_with_the_file(tmp_path: Path):
    db = database()
    add(db, "emotion.other", audformat.filewise_index(["a.wav"]), None, emotion=["boredom"])

    with pytest.raises(ConfigError, match=r"disagree on a\.wav"):
        understand(stored(db, tmp_path, "a.wav"))


def test_a_database_without_an_emotion_is_refused(tmp_path: Path):
    db = audformat.Database("plays")
    add_index = audformat.filewise_index(["a.wav"])
    db["files"] = audformat.Table(add_index)

    with pytest.raises(ConfigError, match="no table with an emotion"):
        understand(stored(db, tmp_path, "a.wav"))


def test_pickled_tables_are_never_read(tmp_path: Path):
    corpus = stored(database(), tmp_path, "a.wav", as_format="pkl")

    with pytest.raises(ConfigError, match="whose tables are csv or Parquet"):
        understand(corpus)


def test_a_header_that_would_run_code_is_refused(tmp_path: Path):
    mark = tmp_path / "ran"
    header = f"!!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.PosixPath [{mark}]]\n"

    with pytest.raises(ConfigError, match=r"db\.yaml: cannot be read as YAML"):
        understand(folder("a.wav", lists={"db.yaml": header}))
    assert not mark.exists()


def test_the_files_of_a_database_are_those_of_the_folder(tmp_path: Path):
    understood = understand(stored(database(), tmp_path, "a.wav", "b.wav", "c.wav"))

    assert {row.path for row in understood.rows} == {PurePosixPath(name) for name in ("a.wav", "b.wav", "c.wav")}
