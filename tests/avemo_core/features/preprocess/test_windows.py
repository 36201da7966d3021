"""Windows of a clip are pooled as clips are, and what the pooled linear model makes of them says when an emotion shows."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from avemo_core.audio import yaafe
from avemo_core.bundle.attention import at_steps, fused_attention
from avemo_core.bundle.pooled_classifier import PooledClassifier
from avemo_core.evaluation.localisation import localisation
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.preprocess.config import PreprocessConfig
from avemo_core.features.preprocess.preprocessor import Preprocessor
from avemo_core.features.preprocess.windows import EVERY_S
from avemo_core.features.splicing import spliced
from avemo_core.model.batch import ClipInputs
from avemo_core.training import presets

RATE_HZ, FPS = 16000, 25
WIDE_S = 100.0


def config(evidence_s: float) -> PreprocessConfig:
    few = {"audio_components": 5, "shape_components": 4, "appearance_values": 6}
    return replace(presets.best().model, evidence_s=evidence_s, **few)


def clip_of(name: str, label: str, person: int, seed: int, seconds: float = 2.4) -> ClipFeatures:
    """A person's voice, higher and faster where angry, and a face whose values say the same."""
    rng, angry = np.random.default_rng(seed), label == "angry"
    samples = round(seconds * RATE_HZ)
    f0_hz = (120 + 25 * person) * (1.5 if angry else 1.0) * 2 ** (0.1 * np.sin(np.arange(samples) / RATE_HZ * (9 if angry else 4) + seed))
    phase = 2 * np.pi * np.cumsum(f0_hz) / RATE_HZ
    sound = 0.2 * sum(np.sin(n * phase) / n ** (1 if angry else 2) for n in range(1, 12)) + 0.01 * rng.normal(size=samples)
    frames = round(seconds * FPS)
    audio = yaafe.extract(sound)
    return ClipFeatures(
        clip_id=name,
        source_id=name,
        label=label,
        split=None,
        subject=f"p{person}",
        audio=audio,
        audio_time_s=(0.016 + 0.032 * np.arange(len(audio))).astype(np.float32),
        shape=rng.normal(size=(frames, 98)).astype(np.float32),
        appearance=(rng.normal(size=(frames, 6)) + person + 0.5 * angry).astype(np.float32),
        frame_time_s=(np.arange(frames) / FPS).astype(np.float32),
        has_face=np.arange(frames) % 7 > 0,
    )


@pytest.fixture(scope="module")
def clips() -> list[ClipFeatures]:
    """Three people with four angry and four neutral clips each."""
    labels = ("angry", "neutral") * 4
    return [clip_of(f"{p}-{n}", label, p, 10 * p + n) for p in range(3) for n, label in enumerate(labels)]


@pytest.fixture(scope="module")
def preprocessor(clips: list[ClipFeatures]) -> Preprocessor:
    """Fitted without the last person."""
    return Preprocessor.fit(clips[:16], config(0.8))


def inputs(
    preprocessor: Preprocessor, clips: Sequence[ClipFeatures], people: Sequence[ClipFeatures], evidence_s: float
) -> list[ClipInputs]:
    reading = replace(preprocessor, config=config(evidence_s))
    return reading.inputs(clips, reading.gather(people), with_windows=True)


def part_of(clip: ClipFeatures, start_s: float, stop_s: float) -> ClipFeatures:
    """The steps and frames from start to stop, both included."""
    audio, frames = ((time_s >= start_s) & (time_s <= stop_s) for time_s in (clip.audio_time_s, clip.frame_time_s))
    on_audio = {name: getattr(clip, name)[audio] for name in ("audio", "audio_time_s")}
    return replace(clip, **on_audio, **{name: getattr(clip, name)[frames] for name in ("shape", "appearance", "frame_time_s", "has_face")})


def test_a_window_as_wide_as_the_clip_is_the_clip(preprocessor: Preprocessor, clips: list[ClipFeatures]):
    (one,) = inputs(preprocessor, [clips[17]], clips[16:], WIDE_S)

    for window in one.windows.pooled:
        np.testing.assert_allclose(window, one.pooled, atol=1e-5)


