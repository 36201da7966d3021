"""The first lines of the page: its headline numbers, and what a reader has to know before reading on."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.abstention.threshold import abstained_line
from avemo_core.corrections.learned import trained_before
from avemo_core.evaluation.in_words import interval_over
from avemo_core.novelty.in_words import novelty_line
from avemo_core.report.attention import Attentions
from avemo_core.report.faults import fault_counts
from avemo_core.report.inputs import Media, ReportInputs
from avemo_core.report.media.gallery import ClipMedia
from avemo_core.report.scoring import Scores
from schemas.rejects import Reason
from schemas.row_ids import of_other_faces


@dataclass(frozen=True, kw_only=True, slots=True)
class Tile:
    """One headline number."""

    value: str
    name: str
    remark: str = ""


def tiles(inputs: ReportInputs, table: pa.Table, scored: Scores | None) -> Iterator[Tile]:
    """Clips and rejects, and how right the counted clips are where any has a label."""
    rejected = 0 if inputs.rejects is None else len(inputs.rejects)
    faulty = sum(fault_counts(table).values())
    yield Tile(value=f"{len(table):,}", name="clips", remark=f"{rejected:,} rejected" + (f", {faulty:,} with a fault" if faulty else ""))
    unanswered = table.column("predicted").null_count
    if unanswered:
        remark = f"{unanswered:,} of {len(table):,} are not (--abstain)"
        if scored is not None and scored.is_answered.any():
            remark += f"; of those counted {_percent(scored.is_correct[scored.is_answered].mean())} of the answers are right"
        yield Tile(value=_percent(1 - unanswered / len(table)), name="answered", remark=remark)
    if scored is None:
        return
    figures = scored.figures
    absent = [emotion for emotion, recall in figures["recall"].items() if recall is None]
    without = f", without {', '.join(absent)}" if absent else ""
    yield Tile(
        value=_percent(figures["accuracy"]),
        name="accuracy",
        remark=f"{_bounds(figures, 'accuracy')}{interval_over(figures)}; {scored.scope}",
    )
    yield Tile(
        value=_percent(figures["uar"]),
        name="unweighted average recall",
        remark=f"{_bounds(figures, 'uar')}mean over the emotions that occur{without}",
    )
    yield Tile(value=_percent(figures["chance"]), name="chance", remark="always naming the commonest label")
    yield Tile(value=_percent(figures["ece"]), name="calibration error", remark="confidence against accuracy, ten bins")
    if figures["subjects"]:
        yield Tile(value=f"{len(figures['subjects']):,}", name="subjects", remark="among the clips counted")


def recalls(scored: Scores | None) -> Iterator[tuple[str, int, str]]:
    """Emotion, its clips and its recall, of the clips counted; one without clips has a dash."""
    if scored is None:
        return
    for (emotion, recall), counts in zip(scored.figures["recall"].items(), scored.figures["confusion"], strict=True):
        bounds = scored.figures["recall_interval"][emotion]
        said = f" ({100 * bounds[0]:.1f} to {100 * bounds[1]:.1f})" if bounds else ""
        yield emotion, sum(counts), "-" if recall is None else f"{100 * recall:.1f}{said}"


def notes(inputs: ReportInputs, table: pa.Table, scored: Scores | None) -> Iterator[str]:
    """What is missing or must not be misread."""
    if not len(table):
        yield "The predictions table has no rows."
        return
    if scored is None:
        yield "No clip has a label: accuracy, the confusion matrix and reliability are left out."
    elif scored.caution:
        yield scored.caution
    beside = pc.sum(of_other_faces(table)).as_py()
    if beside:
        yield f"{beside:,} of the {len(table):,} rows are of other faces than a clip's main one, which alone has label and subject."
    if line := novelty_line(table.column("novelty").to_numpy().astype(np.float64)):
        yield line
    if line := abstained_line(table.column("predicted").null_count, len(table)):
        yield f"{line}. Figures count every clip by its highest probability, but for those of the tile of answers."
    yield from _of_the_model(inputs, set(table.column("model_id").to_pylist()))
    yield from _of_corrections(inputs, table)
    yield from _of_the_attention(Attentions.of(table))


def _of_the_model(inputs: ReportInputs, makers: set[str]) -> Iterator[str]:
    if inputs.model is None:
        yield "The model's bundle was not at hand: its embeddings and history are left out."
    elif makers != {inputs.model.model_id}:
        yield f"The predictions were made by {', '.join(sorted(makers))}, but the model shown here is {inputs.model.model_id}."


def _of_corrections(inputs: ReportInputs, table: pa.Table) -> Iterator[str]:
    if inputs.model is not None and (told := trained_before(inputs.model.learned, table)):
        yield told


def _of_the_attention(attentions: Attentions) -> Iterator[str]:
    has_steps, has_alignment = (np.diff(starts) > 0 for starts in (attentions.first_step, attentions.first_aligned))
    without_steps, without_alignment = int((~has_steps).sum()), int((has_steps & ~has_alignment).sum())
    if without_steps:
        yield f"{without_steps:,} clip(s) have no steps, so no attention to show."
    if without_alignment:
        yield f"{without_alignment:,} clip(s) have no alignment: they have no sound, or the model does not align."


def media_notes(clips: int, media: Media, shown: Mapping[int, ClipMedia]) -> Iterator[str]:
    """What of the clips' pictures is in the report, and why some are not."""
    if not clips:
        return
    yield {
        Media.BLURRED: "Thumbnails have their faces blurred, and no video is in this report (--media blurred).",
        Media.SHOWN: "Thumbnails and videos show people as they are (--media shown).",
        Media.NONE: "Made without pictures of the clips (--media none).",
    }[media]
    if media is not Media.NONE and len(shown) < clips:
        yield f"{len(shown):,} of {clips:,} clips have pictures (--media-clips): errors first, the surest ahead, then an even choice."
    failed = without_picture(shown)
    if sound_alone := failed.pop(Reason.NO_VIDEO, 0):
        yield f"{sound_alone:,} clip(s) are sound alone, and have no picture."
    if failed:
        counted = ", ".join(f"{reason}: {count:,}" for reason, count in sorted(failed.items()))
        yield f"{sum(failed.values()):,} clip(s) have no picture because their file gave none ({counted})."


def without_picture(shown: Mapping[int, ClipMedia]) -> dict[str, int]:
    """Reason -> clips whose file gave no picture."""
    return dict(Counter(made.problem.split(" (")[0] for made in shown.values() if made.problem))


def _bounds(figures: Mapping[str, Any], name: str) -> str:
    """The interval and a comma, where there is one."""
    bounds = figures[f"{name}_interval"]
    return f"{100 * bounds[0]:.1f} to {100 * bounds[1]:.1f} (95 %), " if bounds else ""


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
