"""What a model makes of audio sets beside yaafe27."""

from dataclasses import replace
from functools import cache, partial

import numpy as np
import pytest

from avemo_core.audio_sets.steps import AudioSteps
from avemo_core.errors import ConfigError
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.preprocess.audio_sets.statistics import MOST_WITH_FUNCTIONALS, statistics
from avemo_core.features.preprocess.audio_sets.whitening import WIDEST
from avemo_core.features.preprocess.preprocessor import Preprocessor
from avemo_core.features.preprocess.streams import moments_of
from avemo_core.features.preprocess.subjects import SubjectStatistics
from avemo_core.model.batch import ClipInputs
from avemo_core.training import presets
from tests.avemo_core.own_sets import OWN_WIDTH, own_set, with_own_set, without_own_set

CLIPS = with_own_set(28)
BEST = presets.best().normalising("on")
BOTH = BEST.reading("audio-visual", ("shape", "appearance", "yaafe27", "own")).model
OWN = BEST.reading("audio-visual", ("shape", "appearance", "own")).model
OWN_FIRST = replace(BOTH, inputs=("shape", "appearance", "own", "yaafe27"))
PLAIN = BEST.model
COMPONENTS = OWN_WIDTH
"""Of the own set's PCA: no more than it has values."""

fitted = cache(partial(Preprocessor.fit, CLIPS))


def inputs_of(preprocessor: Preprocessor, clips: list[ClipFeatures]) -> list[ClipInputs]:
    return preprocessor.inputs(clips, preprocessor.gather(clips))


def arrays(clip: ClipInputs) -> dict[str, np.ndarray]:
    return {name: getattr(clip, name) for name in ("audio", "shape", "appearance", "centre", "audio_time_s", "step_time_s", "pooled")}


@pytest.mark.slow
def test_a_model_of_the_papers_parts_makes_the_same_of_a_table_that_holds_more():
    bare = [replace(clip, other_audio={}) for clip in CLIPS]

    found = inputs_of(fitted(PLAIN), CLIPS)

    for one, other in zip(found, inputs_of(Preprocessor.fit(bare, PLAIN), bare), strict=True):
        for name, values in arrays(one).items():
            np.testing.assert_array_equal(values, arrays(other)[name], err_msg=name)


@pytest.mark.slow
def test_the_widths_that_a_network_is_built_for_are_those_of_its_inputs():
    for config in (PLAIN, BOTH, OWN, replace(BOTH, functionals_s=0.0)):
        preprocessor = fitted(config)

        made = inputs_of(preprocessor, CLIPS)[0]

        assert preprocessor.widths == (made.audio.shape[1], made.shape.shape[1], made.appearance.shape[1])


@pytest.mark.slow
def test_the_first_audio_set_that_is_named_gives_the_steps():
    on_yaafe, on_own = (inputs_of(fitted(config), CLIPS)[0] for config in (BOTH, OWN_FIRST))

    assert np.diff(on_yaafe.audio_time_s)[:-1] == pytest.approx(0.064, abs=1e-5)  # two of 32 ms
    assert np.diff(on_own.audio_time_s)[:-1] == pytest.approx(0.06, abs=1e-5)  # three of 20 ms


@pytest.mark.slow
def test_a_clip_without_the_set_has_its_mean_there_and_is_read_by_what_it_has():
    preprocessor = fitted(BOTH)
    whole, partial = (inputs_of(preprocessor, [clip, *CLIPS[1:]])[0] for clip in (CLIPS[0], without_own_set(CLIPS[0])))

    own = slice(preprocessor.widths.audio - 3 * COMPONENTS, None)

    assert whole.audio[:, own].any()
    assert not partial.audio[:, own].any()
    np.testing.assert_array_equal(partial.audio_time_s, whole.audio_time_s)


