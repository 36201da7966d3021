"""Folders as people have them: what systems leave in them, links, folders in folders; no label is lost without a word."""

from pathlib import Path

import pytest

from avemo_core.corpora.clips_table import read_clips, understand_clips
from avemo_core.corpora.options import ReadOptions
from avemo_core.errors import ConfigError


def touched(folder: Path, *names: str) -> str:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return str(folder)


def labels(location: str) -> dict[str, str]:
    rows = read_clips(location).to_pylist()
    return {Path(row["path"]).name: row["label"] for row in rows}


def test_what_systems_leave_is_no_clip_and_no_stray(tmp_path: Path):
    left = ["__MACOSX/happy/a.mp4", "@eaDir/a.mp4/SYNO.mp4", "$RECYCLE.BIN/b.mp4", ".DS_Store", "happy/._a.mp4"]
    location = touched(tmp_path, "happy/a.mp4", "sad/b.mp4", "happy/Thumbs.db", *left)

    clips = understand_clips(location)

    assert clips.table["clip_id"].to_pylist() == ["happy/a", "sad/b"]
    assert clips.left_out == {"neither video nor sound": ["happy/Thumbs.db"]}


def test_a_folder_behind_a_link_is_read_and_one_that_leads_up_is_not(tmp_path: Path):
    touched(tmp_path / "elsewhere", "a.mp4")
    location = touched(tmp_path / "clips", "sad/b.mp4")
    (tmp_path / "clips/happy").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "clips/again").symlink_to(tmp_path / "clips")
    (tmp_path / "clips/sad/up").symlink_to(tmp_path)

    assert labels(location) == {"a.mp4": "happy", "b.mp4": "sad"}
    assert read_clips(f"{location}/hap*")["path"].to_pylist() == [f"{location}/happy/a.mp4"]


@pytest.mark.parametrize("above", ["", "data/", "a b/c#d/"])
def test_folders_of_labels_may_lie_deeper(tmp_path: Path, above: str):
    location = touched(
        tmp_path, *(f"{above}{label}/{n}.{ending}" for label in ("Anger", "joy ") for n, ending in enumerate(("MP4", "wav")))
    )

    clips = understand_clips(location)

    assert clips.layout == "layout label/name"
    assert sorted(clips.table["label"].to_pylist()) == ["angry", "angry", "happy", "happy"]


def test_labels_below_people_are_refused_with_the_way_to_have_them(tmp_path: Path):
    location = touched(tmp_path, "ann/happy/a.mp4", "bob/sad/b.mp4")

    with pytest.raises(ConfigError, match=r"Folders name emotions \(happy, sad\): --layout label/name"):
        understand_clips(location)
    assert labels_by(location, "label/name") == ["happy", "sad"]


def labels_by(location: str, layout: str) -> list[str]:
    return read_clips(location, ReadOptions(layout=layout))["label"].to_pylist()


@pytest.mark.parametrize(
    ("name", "files", "layout"),
    [
        ("M003", ["video/front/angry/level_1/001.mp4", "video/down/angry/level_1/001.mp4"], "MEAD"),
        ("subject 1", ["anger/sentence 1/s1_an_1.avi"], "eNTERFACE'05"),
        ("DC", ["a1.avi", "su12.avi"], "SAVEE"),
        ("happy", ["a.mp4"], "label/name"),
        ("Train_AFEW", ["Angry/a.avi/b.avi"], None),
    ],
)
def test_a_folder_whose_own_name_is_a_part_of_the_corpus_says_so(tmp_path: Path, name: str, files: list[str], layout: str | None):
    said = heard(touched(tmp_path / name, *files))

    hint = f"with the name of the folder itself, {name}, its files follow {layout}: give the folder above it"
    assert (hint in said) == (layout is not None)


def heard(location: str) -> str:
    """What a user reads, whether the folder is read or refused."""
    try:
        return "\n".join(understand_clips(location).lines())
    except ConfigError as error:
        return str(error)


def test_tables_beside_clips_without_labels_are_named(tmp_path: Path):
    location = touched(tmp_path, "a.mp4", "b.mp4", "metadata.csv", "notes.txt")

    assert "no table beside the clips is read (metadata.csv): to use one, give it instead of its folder" in understand_clips(location).notes


def test_a_folder_without_clips_says_what_it_holds(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"at least one video or sound file, found 2 other files, such as a\.docx"):
        understand_clips(touched(tmp_path, "a.docx", "b.docx"))


@pytest.mark.parametrize("name", ["memo.amr", "memo.aac", "memo.CAF", "memo.wma", "phone.3g2", "old.divx", "disc.rmvb", "camera.dv"])
def test_endings_of_telephones_recorders_and_older_systems_are_clips(tmp_path: Path, name: str):
    assert read_clips(touched(tmp_path, name))["clip_id"].to_pylist() == [name.partition(".")[0]]


@pytest.mark.parametrize("nothing", ["", " "])
def test_no_name_is_not_the_folder_that_one_is_in(nothing: str):
    with pytest.raises(ConfigError, match="no clips are named"):
        understand_clips(nothing)


def test_labels_outside_the_seven_are_none_where_labels_are_not_needed(tmp_path: Path):
    location = touched(tmp_path, *(f"Actor_01/01-01-{emotion}-01-01-01-01.mp4" for emotion in ("02", "03")))

    clips = understand_clips(location, needs_labels=False)

    assert clips.table["label"].to_pylist() == [None, "happy"]
    said = "labels outside the seven emotions are no labels here: 1 clips ('calm'); --map-label calm=neutral makes them one"
    assert said in clips.notes


def test_a_word_that_is_mapped_or_left_out_stays_so_where_labels_are_not_needed(tmp_path: Path):
    location = touched(tmp_path, "calm/a.mp4", "happy/b.mp4")

    mapped = understand_clips(location, ReadOptions(map_label=("calm=neutral",)), needs_labels=False)
    skipped = understand_clips(location, ReadOptions(skip_other_labels=True), needs_labels=False)

    assert mapped.table["label"].to_pylist() == ["neutral", "happy"]
    assert skipped.table["label"].to_pylist() == ["happy"]


def test_a_clips_table_beside_a_corpus_is_named(tmp_path: Path):
    location = touched(tmp_path, "01-01-03-01-01-01-01.mp4", "clips.csv", "notes.csv")

    assert "no table beside the clips is read (clips.csv): to use one, give it instead of its folder" in understand_clips(location).notes


def test_a_list_that_was_read_is_not_left_out(tmp_path: Path):
    location = touched(tmp_path, "train_splits/dia6_utt1.mp4", "README.md")
    (tmp_path / "train_sent_emo.csv").write_text("Speaker;Emotion;Dialogue_ID;Utterance_ID\nRoss;joy;6;1\n")

    clips = understand_clips(location)

    assert clips.table["label"].to_pylist() == ["happy"]  # a spreadsheet saved the list with semicolons
    assert clips.left_out == {"neither video nor sound": ["README.md"]}
    assert "lists that were read: 1 (train_sent_emo.csv)" in clips.notes
