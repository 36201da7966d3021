"""Whether a feature map tuned on emotion-labelled stills says more of people never seen than the feature map as it is.

Run: OMP_NUM_THREADS=1 python benchmarks/tuned_maps.py FEATURES TUNED [TUNED ...]
FEATURES and each TUNED are tables of the same clips, extracted with `--selection all`; a TUNED one with `--weights` that
`jobs/pretrain.py --from shipped` wrote, given a folder of stills for each emotion as if emotions were people.
"""

import sys

import numpy as np
from selection import clips_of, in_words, pooled, right


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

    def say(name: str, hits: np.ndarray) -> None:
        gain = in_words(hits - before, labels, subjects, "+.3f")
        print(f"{name:<60} {in_words(hits, labels, subjects)}   gain {gain}", flush=True)

    say("the map as it is", before)
    for location in tuned:
        other = pooled(clips_of(location)[0], subjects)
        say(f"{location}", hits_of(other, labels, subjects))
        say(f"{location} beside the map as it is", hits_of(np.concatenate([plain, other], 1), labels, subjects))


if __name__ == "__main__":
    main(*sys.argv[1:])
