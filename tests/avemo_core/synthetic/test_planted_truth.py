"""What was planted can be found again, where it was planted and nowhere else, by people who have not been seen."""

from collections.abc import Callable
from dataclasses import dataclass

import librosa
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from avemo_core.faces import landmarks, region
from avemo_core.faces.detect import Detector
from avemo_core.faces.mesh import Mesh
from avemo_core.runtime.one_at_a_time import one_at_a_time
from avemo_core.synthetic import corpus, plans
from avemo_core.synthetic.frames import frames
from avemo_core.synthetic.plans import ClipPlan

SAMPLE_RATE_HZ = 16_000
WINDOW = 512
FACES = 42
"""Clips whose pictures are drawn and looked at: six actors; sounds are cheap and all of them are heard."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@dataclass
class Pooled:
    """One row a clip: means and spreads over the steps inside the planted segment, and over those well outside it."""

    inside: np.ndarray
    outside: np.ndarray
    labels: np.ndarray
    actors: np.ndarray


@pytest.fixture(scope="module")
def faces() -> Pooled:
    return _pooled(plans.plan()[:FACES], _face_track)


@pytest.fixture(scope="module")
def voices() -> Pooled:
    return _pooled(plans.plan(), _voice_track)


def test_faces_show_the_emotion_inside_the_segment_and_not_outside(faces: Pooled):
    assert _accuracy(faces, _belief(faces, faces.inside)) > 0.5  # chance is a seventh; 25 or 26 of 42 are named, as the last digits fall
    assert _accuracy(faces, _belief(faces, faces.outside)) < 0.3


def test_voices_sound_of_the_emotion_inside_the_segment_and_not_outside(voices: Pooled):
    assert _accuracy(voices, _belief(voices, voices.inside)) > 0.5
    assert _accuracy(voices, _belief(voices, voices.outside)) < 0.3


def test_both_together_tell_more_than_either(faces: Pooled, voices: Pooled):
    face, voice = _belief(faces, faces.inside), _belief(voices, voices.inside)[:FACES]

    assert _accuracy(faces, face * voice) > max(_accuracy(faces, face), _accuracy(faces, voice))


def _pooled(planned: list[ClipPlan], track: Callable[[ClipPlan], tuple[np.ndarray, np.ndarray]]) -> Pooled:
    inside, outside = zip(*(_both_sides(plan, *track(plan)) for plan in planned), strict=True)
    return Pooled(
        inside=np.array(inside),
        outside=np.array(outside),
        labels=np.array([plan.label for plan in planned]),
        actors=np.array([plan.actor.name for plan in planned]),
    )


def _belief(pooled: Pooled, rows: np.ndarray) -> np.ndarray:
    """Probabilities of the labels for actors the classifier has not seen, each actor's mean taken out."""
    means = {name: rows[pooled.actors == name].mean(axis=0) for name in set(pooled.actors)}
    centred = rows - np.array([means[name] for name in pooled.actors])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=2000))
    folds = GroupKFold(len(means))
    return cross_val_predict(model, centred, pooled.labels, groups=pooled.actors, cv=folds, method="predict_proba")


def _accuracy(pooled: Pooled, belief: np.ndarray) -> float:
    return float(np.mean(np.unique(pooled.labels)[belief.argmax(axis=1)] == pooled.labels))


def _both_sides(plan: ClipPlan, track: np.ndarray, time_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and spread of a track inside the segment, and of its part more than 0.1 s away from it."""
    start_s, stop_s = plan.segment.start_s, plan.segment.stop_s
    inside = track[(time_s >= start_s) & (time_s < stop_s)]
    outside = track[(time_s < start_s - 0.1) | (time_s >= stop_s + 0.1)]
    return np.r_[inside.mean(axis=0), inside.std(axis=0)], np.r_[outside.mean(axis=0), outside.std(axis=0)]


def _face_track(plan: ClipPlan) -> tuple[np.ndarray, np.ndarray]:
    """Landmarks of every third frame, turned and scaled by the outer eye corners, and their times."""
    mesh, where, rows, times_s = Mesh(), None, [], []
    for frame in list(frames(plan))[::3]:
        where = where or region.of_detection(Detector().find(frame.picture)[0])
        points, _ = mesh.points(frame.picture, where)
        where = region.of_points(points)
        place = points[:, 0] + 1j * points[:, 1]
        level = (place - (place[33] + place[263]) / 2) / (place[263] - place[33])
        shape = landmarks.of(np.column_stack([level.real, level.imag]).astype(np.float32))
        rows.append(shape.ravel())
        times_s.append(frame.time_s)
    return np.array(rows), np.array(times_s)


def _voice_track(plan: ClipPlan) -> tuple[np.ndarray, np.ndarray]:
    """Cepstrum and pitch, window by window, and the windows' times on the picture's clock."""
    samples = corpus.sound(plan)
    with one_at_a_time("librosa"):  # which two processes must not compile at once
        cepstrum = librosa.feature.mfcc(y=samples, sr=SAMPLE_RATE_HZ, n_mfcc=13, n_fft=2 * WINDOW, hop_length=WINDOW)
        pitch_hz = librosa.yin(samples, fmin=80, fmax=700, sr=SAMPLE_RATE_HZ, frame_length=2 * WINDOW, hop_length=WINDOW)
    time_s = np.arange(len(pitch_hz)) * WINDOW / SAMPLE_RATE_HZ - plan.av_offset_s
    return np.vstack([cepstrum, np.log(pitch_hz)]).T, time_s
