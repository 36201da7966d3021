"""Whether two machines made the same of the built-in clip, as far as their precision allows.

Of one clip, against float32 with all units of an AMD EPYC (`benchmarks/preflight.py` prints it again):

    appearance, share of its length     bfloat16 0.0070, float16 0.0009, int8 0.0319, OpenCV without AVX 0.0053
    shape                               OpenCV without AVX 0.0014
    sound                               0

What must be told from that: the other landmark network moves the appearance by 0.13 and the shape by 0.09, the next picture by 0.12.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from avemo_core.preflight.sample import Sample

_APPEARANCE: Final = {"float32": 0.02, "float16": 0.02, "bfloat16": 0.04, "int8": 0.06}
"""Share of the vector's length, by precision: several times what differed in practice, and a small part of what a fault makes."""
_SHAPE: Final = 0.02
"""In units of the face's size."""
_AUDIO: Final = 0.005
"""Share of the vector's length."""
_OTHER_AUDIO: Final = 0.05
"""Share of the vector's length, of audio sets beside the 27 features: speech encoders run where the face network does, in its precision."""
_TIME_S: Final = 0.001


def differences(found: Sample, expected: Sample, precision: str) -> list[str]:
    """What differs, a few words each with by how much, and at last what computed it; [] where nothing differs.

    Args:
        found: by another machine, device or precision.
        expected: by this machine in float32.
        precision: of `found`: float32, bfloat16, float16 or int8.
    """
    said = _counts(found, expected) or _faces(found, expected) or _values(found, expected, precision)
    return [*said, f"computed on {found.computed_on}"] if said else []


def _faces(found: Sample, expected: Sample) -> list[str]:
    here, there = found.has_face, expected.has_face
    return [f"a face in {here.sum()} pictures, where {there.sum()} have one"] if (here != there).any() else []


def _values(found: Sample, expected: Sample, precision: str) -> list[str]:
    """What differs in values of the same pictures and steps."""
    faces = expected.has_face
    measured = (
        ("times of the pictures", "s", _most(found.frame_time_s - expected.frame_time_s), _TIME_S),
        ("times of the sound", "s", _most(found.audio_time_s - expected.audio_time_s), _TIME_S),
        ("shape", "of the face's size", _most(found.shape[faces] - expected.shape[faces]), _SHAPE),
        ("appearance", "of its length", _relative(found.appearance[faces], expected.appearance[faces]), _APPEARANCE[precision]),
        ("sound", "of its length", _relative(found.audio, expected.audio), _AUDIO),
        *((name, "of its length", _relative(found.other_audio[name], own), _OTHER_AUDIO) for name, own in expected.other_audio.items()),
    )
    # Not `by > most`: a value that is no number fits nothing.
    return [f"{what} by {by:.2g} {unit}, where {most:g} is allowed" for what, unit, by, most in measured if not by <= most]


def _counts(found: Sample, expected: Sample) -> list[str]:
    """What differs in how many pictures, steps and values there are."""
    counted: Sequence[tuple[str, Callable[[Sample], Any]]] = (
        ("pictures", lambda one: len(one.frame_time_s)),
        ("steps of sound", lambda one: len(one.audio_time_s)),
        ("values of a picture", lambda one: one.appearance.shape[1:]),
        ("values of sound", lambda one: one.audio.shape[1:]),
        ("steps and values of other audio sets", lambda one: {name: values.shape for name, values in one.other_audio.items()}),
    )
    pairs = ((what, count(found), count(expected)) for what, count in counted)
    return [f"{here} {what}, where {there} are expected" for what, here, there in pairs if here != there]


def _most(difference: Float[ndarray, "..."]) -> float:
    return float(np.abs(difference).max(initial=0.0))


def _relative(found: Float[ndarray, "step value"], expected: Float[ndarray, "step value"]) -> float:
    """The largest distance of two steps, as a share of the expected one's length."""
    length = np.maximum(np.linalg.norm(expected, axis=1), np.finfo(np.float32).tiny)
    return float((np.linalg.norm(found - expected, axis=1) / length).max(initial=0.0))
