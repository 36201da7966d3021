"""A planted far cluster is novel, people left out are not, and a clip is judged by what it has."""

import numpy as np

from avemo_core.novelty.detector import MODALITIES, NoveltyDetector, TrainingClips
from schemas.novelty import NOVEL

WIDTHS = {"sound": 40, "face": 24}


def people(count: int, seed: int, *, shift: float = 0.0, clips: int = 20) -> list[dict[str, np.ndarray]]:
    """Clips of so many people, each with an own offset; `shift` moves all of them, as another recording would."""
    draw = np.random.default_rng(seed)
    own = [{name: 0.3 * draw.normal(size=width) + shift for name, width in WIDTHS.items()} for _ in range(count)]
    return [
        {name: (mean + draw.normal(size=len(mean))).astype(np.float32) for name, mean in each.items()} for each in own for _ in range(clips)
    ]


def fitted() -> NoveltyDetector:
    """On twenty people; twenty others were held out."""
    training = TrainingClips.fit(people(20, seed=0))
    return NoveltyDetector(training=training, held_out=training.distances(people(20, seed=1)))


def test_clips_of_another_recording_are_novel_and_those_of_new_people_are_not():
    detector = fitted()

    far, new = detector(people(4, seed=2, shift=2.0)), detector(people(40, seed=3))

    assert (far.novelty > NOVEL).mean() > 0.95
    assert (far.excess > 1).mean() > 0.95
    assert 0.02 < (new.novelty > NOVEL).mean() < 0.08


def test_what_is_novel_in_one_modality_is_novel_and_a_clip_without_it_is_not():
    detector, far, new = fitted(), people(4, seed=2, shift=3.0), people(4, seed=3)
    odd_sound = [{"sound": there["sound"], "face": here["face"]} for there, here in zip(far, new, strict=True)]
    without = [{"face": clip["face"]} for clip in odd_sound]

    assert (detector(odd_sound).novelty > NOVEL).mean() > 0.95
    assert (detector(without).novelty > NOVEL).mean() < 0.2


def test_a_detector_is_read_as_it_was_stored_and_without_arrays_there_is_none():
    detector, clips = fitted(), people(2, seed=5)

    assert NoveltyDetector.of_arrays(detector.arrays())(clips).novelty.tolist() == detector(clips).novelty.tolist()
    assert NoveltyDetector.of_arrays({}) is None


def test_a_training_without_a_modality_measures_nothing_in_it():
    distances = TrainingClips.fit([{"sound": clip["sound"]} for clip in people(3, seed=0)]).distances(people(1, seed=1))

    assert np.isnan(distances[:, MODALITIES.index("face")]).all()
    assert np.isfinite(distances[:, MODALITIES.index("sound")]).all()