def test_every_window_is_pooled_as_a_clip_of_its_steps_would_be(preprocessor: Preprocessor, clips: list[ClipFeatures]):
    (one,) = inputs(preprocessor, [clips[17]], clips[16:], 0.5)

    for middle_s, window in zip(one.windows.time_s, one.windows.pooled, strict=True):
        (alone,) = inputs(preprocessor, [part_of(clips[17], middle_s - 0.5, middle_s + 0.5)], clips[16:], 0.5)
        np.testing.assert_allclose(window, alone.pooled, atol=1e-5)


def test_a_window_holds_the_steps_at_both_of_its_ends(preprocessor: Preprocessor, clips: list[ClipFeatures]):
    """Eight steps a second, so that times and windows are binary fractions: 0.25 s around 0.5 s are the steps from 0.25 to 0.75 s."""
    eighth_s = np.arange(9, dtype=np.float32) / 8
    clip = replace(
        clips[17],
        audio=clips[17].audio[:9], audio_time_s=eighth_s,
        shape=clips[17].shape[1:10] , appearance=clips[17].appearance[1:10], frame_time_s=eighth_s, has_face=np.ones(9, bool),
    )  # fmt: skip

    (one,) = inputs(preprocessor, [clip], clips[16:], 0.25)
    (alone,) = inputs(preprocessor, [part_of(clip, 0.25, 0.75)], clips[16:], 0.25)

    np.testing.assert_array_equal(one.windows.time_s, [0.5])
    np.testing.assert_allclose(one.windows.pooled[0], alone.pooled, atol=1e-5)


@pytest.mark.parametrize(("seconds", "windows"), [(0.8, 1), (1.28, 1), (1.4, 2), (2.56, 2), (2.7, 3)])
def test_windows_stand_in_the_middles_of_equal_stretches_of_at_most_so_long(preprocessor: Preprocessor, seconds: float, windows: int):
    clip = clip_of("one", "angry", 2, 0, seconds + 1 / FPS)  # its last frame shows at `seconds`

    (one,) = inputs(preprocessor, [clip], [clip], 0.8)

    stretch_s = seconds / windows
    assert stretch_s <= EVERY_S
    np.testing.assert_allclose(one.windows.time_s, one.step_time_s[0] + stretch_s * (np.arange(windows) + 0.5), atol=0.04)


def test_a_window_of_silence_or_without_a_face_has_zeros_in_their_place(preprocessor: Preprocessor, clips: list[ClipFeatures]):
    silent = replace(clips[17], audio=np.where(clips[17].audio_time_s[:, None] < 1.2, 0, clips[17].audio))
    faceless = replace(clips[17], has_face=clips[17].frame_time_s > 1.2)
    widths = np.cumsum([len(preprocessor.scaler.streams[f"{name}_moments"].mean) for name in ("audio", "shape", "appearance", "prosody")])

    of_silence, of_nothing_seen = (one.windows.pooled[0] for one in inputs(preprocessor, [silent, faceless], clips[16:], 0.5))

    assert not of_silence[: widths[0]].any()
    assert not of_silence[widths[2] :].any()
    assert of_silence[widths[0] : widths[2]].any()
    assert not of_nothing_seen[widths[0] : widths[2]].any()


def test_clips_to_learn_from_have_no_windows(preprocessor: Preprocessor, clips: list[ClipFeatures]):
    assert all(one.windows is None for one in preprocessor.training_inputs(clips[:16]))


def test_evidence_turns_an_even_spread_to_the_moment_of_a_person_left_out(preprocessor: Preprocessor, clips: list[ClipFeatures]):
    pooled = PooledClassifier.fit(preprocessor.training_inputs(clips[:16]))
    angry, neutral = clips[16::2], clips[17::2]
    splices = [spliced([neutral[n], neutral[n - 1], one, neutral[n - 2], neutral[n - 3]], 2) for n, one in enumerate(angry)]

    found = []
    for one, (_, moment) in zip(inputs(preprocessor, [splice for splice, _ in splices], clips[16:], 0.8), splices, strict=True):
        logits = at_steps(pooled.over_windows(one), one.windows.time_s, one.step_time_s)
        even = np.full(logits.shape, 1 / len(logits), np.float32)
        found.append(localisation(fused_attention(even, logits)[:, one.label], one.step_time_s, *moment))

    assert np.mean([one.value for one in found]) > 3
    assert np.mean([one.ceiling for one in found]) == pytest.approx(5, abs=0.2)