def test_a_clip_without_the_set_that_gives_the_steps_is_heard_on_those_of_the_next():
    preprocessor = fitted(OWN_FIRST)

    made = inputs_of(preprocessor, [without_own_set(CLIPS[0]), *CLIPS[1:]])[0]

    assert np.diff(made.audio_time_s)[:-1] == pytest.approx(0.064, abs=1e-5)


def test_without_yaafe27_there_is_no_prosody_and_what_is_read_has_no_column_of_it():
    preprocessor = fitted(OWN)

    assert preprocessor.widths.audio == 3 * COMPONENTS
    assert preprocessor.streams(CLIPS[0]).prosody.shape[1] == 0


@pytest.mark.slow
def test_a_person_is_taken_from_the_own_set_as_from_any_other_stream():
    shift = np.linspace(-1, 2, 12, dtype=np.float32)
    moved = [
        replace(clip, other_audio={"own": AudioSteps(clip.other_audio["own"].values + shift, clip.other_audio["own"].time_s)})
        if clip.subject == "person-1"
        else clip
        for clip in CLIPS
    ]
    preprocessor = Preprocessor.fit(CLIPS, replace(OWN, relevance_factor=0.0, audio_compressed=False))

    here, there = inputs_of(preprocessor, CLIPS)[1], inputs_of(preprocessor, moved)[1]

    assert CLIPS[1].subject == "person-1"
    np.testing.assert_allclose(there.audio, here.audio, atol=1e-3)


def test_what_was_gathered_of_people_comes_back_from_its_table():
    preprocessor = fitted(BOTH)
    gathered = preprocessor.gather(CLIPS)

    read = SubjectStatistics.from_table(gathered.to_table())

    one, other = gathered.subjects["person-2"], read.subjects["person-2"]
    assert one.streams.keys() == other.streams.keys() >= {moments_of("own")}
    np.testing.assert_array_equal(one.streams[moments_of("own")].sum, other.streams[moments_of("own")].sum)


@pytest.mark.slow
def test_a_fitted_preprocessor_comes_back_from_its_arrays():
    preprocessor = fitted(BOTH)

    read = Preprocessor.of_arrays(BOTH, preprocessor.arrays())

    for one, other in zip(inputs_of(preprocessor, CLIPS), inputs_of(read, CLIPS), strict=True):
        np.testing.assert_array_equal(one.audio, other.audio)
        np.testing.assert_array_equal(one.pooled, other.pooled)


def test_an_encoders_many_values_are_pooled_by_mean_and_deviation_alone():
    few, many = np.ones((4, MOST_WITH_FUNCTIONALS), np.float32), np.ones((4, MOST_WITH_FUNCTIONALS + 1), np.float32)

    assert statistics(few, with_functionals=True).shape == (1, 16 * few.shape[1])
    assert statistics(many, with_functionals=True).shape == (1, 2 * many.shape[1])
    assert statistics(many[:0], with_functionals=True).shape == (0, 2 * many.shape[1])


def test_a_clip_that_lacks_a_set_says_nothing_of_how_novel_its_sound_is():
    preprocessor = fitted(BOTH)

    whole, partial = inputs_of(preprocessor, [CLIPS[0], without_own_set(CLIPS[1])])

    assert (sorted(whole.description), sorted(partial.description)) == (["face", "sound"], ["face"])


def test_a_set_that_no_clip_has_is_refused_by_name():
    with pytest.raises(ConfigError, match="audio set own: expected clips that have any of it"):
        Preprocessor.fit([without_own_set(clip) for clip in CLIPS], BOTH)


def test_a_set_too_wide_to_whiten_is_refused_with_its_width():
    draw = np.random.default_rng(0)
    wide = [replace(clip, other_audio={"own": own_set(clip, draw, width=WIDEST + 1)}) for clip in CLIPS[:2]]

    with pytest.raises(ConfigError, match=r"audio set own: expected at most 4,096 values a step, found 4,097"):
        Preprocessor.fit(wide, OWN)
