"""Whether a feature map tuned on emotion-labelled stills says more of people never seen than the feature map as it is.

Run: OMP_NUM_THREADS=1 python benchmarks/tuned_maps.py FEATURES TUNED [TUNED ...]
FEATURES and each TUNED are tables of the same clips, extracted with `--selection all`; a TUNED one with `--weights` that
`jobs/pretrain.py --from shipped` wrote, given a folder of stills for each emotion as if emotions were people.
"""

import sys

import numpy as np
from selection import clips_of, interval, pooled, right


def hits_of(clips: np.ndarray, labels: np.ndarray, subjects: np.ndarray) -> np.ndarray:
    """Which clips a logistic regression names right that has not seen their person."""
    hits = np.zeros(len(clips))
    for subject in np.unique(subjects):
        learn, test = np.flatnonzero(subjects != subject), np.flatnonzero(subjects == subject)
        hits[test] = right(clips, labels, learn, test)
    return hits


def main(features: str, *tuned: str) -> None:
    """Print the accuracy of each feature map, and of each tuned one beside the one as it is, with intervals."""
    maps, labels, subjects = clips_of(features)
    plain = pooled(maps, subjects)
    before = hits_of(plain, labels, subjects)
    print(f"{len(maps)} clips, {len(np.unique(subjects))} people, chance {np.bincount(labels).max() / len(labels):.3f}")
    _print("the map as it is", before, before)
    for location in tuned:
        other = pooled(clips_of(location)[0], subjects)
        _print(f"{location}", hits_of(other, labels, subjects), before)
        _print(f"{location} beside the map as it is", hits_of(np.concatenate([plain, other], 1), labels, subjects), before)


def _print(name: str, hits: np.ndarray, before: np.ndarray) -> None:
    low, high = interval(hits)
    less, more = interval(hits - before)
    print(
        f"{name:<60} {hits.mean():.3f} [{low:.3f}, {high:.3f}]   gain {(hits - before).mean():+.3f} [{less:+.3f}, {more:+.3f}]", flush=True
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
