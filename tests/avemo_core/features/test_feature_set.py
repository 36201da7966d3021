"""Whether two tables were measured alike in what a model reads of them."""

import pytest

from avemo_core.features.feature_set import audio_set_in, is_alike, unlike
from avemo_core.features.parts import PAPER

OLDER = "resnet29 0 / 64 values 0 / facemesh-ibug49 / yaafe27 / every frame / media 2"
NEWER = "resnet29 0 / 9216 values 1 / facemesh-0.10.21-ibug49 / yaafe27 / 25 fps / media 2"
WIDER = OLDER.replace("yaafe27", "yaafe27+librosa 0.11+speech wavlm 8f3a layers -4..-1")


def test_features_that_differ_in_pictures_alone_are_the_same_to_a_model_of_sound_and_to_no_other():
    assert is_alike(OLDER, NEWER, ("yaafe27",))
    assert not is_alike(OLDER, NEWER, PAPER)
    assert not is_alike(OLDER, NEWER, ("shape", "appearance"))


@pytest.mark.parametrize(
    "other", [OLDER.replace("media 2", "media 3"), OLDER.removesuffix(" / media 2"), OLDER.replace("yaafe27", "yaafe28"), "x"]
)
def test_sound_that_was_read_or_measured_otherwise_is_not_the_same_to_a_model_of_sound(other: str):
    assert not is_alike(OLDER, other, ("yaafe27",))
    assert not is_alike(other, OLDER, ("yaafe27",))
    assert not is_alike(other, "y", ("yaafe27",))


def test_a_table_with_more_audio_sets_is_the_same_to_a_model_that_reads_none_of_them():
    assert is_alike(OLDER, WIDER, PAPER)
    assert not is_alike(OLDER, WIDER, (*PAPER, "librosa"))


@pytest.mark.parametrize(
    ("reads", "alike"), [(("librosa",), True), (("speech",), False), (("shape", "librosa"), True), (("yaafe27", "speech"), False)]
)
def test_of_another_speech_encoder_only_a_model_that_reads_it_minds(reads: tuple[str, ...], alike: bool):  # noqa: FBT001
    other = WIDER.replace("layers -4..-1", "layers -1")

    assert is_alike(WIDER, other, reads) is alike


def test_the_landmarks_place_the_chip_so_appearance_minds_them_and_the_selection_is_nothing_to_the_shape():
    landmarks, selection = OLDER.replace("facemesh", "other"), OLDER.replace("64 values 0", "64 values 1")

    assert [is_alike(OLDER, landmarks, (part,)) for part in ("shape", "appearance")] == [False, False]
    assert [is_alike(OLDER, selection, (part,)) for part in ("shape", "appearance")] == [True, False]


def test_what_is_no_feature_set_of_ours_is_the_same_as_itself_alone():
    assert is_alike("planted", "planted", PAPER)
    assert not is_alike("planted", "planted ", PAPER)


def test_the_parts_that_were_measured_otherwise_are_named():
    other = WIDER.replace("layers -4..-1", "layers -1").replace("64 values 0", "64 values 1")

    assert unlike(WIDER, other, (*PAPER, "librosa", "speech")) == ["appearance", "speech"]
    assert unlike(WIDER, WIDER, PAPER) == []


def test_an_audio_set_is_found_with_what_must_agree():
    assert audio_set_in(WIDER, "speech") == "speech wavlm 8f3a layers -4..-1"
    assert audio_set_in(WIDER, "egemaps") is None
