"""Corpora whose names and folders say it all."""

import pytest

from avemo_core.corpora.layouts import understand
from tests.avemo_core.corpora.layouts.made import by_path, folder, labels, left_out, splits

SILENT = "a silent copy (02) of a performance with sound"
SOUND = "a sound file of a performance that has a video"
COPY = "another file of a performance that is read already"
SONG = "a song (channel 02); --song reads songs too"


@pytest.mark.parametrize(
    ("layout", "path", "label", "split", "subject"),
    [
        ("RAVDESS", "Video_Speech_Actor_01/Actor_01/01-01-02-01-01-01-01.mp4", "calm", None, "ravdess-01"),
        ("RAVDESS", "Actor_12/03-01-06-01-02-01-12.wav", "fearful", None, "ravdess-12"),
        ("CREMA-D", "VideoFlash/1001_DFA_ANG_XX.flv", "anger", None, "crema-d-1001"),
        ("CREMA-D", "AudioWAV/1091_WSI_NEU_XX.wav", "neutral", None, "crema-d-1091"),
        ("Java-SED", "clips/03-02-05_01.mp4", "fear", None, "java-sed-03"),
        ("SAVEE", "AudioVisualClip/DC/a1.avi", "anger", None, "savee-DC"),
        ("SAVEE", "AudioVisualClip/KL/sa15.avi", "sadness", None, "savee-KL"),
        ("SAVEE", "JK_su03.wav", "surprise", None, "savee-JK"),
        ("EMO-DB", "wav/03a01Fa.wav", "happiness", None, "emo-db-03"),
        ("EMO-DB", "wav/16b10Lb.wav", "boredom", None, "emo-db-16"),
        ("TESS", "OAF_angry/OAF_back_angry.wav", "angry", None, "tess-OAF"),
        ("TESS", "YAF_pleasant_surprised/YAF_back_ps.wav", "pleasant_surprise", None, "tess-YAF"),
        ("TESS", "OAF_neutral/OA_bite_neutral.wav", "neutral", None, "tess-OAF"),
        ("MEAD", "M003/video/front/contempt/level_1/001.mp4", "contempt", None, "mead-M003"),
        ("MEAD", "MEAD/W009/audio/sad/level_3/021.m4a", "sad", None, "mead-W009"),
        ("eNTERFACE'05", "subject 1/anger/sentence 1/s1_an_1.avi", "anger", None, "enterface-01"),
        ("eNTERFACE'05", "enterface database/subject 6/surprise/s6_su_3.avi", "surprise", None, "enterface-06"),
        ("eNTERFACE'05", "subject 16/surprise/sentence 3/s16_su_3avi.avi", "surprise", None, "enterface-16"),
        ("CAER", "CAER/validation/Anger/0001.avi", "Anger", "val", None),
        ("AFEW", "Train/Angry/000046280.avi", "Angry", "train", None),
        ("AFEW", "Val_AFEW/Angry/000046280.avi", "Angry", "val", None),
        ("AFEW", "Test_AFEW/000046280.avi", None, "test", None),
        ("label/name", "happiness/x.mp4", "happiness", None, None),
        ("label/name", "Sad/x.flac", "Sad", None, None),
    ],
)
def test_a_corpus_is_known_by_its_names(layout: str, path: str, label: str | None, split: str | None, subject: str | None):
    understood = understand(folder(path))

    assert understood.layout == layout
    assert [(row.label, row.split, row.subject) for row in understood.rows] == [(label, split, subject)]


def test_a_corpus_is_read_in_any_folder_above_it():
    assert understand(folder("data/CREMA-D/AudioWAV/1001_DFA_ANG_XX.wav")).layout == "CREMA-D"
    assert splits(understand(folder("corpora/AFEW/Train/Sad/1.avi"))) == {"corpora/AFEW/Train/Sad/1.avi": "train"}


def test_two_corpora_never_share_a_person():
    first = understand(folder("Actor_03/01-01-03-01-01-01-03.mp4")).rows[0]
    second = understand(folder("03-02-05_01.mp4")).rows[0]

    assert first.subject != second.subject


# RAVDESS


def test_of_a_performance_the_file_with_picture_and_sound_is_read_and_its_copies_are_named():
    with_sound, silent, sound = ("Actor_01/0{}-01-03-01-01-01-01.{}".format(*which) for which in ((1, "mp4"), (2, "mp4"), (3, "wav")))

    understood = understand(folder(silent, with_sound, sound))

    assert list(labels(understood)) == [with_sound]
    assert left_out(understood) == {SILENT: [silent], SOUND: [sound]}


def test_a_silent_copy_is_read_where_there_is_nothing_better():
    assert list(labels(understand(folder("02-01-03-01-01-01-01.mp4", "03-01-03-01-01-01-01.wav")))) == ["02-01-03-01-01-01-01.mp4"]


def test_songs_are_no_speech_until_the_user_says_so():
    speech, song = "01-01-03-01-01-01-01.mp4", "01-02-03-01-01-01-01.mp4"

    assert left_out(understand(folder(speech, song))) == {SONG: [song]}
    assert list(labels(understand(folder(speech, song), song=True))) == [speech, song]


