"""Corpora whose labels are in lists beside the clips; the lists here have a few made-up lines of the documented form."""

import pytest

from avemo_core.corpora.layouts import CorpusFolder, understand
from avemo_core.errors import ConfigError
from tests.avemo_core.corpora.layouts.made import by_path, folder, labels, left_out, splits

NOT_THERE = "listed with a label, but not in the folder"

# DFEW and MAFW


def dfew(spelling: str = "(single-labeled)") -> CorpusFolder:
    lists = {
        f"EmoLabel_DataSplit/{split}{spelling}/set_{fold}.csv": f"video_name,label\n{lines}\n"
        for fold, train, test in (("1", "1,1\n00002,6", "3,7"), ("2", "1,1\n3,7", "2,6"))
        for split, lines in (("train", train), ("test", test))
    }
    clips = (f"Clip/original/{number}.mp4" for number in (1, 2, 3, 4))
    return folder(*clips, "Clip/clip_224x224_avi/00001.avi", lists=lists)


def test_labels_and_splits_of_dfew_are_its_lists():
    understood = understand(dfew(), fold="2")

    assert (understood.layout, understood.folds, understood.fold) == ("DFEW", ["1", "2"], "2")
    assert labels(understood) == {"Clip/original/1.mp4": "happy", "Clip/original/2.mp4": "disgust", "Clip/original/3.mp4": "fear"}
    assert list(splits(understood).values()) == ["train", "test", "train"]


def test_clips_of_dfew_without_a_single_label_and_faces_cut_out_are_left_out():
    assert left_out(understand(dfew(), fold="1")) == {
        "no single label in the lists of DFEW": ["Clip/original/4.mp4"],
        "faces cut out of a clip; clips are read from Clip/original": ["Clip/clip_224x224_avi/00001.avi"],
    }


def test_the_lists_of_dfew_come_in_two_spellings():
    assert len(understand(dfew("(single_labeled)"), fold="1").rows) == 3


@pytest.mark.parametrize(("fold", "message"), [(None, "DFEW has 2 published folds.*--fold, one of 1, 2"), ("6", "--fold 6.*1, 2")])
def test_dfew_needs_one_of_its_folds(fold: str | None, message: str):
    with pytest.raises(ConfigError, match=message):
        understand(dfew(), fold=fold)


def test_a_number_that_is_no_label_of_dfew_is_refused():
    with pytest.raises(ConfigError, match="expected labels 1 to 7, found '8' for 1"):
        understand(folder("Clip/original/1.mp4", lists={"EmoLabel_DataSplit/train(single-labeled)/set_1.csv": "video_name,label\n1,8\n"}))


def test_labels_and_splits_of_mafw_are_its_lists():
    lists = {
        "Train & Test Set/single/no_caption/set_3/train.txt": "00001.mp4 anger\n00025.mp4 contempt\n",
        "Train & Test Set/single/no_caption/set_3/test.txt": "00030.mp4 happiness\n",
        "Train & Test Set/compound/no_caption/set_3/train.txt": "00001.mp4 anger_disgust\n",
    }

    understood = understand(folder("data/clips/00001.mp4", "data/clips/00025.mp4", "data/clips/00031.mp4", lists=lists), fold="3")

    assert understood.layout == "MAFW"
    assert labels(understood) == {"data/clips/00001.mp4": "anger", "data/clips/00025.mp4": "contempt"}
    assert left_out(understood) == {"no single label in the lists of MAFW": ["data/clips/00031.mp4"], NOT_THERE: ["30"]}


# MELD

MELD = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season\n"


def test_turns_of_meld_find_their_lines_in_the_csv_of_their_split():
    lists = {
        "train/train_sent_emo.csv": MELD
        + '1,"also I was the point person, no?",Chandler,neutral,neutral,0,0,8\n2,x,Ross,joy,positive,0,1,8\n',
        "dev_sent_emo.csv": MELD.encode() + b"1,It\x92s me,Phoebe,surprise,positive,0,0,1\n",
        "test_sent_emo.csv": MELD + "1,x,Joey,anger,negative,0,0,2\n",
    }
    clips = ["train/train_splits/dia0_utt0.mp4", "train/train_splits/dia0_utt1.mp4", "dev/dev_splits_complete/dia0_utt0.mp4"]

    understood = understand(folder(*clips, "output_repeated_splits_test/dia0_utt0.mp4", lists=lists))

    assert understood.layout == "MELD"
    assert {(row.split, row.label, row.subject) for row in understood.rows} == {
        ("train", "neutral", "meld-Chandler"),
        ("train", "joy", "meld-Ross"),
        ("val", "surprise", "meld-Phoebe"),
        ("test", "anger", "meld-Joey"),
    }


