"""Which clips get pictures, and of which moments."""

from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from avemo_core.evaluation.peaks import attention_peaks
from avemo_core.report.attention import Attentions
from avemo_core.report.inputs import Media
from avemo_core.report.media.gallery import ClipMedia, Gallery, MediaRequest
from avemo_core.report.media.video import Range
from schemas.predictions import PROBABILITIES

_GOLDEN: Final = (5**0.5 - 1) / 2
"""Multiples of it fill the range from 0 to 1 evenly, wherever one stops."""


def make_pictures(table: pa.Table, folder: Path, media: Media, most: int) -> dict[int, ClipMedia]:
    """Make thumbnails at the attention peaks of the predicted emotion, and the video where it is to be shown.

    Args:
        table: rows of a predictions table.
        folder: the report's.
        media: blurred, shown or none.
        most: for at most so many clips.

    Returns:
        Row -> what was made.
    """
    if media is Media.NONE or not len(table):
        return {}
    return Gallery(folder, media).make(_wanted(table, by_interest(table)[:most]))


def by_interest(table: pa.Table) -> list[int]:
    """All rows in the order in which they deserve pictures: wrong ones, the surest first; then the others, spread over the table."""
    label, predicted = (table.column(name).to_pylist() for name in ("label", "predicted"))
    confidence = np.asarray(table.column("confidence"), np.float64)
    is_wrong = np.array(
        [true is not None and named is not None and true != named for true, named in zip(label, predicted, strict=True)], bool
    )
    wrong, others = np.flatnonzero(is_wrong), np.flatnonzero(~is_wrong)
    spread = np.argsort((np.arange(len(others)) * _GOLDEN) % 1.0)
    return [*wrong[np.argsort(-confidence[wrong], kind="stable")].tolist(), *others[np.argsort(spread)].tolist()]


def _wanted(table: pa.Table, rows: list[int]) -> list[MediaRequest]:
    attentions = Attentions.of(table)
    uris, starts, stops = (table.column(name).to_pylist() for name in ("uri", "start_s", "stop_s"))
    likeliest = np.stack([np.asarray(table.column(name)) for name in PROBABILITIES], 1).argmax(1)  # also where the model abstained
    return [
        MediaRequest(
            row=row,
            uri=uris[row],
            moments_s=_moments_s(attentions, row, int(likeliest[row])),
            range=Range(start_s=starts[row], stop_s=stops[row]),
        )
        for row in rows
    ]


def _moments_s(attentions: Attentions, row: int, emotion: int) -> tuple[float, ...]:
    clip = attentions[row]
    return tuple(float(clip.step_time_s[step]) for step in attention_peaks(clip.step_time_s, clip.perception[:, emotion]))
