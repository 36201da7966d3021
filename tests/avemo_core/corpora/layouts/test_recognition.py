"""Which layout a folder follows, and what is said where it follows none."""

import pytest

from avemo_core.corpora.layouts import LAYOUTS, understand
from avemo_core.errors import ConfigError
from tests.avemo_core.corpora.layouts.made import folder, labels, left_out

ACTORS = [f"{actor}_DFA_ANG_XX.flv" for actor in range(1001, 1010)]


def test_one_stray_in_ten_is_left_out_with_its_name():
    understood = understand(folder(*ACTORS, "making-of.mp4"))

    assert len(understood.rows) == 9
    assert left_out(understood) == {"does not follow the layout CREMA-D": ["making-of.mp4"]}


def test_more_strays_are_refused_with_the_first_and_the_layout_of_the_others():
    with pytest.raises(ConfigError, match=r"9 of its 11 clips follow CREMA-D.*first that does not is making-of\.mp4"):
        understand(folder(*ACTORS, "making-of.mp4", "trailer.mp4"))


def test_a_few_names_of_a_corpus_among_clips_without_labels_make_no_corpus():
    assert understand(folder(ACTORS[0], "a.mp4", "b.mp4")).layout == "unlabelled"


def test_files_of_one_name_and_two_endings_are_clips_of_their_own_names():
    understood = understand(folder("a.mp4", "a.avi", "b.mp4"))

    assert [row.clip_id for row in understood.rows] == ["a.avi", "a.mp4", None]


def test_files_that_are_no_clips_are_no_strays():
    understood = understand(folder(*ACTORS, lists={"README.md": "", "SentenceFilenames.csv": "a,b\n", "finishedResponses.csv": ""}))

    assert (len(understood.rows), understood.left_out) == (9, {})


@pytest.mark.parametrize("name", ["enterface05", "ENTERFACE'05", "eNTERFACE-05"])
def test_a_layout_is_named_in_any_case_and_without_its_punctuation(name: str):
    assert understand(folder("subject 1/anger/sentence 1/s1_an_1.avi"), layout=name).layout == "eNTERFACE'05"


def test_a_layout_that_nobody_knows_is_refused_with_those_there_are():
    with pytest.raises(ConfigError, match=r"--layout FER: expected one of audformat, IEMOCAP.*unlabelled"):
        understand(folder("a.mp4"), layout="FER")


def test_a_forced_layout_that_does_not_fit_is_refused_with_the_first_clip():
    with pytest.raises(ConfigError, match=r"0 of its 2 clips follow RAVDESS.*first that does not is a\.mp4"):
        understand(folder("a.mp4", "b.mp4"), layout="ravdess")


def test_a_forced_layout_wins_over_a_stricter_one():
    names = [f"anger/{name}" for name in ACTORS]

    assert understand(folder(*names)).layout == "CREMA-D"
    assert set(labels(understand(folder(*names), layout="label/name")).values()) == {"anger"}
    assert set(labels(understand(folder(*names), layout="unlabelled")).values()) == {None}


def test_caer_and_afew_have_the_same_folders_and_are_told_apart_by_names():
    assert understand(folder("train/Anger/0001.avi", "validation/Happy/0002.avi")).layout == "CAER"
    assert understand(folder("train/Angry/0001.avi", "validation/Happy/0002.avi")).layout == "AFEW"


def test_folders_that_name_no_emotion_are_not_taken_for_labels():
    found = understand(folder("monday/a.mp4", "tuesday/b.mp4"))

    assert found.layout == "unlabelled"
    assert labels(found) == {"monday/a.mp4": None, "tuesday/b.mp4": None}
    assert labels(understand(folder("monday/a.mp4"), layout="label/name")) == {"monday/a.mp4": "monday"}


def test_clips_beside_folders_of_labels_are_not_read_as_unlabelled():
    with pytest.raises(ConfigError, match=r"1 of its 2 clips follow label/name.*first that does not is b\.mp4"):
        understand(folder("happy/a.mp4", "b.mp4"))


def test_a_table_beside_the_clips_is_asked_about_before_its_labels_are_lost():
    with pytest.raises(ConfigError, match=r"holds clips\.csv: is that the table"):
        understand(folder("a.mp4", lists={"clips.csv": "clip_id,path\n"}))


@pytest.mark.parametrize("names", [[], ["notes.txt"]])
def test_a_folder_without_clips_is_refused(names: list[str]):
    with pytest.raises(ConfigError, match="no clip in the folder"):
        understand(folder(*names))


def test_a_folder_of_which_no_clip_is_left_says_why():
    with pytest.raises(ConfigError, match=r"no clip in the folder is left, read as RAVDESS: 1: a song .*--song reads songs"):
        understand(folder("01-02-03-01-01-01-01.mp4"))


@pytest.mark.parametrize(
    ("clip", "fold", "message"),
    [
        ("1001_DFA_ANG_XX.flv", "9", "--fold 9: expected one of the folds of CREMA-D in this folder: 1"),
        ("Train/Angry/1.avi", "1", "--fold 1: AFEW has no published folds"),
        ("a.mp4", "1", "--fold 1: unlabelled has no published folds"),
    ],
)
def test_a_fold_that_is_not_there_is_refused_with_those_that_are(clip: str, fold: str, message: str):
    with pytest.raises(ConfigError, match=message):
        understand(folder(clip), fold=fold)


def test_songs_are_asked_for_where_there_are_any():
    with pytest.raises(ConfigError, match="--song is for corpora with songs"):
        understand(folder("1001_DFA_ANG_XX.flv"), song=True)


@pytest.mark.parametrize(
    ("clip", "side_file"),
    [
        ("train_splits/dia0_utt0.mp4", "train_sent_emo.csv"),
        ("Session1/dialog/avi/DivX/Ses01F_impro01.avi", "EmoEvaluation"),
        ("session1/S01A/P/MSP-IMPROV-S01A-F01-P-FM01.avi", "Evaluation.txt"),
        ("Clip/original/1.mp4", "set_1.csv"),
        ("data/clips/00025.mp4", "train.txt"),
        ("BAUM1s_MP4 - All/s001/S001_001.mp4", "Annotations_BAUM1s.csv"),
    ],
)
def test_clips_of_a_corpus_without_its_list_of_labels_are_refused_with_the_list(clip: str, side_file: str):
    with pytest.raises(ConfigError, match=rf"{side_file}.* is not in the folder\n.*--layout unlabelled"):
        understand(folder(clip))

    assert labels(understand(folder(clip), layout="unlabelled")) == {clip: None}


def test_a_forced_layout_whose_list_is_missing_names_the_list():
    with pytest.raises(ConfigError, match="asked to read it as MER, but a csv file with the columns name and discrete"):
        understand(folder("a.mp4"), layout="MER")


def test_layouts_have_names_of_their_own():
    assert len({layout.name.casefold() for layout in LAYOUTS}) == len(LAYOUTS)