def test_clips_of_meld_that_are_broken_unlisted_or_missing_are_named():
    lists = {"train_sent_emo.csv": f"{MELD}1,x,Ross,joy,p,125,3,8\n2,x,Ross,joy,p,7,0,8\n3,x,Ross,joy,p,8,0,8\n"}
    clips = [f"train_splits/{name}.mp4" for name in ("dia125_utt3", "dia7_utt0", "dia9_utt9")]

    assert left_out(understand(folder(*clips, lists=lists))) == {
        "broken in the published corpus": ["train_splits/dia125_utt3.mp4"],
        "no line in the csv of its split": ["train_splits/dia9_utt9.mp4"],
        NOT_THERE: ["train/dia8_utt0"],
    }


def test_a_csv_that_lacks_a_column_is_refused_with_what_it_has():
    with pytest.raises(ConfigError, match=r"train_sent_emo\.csv lacks the column\(s\) Emotion: found speaker, dialogue_id, utterance_id"):
        understand(folder("train_splits/dia0_utt0.mp4", lists={"train_sent_emo.csv": "Speaker,Dialogue_ID,Utterance_ID\n"}))


# IEMOCAP

TURNS = (
    "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n"
    "[6.2901 - 8.2357]\tSes01F_impro01_F000\tneu\t[2.5000, 2.5000, 2.5000]\n"
    "C-E2:\tNeutral;\t()\n"
    "[10.0100 - 11.3925]\tSes01F_impro01_M000\tfru\t[2.0000, 3.0000, 3.0000]\n"
    "[14.8872 - 18.0175]\tSes01F_impro01_MXX0\txxx\t[2.5000, 2.5000, 2.5000]\n"
)
EVALUATION = "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt"
FILM = "Session1/dialog/avi/DivX/Ses01F_impro01.avi"
TURN = "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_{}.wav"


def test_a_dialogue_of_iemocap_is_a_clip_a_turn_with_its_range_and_the_half_of_who_speaks():
    understood = understand(folder(FILM, lists={EVALUATION: TURNS}))

    assert understood.layout == "IEMOCAP"
    assert [(row.clip_id, row.label, row.subject, row.start_s, row.stop_s, row.region) for row in understood.rows] == [
        ("Ses01F_impro01_F000", "neutral", "iemocap-1F", 6.2901, 8.2357, (0.0, 0.0, 0.5, 1.0)),
        ("Ses01F_impro01_M000", "frustrated", "iemocap-1M", 10.01, 11.3925, (0.5, 0.0, 1.0, 1.0)),
        ("Ses01F_impro01_MXX0", None, "iemocap-1M", 14.8872, 18.0175, (0.5, 0.0, 1.0, 1.0)),
    ]


def test_in_a_dialogue_named_after_the_man_he_is_on_the_left():
    turns = TURNS.replace("Ses01F", "Ses05M").replace("impro01", "script01_1b")
    film = "Session5/dialog/avi/DivX/Ses05M_script01_1b.avi"

    understood = understand(folder(film, lists={"Session5/dialog/EmoEvaluation/Ses05M_script01_1b.txt": turns}))

    assert [row.region for row in understood.rows] == [(0.5, 0.0, 1.0, 1.0), (0.0, 0.0, 0.5, 1.0), (0.0, 0.0, 0.5, 1.0)]


def test_sound_of_iemocap_is_read_where_there_is_no_video():
    sound = [TURN.format("F000"), TURN.format("M000")]

    alone = understand(folder(*sound, lists={EVALUATION: TURNS}))
    beside = understand(folder(FILM, *sound, "Session1/dialog/wav/Ses01F_impro01.wav", lists={EVALUATION: TURNS}))

    assert labels(alone) == dict(zip(sound, ["neutral", "frustrated"], strict=True))
    assert [row.region for row in alone.rows] == [None, None]
    assert left_out(alone) == {NOT_THERE: ["Ses01F_impro01_MXX0"]}
    assert {row.path.as_posix() for row in beside.rows} == {FILM}
    assert left_out(beside) == {
        "the sound of a whole dialogue": ["Session1/dialog/wav/Ses01F_impro01.wav"],
        "the sound of a turn that a video has": sound,
    }


