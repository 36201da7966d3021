"""Clips without pictures or without sound, and models that read one modality alone."""

from dataclasses import fields, replace

import numpy as np
import pytest

from avemo_core.errors import ConfigError
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.preprocess.modalities import as_read_by, is_read_by, modalities_of, step_time_s
from avemo_core.features.preprocess.preprocessor import Preprocessor
from avemo_core.model.batch import ClipInputs
from avemo_core.training import presets
from schemas.audio import AUDIO_WIDTH, COLUMNS
from tests.avemo_core.one_modality import people, without_pictures, without_sound

BOTH = people(14)
BEST = presets.best().model


def inputs_of(preprocessor: Preprocessor, clips: list[ClipFeatures]) -> list[ClipInputs]:
    return preprocessor.inputs(clips, preprocessor.gather(clips))


def assert_same(found: ClipInputs, expected: ClipInputs) -> None:
    for field in fields(ClipInputs):
        one, other = getattr(found, field.name), getattr(expected, field.name)
        if isinstance(one, dict):
            assert one.keys() == other.keys()
        for name in one if isinstance(one, dict) else [None]:
            np.testing.assert_array_equal(one if name is None else one[name], other if name is None else other[name], err_msg=field.name)


def blind(clip: ClipFeatures) -> ClipFeatures:
    """A row of sound as tables of before hold it: frames at 25 a second, none with a face."""
    clock_s = step_time_s(without_pictures(clip))
    zeros = {name: np.zeros((len(clock_s), getattr(clip, name).shape[1]), np.float32) for name in ("shape", "appearance")}
    return replace(clip, frame_time_s=clock_s, has_face=np.zeros(len(clock_s), bool), **zeros)


def test_a_row_without_frames_makes_the_inputs_that_a_row_of_frames_without_a_face_made():
    preprocessor = Preprocessor.fit(BOTH, BEST)

    found = inputs_of(preprocessor, [without_pictures(clip) for clip in BOTH])

    for one, before in zip(found, inputs_of(preprocessor, [blind(clip) for clip in BOTH]), strict=True):
        assert_same(one, before)


def test_the_clock_of_a_clip_without_pictures_has_25_steps_a_second_from_its_first_audio_step_on():
    clip = without_pictures(BOTH[0])
    clip = replace(clip, audio=clip.audio[:25], audio_time_s=(0.52 + 0.032 * np.arange(25)).astype(np.float32))

    np.testing.assert_allclose(step_time_s(clip), 0.52 + np.arange(20) / 25, atol=1e-6)


@pytest.mark.parametrize("steps", [1, 2])
def test_the_clock_of_the_shortest_sound_has_one_step(steps: int):
    clip = without_pictures(BOTH[0])
    clip = replace(clip, audio=clip.audio[:steps], audio_time_s=clip.audio_time_s[:steps])

    assert len(step_time_s(clip)) == 1


def test_a_voice_is_heard_alike_by_a_model_of_sound_whether_it_was_filmed_or_not():
    config = replace(BEST, modalities="sound")
    preprocessor = Preprocessor.fit([without_pictures(clip) for clip in BOTH], config)

    filmed, heard = inputs_of(preprocessor, BOTH), inputs_of(preprocessor, [without_pictures(clip) for clip in BOTH])

    for one, other in zip(filmed, heard, strict=True):
        assert_same(one, other)


def test_a_face_is_seen_alike_by_a_model_of_faces_whether_it_was_heard_or_not():
    preprocessor = Preprocessor.fit([without_sound(clip) for clip in BOTH], replace(BEST, modalities="face"))

    both, silent = inputs_of(preprocessor, BOTH), inputs_of(preprocessor, [without_sound(clip) for clip in BOTH])

    for one, other in zip(both, silent, strict=True):
        assert_same(one, other)


def test_inputs_have_no_column_of_what_is_not_read():
    sound = Preprocessor.fit(BOTH, replace(BEST, modalities="sound"))
    face = Preprocessor.fit(BOTH, replace(BEST, modalities="face"))

    assert (sound.widths.shape, sound.widths.appearance, face.widths.audio) == (0, 0, 0)
    both = Preprocessor.fit(BOTH, BEST)
    pooled = [inputs_of(each, BOTH[:1])[0].pooled.size for each in (sound, face, both)]
    assert pooled[0] + pooled[1] == pooled[2]
    assert min(pooled) > 0


def test_a_person_is_measured_on_the_clips_that_are_read():
    config = replace(BEST, modalities="sound")
    preprocessor = Preprocessor.fit(BOTH, config)
    mixed = [*BOTH[:6], *(without_sound(clip) for clip in BOTH[6:])]

    found = preprocessor.gather(mixed)

    assert {name: subject.clips for name, subject in found.subjects.items()} == {f"person-{number}": 1 for number in range(6)}


def test_a_sound_track_that_holds_nothing_is_no_sound():
    audio = np.zeros((9, AUDIO_WIDTH), np.float32)
    audio[:, COLUMNS["MFCC"]] = -8.0
    silent = replace(BOTH[0], audio=audio, audio_time_s=BOTH[0].audio_time_s[:9])

    audio_with_energy = audio.copy()
    audio_with_energy[4, COLUMNS["Energy"]] = 0.1

    assert not is_read_by(silent, "sound")
    assert is_read_by(replace(silent, audio=audio_with_energy), "sound")


def test_what_both_modalities_are_read_of_stays_as_it_is():
    assert as_read_by(BOTH[0], "audio-visual") is BOTH[0]


def test_clips_with_neither_are_nothing_to_learn_from():
    with pytest.raises(ConfigError, match="found neither in any"):
        modalities_of(has_sound=False, has_face=False)