def test_a_folder_that_holds_a_corpus_twice_gives_each_performance_once():
    understood = understand(folder("Actor_01/03-01-03-01-01-01-01.wav", "audio_speech_actors_01-24/Actor_01/03-01-03-01-01-01-01.wav"))

    assert left_out(understood) == {COPY: ["audio_speech_actors_01-24/Actor_01/03-01-03-01-01-01-01.wav"]}


# other corpora of actors


def test_videos_of_crema_d_win_over_its_sound_files_and_one_name_has_two_spellings():
    understood = understand(folder("VideoFlash/1040_ITH_SAD_XX.flv", "AudioWAV/1040_ITH_SAD_X.wav", "AudioMP3/1040_ITH_SAD_X.mp3"))

    assert list(labels(understood)) == ["VideoFlash/1040_ITH_SAD_XX.flv"]
    assert left_out(understood) == {SOUND: ["AudioMP3/1040_ITH_SAD_X.mp3", "AudioWAV/1040_ITH_SAD_X.wav"]}


@pytest.mark.parametrize("name", ["1076_MTI_NEU_XX", "1076_MTI_SAD_XX", "1064_TIE_SAD_XX", "1064_IEO_DIS_MD"])
def test_clips_of_crema_d_that_are_known_to_be_broken_are_left_out(name: str):
    understood = understand(folder(f"VideoFlash/{name}.flv", "VideoFlash/1001_DFA_ANG_XX.flv"))

    assert left_out(understood) == {"broken in the published corpus": [f"VideoFlash/{name}.flv"]}


def test_of_the_seven_cameras_of_mead_the_front_one_is_read():
    front, left = "M003/video/front/angry/level_1/001.mp4", "M003/video/left_30/angry/level_1/001.mp4"

    understood = understand(folder(front, left, "M003/audio/angry/level_1/001.m4a", "M003/audio/angry/level_2/001.m4a"))

    assert list(labels(understood)) == ["M003/audio/angry/level_2/001.m4a", front]
    assert left_out(understood) == {"a view other than the front one": [left], SOUND: ["M003/audio/angry/level_1/001.m4a"]}


def test_a_take_of_savee_is_the_same_with_and_without_a_leading_zero():
    understood = understand(folder("AudioVisualClip/DC/a1.avi", "AudioData/DC/a01.wav", "AudioData/DC/sa01.wav"))

    assert labels(understood) == {"AudioVisualClip/DC/a1.avi": "anger", "AudioData/DC/sa01.wav": "sadness"}


def test_the_person_of_enterface_is_the_folders_and_not_the_names():
    understood = understand(folder("subject 11/anger/sentence 1/s12_an_1.avi", "subject 12/anger/sentence 1/s12_an_1.avi"))

    assert [row.subject for row in understood.rows] == ["enterface-11", "enterface-12"]


def test_corpora_of_sound_alone_are_not_found_in_videos_of_like_names():
    assert understand(folder("03a01Fa.mp4")).layout == "unlabelled"
    assert understand(folder("OAF_back_angry.mp4")).layout == "unlabelled"


# no corpus


def test_a_sound_file_beside_its_video_is_left_out_and_two_videos_are_not():
    understood = understand(folder("happy/a.mp4", "happy/a.wav", "sad/b.mp4", "sad/b.avi"))

    assert list(labels(understood)) == ["happy/a.mp4", "sad/b.avi", "sad/b.mp4"]
    assert left_out(understood) == {SOUND: ["happy/a.wav"]}


@pytest.mark.parametrize("ending", ["wav", "flac", "mp3", "ogg", "opus", "m4a", "mp4", "MKV"])
def test_clips_that_lie_in_the_folder_itself_are_read_without_labels(ending: str):
    understood = understand(folder(f"a.{ending}", "b.mov", lists={"notes.txt": ""}))

    assert understood.layout == "unlabelled"
    assert labels(understood) == {f"a.{ending}": None, "b.mov": None}


# folds of people


def test_the_actors_of_a_fold_are_test_and_all_others_train():
    names = [f"Actor_{actor:02}/01-01-03-01-01-01-{actor:02}.mp4" for actor in range(1, 25)]

    tested = {fold: {path for path, split in splits(understand(folder(*names), fold=fold)).items() if split == "test"} for fold in "12345"}

    assert {int(path[6:8]) for path in tested["1"]} == {2, 5, 14, 15, 16}
    assert sorted(path for paths in tested.values() for path in paths) == names


def test_the_last_fold_of_crema_d_takes_the_actor_who_is_left():
    names = [f"{actor}_DFA_ANG_XX.flv" for actor in range(1001, 1092)]

    sizes = [sum(split == "test" for split in splits(understand(folder(*names), fold=fold)).values()) for fold in "12345"]

    assert sizes == [18, 18, 18, 18, 19]


def test_without_a_fold_a_corpus_of_actors_has_no_splits():
    understood = understand(folder("1001_DFA_ANG_XX.flv", "1091_DFA_ANG_XX.flv"))

    assert (understood.folds, understood.fold) == (["1", "5"], None)
    assert [row.split for row in by_path(understood).values()] == [None, None]


def test_where_people_are_the_folds_a_person_is_named():
    understood = understand(folder("AudioVisualClip/DC/a1.avi", "AudioVisualClip/JE/a1.avi"), fold="JE")

    assert splits(understood) == {"AudioVisualClip/DC/a1.avi": "train", "AudioVisualClip/JE/a1.avi": "test"}
