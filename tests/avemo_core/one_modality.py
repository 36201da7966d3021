"""Planted clips of which none has a face, or none has sound, as the features table holds them."""

from dataclasses import replace

from avemo_core.features.clip_features import ClipFeatures
from tests.avemo_core.planted import Plan, planted


def without_pictures(clip: ClipFeatures) -> ClipFeatures:
    """As extracted from a sound file."""
    return replace(
        clip, shape=clip.shape[:0], appearance=clip.appearance[:0], frame_time_s=clip.frame_time_s[:0], has_face=clip.has_face[:0]
    )


def without_sound(clip: ClipFeatures) -> ClipFeatures:
    """As extracted from a silent film."""
    return replace(clip, audio=clip.audio[:0], audio_time_s=clip.audio_time_s[:0])


def people(count: int, seed: int = 0) -> list[ClipFeatures]:
    """Filmed and heard, of six people who all show every emotion."""
    made, _ = planted(Plan(clips=count, seed=seed, frames=(18, 24), segment=4, distractors=0))
    return [replace(clip, subject=f"person-{number % 6}") for number, clip in enumerate(made)]
