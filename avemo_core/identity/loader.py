"""Batches of face chips streamed from their pictures: read ahead by threads, never more than a few batches in memory."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor

from avemo_core.errors import MediaError
from avemo_core.identity.alignments import Augmentation, cut_chip

PREFETCH: Final = 2
"""Batches read ahead of the one that is trained on."""
THREADS: Final = 4
"""Readers: decoding lets go of Python's lock, and on object stores most of the time is waiting."""
IGNORED: Final = -100
"""The class that torch's cross-entropy ignores."""
MAX_LOST: Final = 0.01
"""Share of the pictures that may be gone after their faces were found."""
FEW: Final = 3
"""So many may be gone of few."""


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """Identity pictures, the alignment of the face in each, and who it is."""

    uris: Sequence[str]
    to_picture: Float[np.ndarray, "picture 2 3"]
    """Alignments: affine maps from the chip's pixels to the picture's."""
    person: Int64[np.ndarray, " picture"]
    """Number among the people trained on; -1 for others."""
    side_px: int
    lost: set[int] = field(default_factory=set)
    """Pictures that could not be read any more; nothing is learned from them."""


Batch = tuple[UInt8[Tensor, "face height width rgb"], Int64[Tensor, " face"]]


def stream(pictures: Pictures, batches: Sequence[Sequence[int]], varied: tuple[int, ...] | None = None) -> Iterator[Batch]:
    """Yield chips and persons of each batch of pictures, in order; a picture that is gone gives a black chip of `IGNORED`.

    Args:
        pictures: what the batches' numbers mean.
        batches: numbers of pictures.
        varied: seeds the variation of each chip, with the picture's number; None: chips as they are.

    Raises:
        MediaError: so many pictures cannot be read any more that their storage must be at fault.
    """
    with ThreadPoolExecutor(THREADS, "read pictures") as readers:
        waiting: list[list[Future[np.ndarray]]] = []
        for number, batch in enumerate(batches):
            ahead = batches[number + len(waiting) : number + 1 + PREFETCH]
            waiting += [[readers.submit(_chip, pictures, index, varied) for index in later] for later in ahead]
            chips = np.stack([chip.result() for chip in waiting.pop(0)])
            persons = [IGNORED if index in pictures.lost else int(pictures.person[index]) for index in batch]
            yield torch.from_numpy(chips), torch.tensor(persons)


def _chip(pictures: Pictures, index: int, varied: tuple[int, ...] | None) -> np.ndarray:
    variation = None if varied is None else Augmentation.sampled(np.random.default_rng([*varied, index]), pictures.side_px)
    try:
        return cut_chip(pictures.uris[index], pictures.to_picture[index], pictures.side_px, variation)
    except MediaError:
        pictures.lost.add(index)
        if len(pictures.lost) > max(FEW, MAX_LOST * len(pictures.uris)):
            raise
        return np.zeros((pictures.side_px, pictures.side_px, 3), np.uint8)
