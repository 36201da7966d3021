import csv
from pathlib import Path

import pytest

from avemo_core.corpora.clips_table import read_clips, understand_clips
from avemo_core.corpora.options import ReadOptions
from avemo_core.errors import ConfigError
from cluster.corpora.job import CorporaOptions, write_clips_table

RAVDESS = ["Actor_01/01-01-03-01-01-01-01.mp4", "Actor_01/02-01-03-01-01-01-01.mp4", "Actor_02/01-01-02-01-01-01-02.mp4"]


def touched(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def written(corpus: Path, out: Path, fold: str | None = None) -> list[dict[str, str]]:
    write_clips_table(CorporaOptions(clips=str(corpus), out=str(out), reading=ReadOptions(fold=fold)))
    return list(csv.DictReader(out.read_text().splitlines()))


def test_the_table_holds_what_was_understood(tmp_path: Path):
    rows = written(touched(tmp_path / "RAVDESS", *RAVDESS), tmp_path / "clips.csv", fold="1")

    assert rows == [
        {
            "clip_id": RAVDESS[0].removesuffix(".mp4"),
            "path": f"RAVDESS/{RAVDESS[0]}",
            "label": "happy",
            "split": "train",
            "subject": "ravdess-01",
        },
        {
            "clip_id": RAVDESS[2].removesuffix(".mp4"),
            "path": f"RAVDESS/{RAVDESS[2]}",
            "label": "calm",
            "split": "test",
            "subject": "ravdess-02",
        },
    ]


def test_the_table_is_read_as_the_folder_is(tmp_path: Path):
    corpus = touched(tmp_path / "corpus", "Train/Angry/a, b.avi", "Val/Happy/b.avi")

    written(corpus, tmp_path / "clips.csv")

    assert read_clips(str(tmp_path / "clips.csv")).equals(read_clips(str(corpus)))


@pytest.mark.parametrize(
    ("place", "path"),
    [("corpus/clips.csv", "happy/a.mp4"), ("elsewhere/clips.csv", "{0}/corpus/happy/a.mp4"), ("c/t.csv", "{0}/corpus/happy/a.mp4")],
)
def test_clips_below_the_tables_folder_are_named_as_seen_from_there(tmp_path: Path, place: str, path: str):
    (row,) = written(touched(tmp_path / "corpus", "happy/a.mp4"), tmp_path / place)

    assert row["path"] == path.format(tmp_path)


def test_ranges_and_regions_have_their_columns(tmp_path: Path):
    corpus = touched(tmp_path / "IEMOCAP", "Session1/dialog/avi/DivX/Ses01F_impro01.avi")
    (corpus / "Session1/dialog/EmoEvaluation").mkdir()
    (corpus / "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt").write_text(
        "[6.2901 - 8.2357]\tSes01F_impro01_M000\tneu\t[2.5, 2.5, 2.5]\n"
    )

    (row,) = written(corpus, tmp_path / "clips.csv")

    assert (row["clip_id"], row["start_s"], row["stop_s"], row["region"]) == ("Ses01F_impro01_M000", "6.2901", "8.2357", "0.5,0,1,1")


def test_a_table_that_is_there_already_is_never_replaced(tmp_path: Path):
    (tmp_path / "clips.csv").write_text("clip_id,path\nmine,a.mp4\n")

    with pytest.raises(ConfigError, match="is there already"):
        written(touched(tmp_path / "corpus", "happy/a.mp4"), tmp_path / "clips.csv")
    assert "mine" in (tmp_path / "clips.csv").read_text()


def test_the_summary_says_what_was_understood_and_what_was_left_out(tmp_path: Path):
    corpus = touched(tmp_path / "RAVDESS", *RAVDESS)

    summary = write_clips_table(CorporaOptions(clips=str(corpus), out=str(tmp_path / "clips.csv"), reading=ReadOptions(fold="1")))

    assert summary.lines() == [
        "layout: RAVDESS",
        "clips: 2, in 2 files",
        "labels: happy 1; outside the seven: calm 1",
        "subjects: 2",
        "splits: test 1, train 1",
        "folds: 1, 5; taken: 1",
        f"left out: 1, a silent copy (02) of a performance with sound; the first is {RAVDESS[1]}",
        f"done: 2 clips in {tmp_path}/clips.csv",
    ]


def test_what_is_not_known_is_counted(tmp_path: Path):
    corpus = touched(tmp_path / "phone", "a.mp4", "b.mp4")

    lines = write_clips_table(CorporaOptions(clips=str(corpus), out=str(tmp_path / "clips.csv"))).lines()

    assert lines[2:6] == [
        "labels: none of the seven emotions; without a label 2",
        "subjects: 0; clips of nobody known 2",
        "splits: none; in none 2",
        "folds: none; taken: none",
    ]


def test_the_users_words_for_labels_are_written_and_said(tmp_path: Path):
    corpus = touched(tmp_path / "RAVDESS", *RAVDESS)
    reading = ReadOptions(map_label=("calm=neutral",))

    summary = write_clips_table(CorporaOptions(clips=str(corpus), out=str(tmp_path / "clips.csv"), reading=reading))

    assert "label calm is written as neutral, as --map-label says: 1 clips" in summary.lines()
    assert read_clips(str(tmp_path / "clips.csv"))["label"].to_pylist() == ["happy", "neutral"]


def test_clips_of_other_labels_are_left_out_where_the_user_says_so(tmp_path: Path):
    corpus = touched(tmp_path / "RAVDESS", *RAVDESS)
    reading = ReadOptions(skip_other_labels=True)

    summary = write_clips_table(CorporaOptions(clips=str(corpus), out=str(tmp_path / "clips.csv"), reading=reading))

    assert f"left out: 1, labels outside the seven emotions; the first is {RAVDESS[2]}" in summary.lines()
    assert read_clips(str(tmp_path / "clips.csv")).num_rows == 1


def test_people_in_several_splits_are_said_with_what_reading_the_table_needs(tmp_path: Path):
    corpus = touched(tmp_path / "MELD", "train_splits/dia0_utt0.mp4", "dev_splits_complete/dia0_utt0.mp4")
    for split in ("train", "dev"):
        (corpus / f"{split}_sent_emo.csv").write_text("Speaker,Emotion,Dialogue_ID,Utterance_ID\nRoss,joy,0,0\n")

    lines = write_clips_table(CorporaOptions(clips=str(corpus), out=str(tmp_path / "clips.csv"))).lines()

    assert "lists: dev_sent_emo.csv, train_sent_emo.csv" in lines
    assert "in several splits: meld-Ross; to read the table, --same-people-in-splits is needed" in lines
    with pytest.raises(ConfigError, match="--same-people-in-splits"):
        read_clips(str(tmp_path / "clips.csv"))


@pytest.mark.parametrize(
    ("clips", "out", "message"),
    [
        ("nowhere", "clips.csv", "nowhere: expected the folder of a corpus, found nothing"),
        ("here/a.mp4", "clips.csv", "expected the folder of a corpus, found a file"),
        ("here", "clips.parquet", "expected the name of a .csv file"),
        ("nosuchscheme://x", "clips.csv", "cannot be reached"),
    ],
)
def test_what_is_no_corpus_or_no_table_is_refused(tmp_path: Path, clips: str, out: str, message: str):
    touched(tmp_path / "here", "a.mp4")
    corpus = clips if "://" in clips else f"{tmp_path}/{clips}"

    with pytest.raises(ConfigError, match=message):
        write_clips_table(CorporaOptions(clips=corpus, out=f"{tmp_path}/{out}"))


def test_what_might_have_said_more_of_a_folder_without_labels_is_named_as_every_command_names_it(tmp_path: Path):
    corpus = touched(tmp_path / "corpus", "Zorn/a.mp4", "Freude/b.mp4", "labels.csv")

    lines = write_clips_table(CorporaOptions(clips=str(corpus), out=str(tmp_path / "clips.csv"))).lines()

    notes = [
        line.strip()
        for line in understand_clips(str(corpus)).lines()
        if "labels" in line and not line.strip().startswith(("labels", "left"))
    ]
    assert len(notes) == 2
    assert set(notes) < set(lines)