def test_the_sessions_of_iemocap_are_its_folds():
    second = {EVALUATION.replace("1", "2", 1).replace("Ses01", "Ses02"): TURNS.replace("Ses01", "Ses02")}
    corpus = folder(FILM, FILM.replace("Session1", "Session2").replace("Ses01", "Ses02"), lists={EVALUATION: TURNS} | second)

    understood = understand(corpus, fold="2")

    assert understood.folds == ["1", "2"]
    assert {(row.subject, row.split) for row in understood.rows} == {
        ("iemocap-1F", "train"),
        ("iemocap-1M", "train"),
        ("iemocap-2F", "test"),
        ("iemocap-2M", "test"),
    }


# MSP-IMPROV


@pytest.mark.parametrize("name", ["Evaluation.txt", "Evalution.txt"])
def test_labels_of_msp_improv_stand_under_another_prefix(name: str):
    lines = (
        "UTD-IMPROV-S01A-F01-P-FM01.avi; N; A:3.000000; V:3.200000; D:3.000000 ; N:4.000000;\n"
        "P001; Neutral; Neutral; A:3.000000; V:3.000000; D:3.000000; N:4.000000;\n\n"
        "UTD-IMPROV-S08H-M06-S-MF02.avi; X; A:3.0; V:3.2; D:3.0 ; N:4.0;\n"
    )
    clips = ["session1/S01A/P/MSP-IMPROV-S01A-F01-P-FM01.avi", "session6/S08H/S/MSP-IMPROV-S08H-M06-S-MF02.avi"]

    understood = understand(folder(*clips, f"Audio/{clips[0].replace('avi', 'wav')}", lists={name: lines}), fold="6")

    assert (understood.layout, understood.folds) == ("MSP-IMPROV", ["1", "6"])
    assert [(row.label, row.subject, row.split) for row in understood.rows] == [
        ("neutral", "msp-improv-F01", "train"),
        (None, "msp-improv-M06", "test"),
    ]
    assert left_out(understood) == {"a sound file of a performance that has a video": [f"Audio/{clips[0].replace('avi', 'wav')}"]}


# BAUM-1


def test_labels_of_baum_1_are_found_wherever_their_columns_stand():
    lists = {
        "Annotations_BAUM1s.csv": "No,Gender,Clip Name,Emotion,Code\n1,Female,S001_001,Happiness,8\n2,Female,S001_002,Unsure,13\n",
        "Annotations_BAUM1a.csv": "Clip,Emotion\nS001_001,Anger\n",
    }
    clips = [f"BAUM1s_MP4 - All/s001/S001_00{number}.mp4" for number in (1, 2, 3)]

    understood = understand(folder(*clips, "BAUM1a_MP4_all/s001/S001_001.mp4", lists=lists))

    assert understood.layout == "BAUM-1"
    assert labels(understood) == {"BAUM1a_MP4_all/s001/S001_001.mp4": "anger", clips[0]: "happiness", clips[1]: "unsure"}
    assert {row.subject for row in understood.rows} == {"baum-1-001"}
    assert left_out(understood) == {"no label in Annotations_BAUM1s.csv": [clips[2]]}


# MER


def test_clips_of_mer_without_a_label_are_read_without_one():
    lists = {
        "train-label.csv": "name,discrete,valence\nsample_00000001,worried,-2.0\n",
        "test1-label.csv": "name,discrete,valence\nsample_00000002,angry,-1.0\n",
        "subtitle_chieng.csv": "name,chinese,english\nsample_00000003,x,y\n",
    }
    clips = [f"{place}/sample_0000000{number}.avi" for place, number in (("test1", 2), ("test3", 3), ("train", 1))]

    understood = understand(folder(*clips, "audio/sample_00000001.wav", lists=lists))

    assert understood.layout == "MER"
    assert list(labels(understood).values()) == ["angry", None, "worried"]
    assert list(splits(understood).values()) == ["test", None, "train"]
    assert left_out(understood) == {"a sound file of a performance that has a video": ["audio/sample_00000001.wav"]}


def test_the_columns_of_mer_in_a_table_of_other_files_make_no_mer():
    understood = understand(folder("happy/a.mp4", lists={"other.csv": "name,discrete\nsample_1,sad\n"}))

    assert by_path(understood)["happy/a.mp4"].label == "happy"
    assert understood.layout == "label/name"
