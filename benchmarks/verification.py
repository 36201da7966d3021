"""Are two pictures of one person? Equal error rates of a network's embeddings, and of its feature map, on folders of known people.

Run: OMP_NUM_THREADS=1 python benchmarks/verification.py IDENTITIES [NETWORK WEIGHTS]
Without a network: the shipped ResNet-29. People it was trained on make no figure.
"""

import sys

import numpy as np
import torch

from avemo_core.appearance import networks
from avemo_core.appearance.network import preprocessed
from avemo_core.appearance.stills import read_picture
from avemo_core.identity import identity_pictures
from avemo_core.identity.alignments import FaceLocator, cut_chip
from avemo_core.identity.verification import verify
from avemo_core.runtime import threads

BOOTSTRAPS = 200


def chips_of(location: str, side_px: int, *, aligned: bool) -> tuple[np.ndarray, np.ndarray]:
    """The chip of every picture with a face, and who it is."""
    locator, chips, persons = FaceLocator(side_px, aligned=aligned), [], []
    for picture in identity_pictures.pictures_of(location):
        alignment = locator.locate(read_picture(picture.uri))
        if alignment is not None:
            chips.append(cut_chip(picture.uri, alignment, side_px))
            persons.append(picture.subject)
    return np.stack(chips), np.array(persons)


@torch.inference_mode()
def values_of(network: networks.Identity, chips: np.ndarray) -> dict[str, np.ndarray]:
    """Embedding and feature map of each face, each summed over the face and its mirror image."""
    embeddings, maps = [], []
    for batch in torch.split(torch.from_numpy(chips), 16):
        sides = [preprocessed(side, network.mean_rgb, network.scale) for side in (batch, batch.flip(2))]
        embeddings.append(sum(network(side) for side in sides).numpy())
        maps.append(sum(network.trunk(side).flatten(1) for side in sides).numpy())
    return {"embedding": np.concatenate(embeddings), "map": np.concatenate(maps)}


def interval(values: np.ndarray, persons: np.ndarray) -> tuple[float, float]:
    """95 % interval over people: each draw keeps those that were drawn at least once."""
    draw, names = np.random.default_rng(0), np.unique(persons)
    eers = []
    for _ in range(BOOTSTRAPS):
        chosen = np.unique(draw.choice(names, len(names)))
        rows = np.flatnonzero(np.isin(persons, chosen))
        found = verify(values[rows], persons[rows].tolist())
        eers.append(np.nan if found is None else found.eer)
    low, high = np.nanquantile(eers, [0.025, 0.975])
    return float(low), float(high)


def main(location: str, name: str = "resnet29", weights: str | None = None) -> None:
    """Print the equal error rates, with our alignment and with the whole picture as the face."""
    threads.use_one()
    network = networks.with_weights(name, weights)[0].eval()
    for aligned in (False, True):
        chips, persons = chips_of(location, network.input_px, aligned=aligned)
        for kind, given in values_of(network, chips).items():
            axes, lengths, _ = np.linalg.svd(given, full_matrices=False)
            values = axes * lengths  # the same angles in as many dimensions as there are pictures
            found = verify(values, persons.tolist())
            assert found is not None  # noqa: S101 - pictures_of refuses fewer than two people
            low, high = interval(values, persons)
            how = "whole picture" if aligned else "aligned here"
            print(f"{how:<14} {kind:<10} EER {found.eer:.4f} [{low:.4f}, {high:.4f}]  {len(persons)} pictures, {found.people} people")


if __name__ == "__main__":
    main(*sys.argv[1:])
