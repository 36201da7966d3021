"""The card's words on where a model may be relied on: how many answers are wrong, by how many are given, and what it calls novel."""

from collections.abc import Iterator
from typing import Final

from avemo_core.abstention.threshold import tried_answers
from avemo_core.bundle.bundle import Bundle
from avemo_core.novelty.detector import MODALITIES
from avemo_core.novelty.ranks import LEAST_CLIPS
from schemas.novelty import NOVEL

_SHOWN: Final = 4
"""Every so many-th of the confidences that are tried, from the one that answers most."""


def reliance(bundle: Bundle) -> list[str]:
    """Lines of Markdown; none of a bundle for which nobody was held out."""
    if bundle.held_out is None or bundle.novelty is None:
        return []
    return ["## Risk and coverage", "", *_answers(bundle), "", *_novelty(bundle), ""]


def _answers(bundle: Bundle) -> Iterator[str]:
    if bundle.held_out is None:
        return
    yield (
        f"How many of {len(bundle.held_out):,} held-out clips of {bundle.held_out.people} people or files are answered from a confidence "
        "on (novel ones never), and what share of the answers is wrong. The bound is what `score --abstain` keeps to: of people never seen "
        "no greater share should be wrong, in nine trainings of ten."
    )
    if bundle.metrics.get("calibration", {}).get("seen_by_selection") is not False:
        yield "The selection has seen these clips, or may have: wrong answers are more than they show."
    yield ""
    yield "| confidence from | answered | wrong | bound |"
    yield "|---|---|---|---|"
    for answers in list(tried_answers(bundle.held_out))[::-1][::_SHOWN]:
        yield f"| {answers.confidence:.3f} | {answers.share:.3f} | {answers.risk:.3f} | {answers.bound:.3f} |"


def _novelty(bundle: Bundle) -> Iterator[str]:
    if bundle.novelty is None:
        return
    modalities = " and ".join(name for name in MODALITIES if name in bundle.novelty.training.gaussians)
    clips = len(bundle.novelty.held_out)
    if clips < LEAST_CLIPS:
        yield f"Novelty is not told: it takes {LEAST_CLIPS} held-out clips, and there are {clips}."
        return
    yield (
        f"Novelty is the share of {clips:,} held-out clips that lie nearer to the training clips, by {modalities}; above {NOVEL} a clip is "
        "novel. The figures are of clips like those it learned from: about novel ones the model may be wrong far more often."
    )
