"""The report's figures: which there are for this run, in which order, with what to read from them."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from matplotlib.figure import Figure

from avemo_core.abstention.threshold import risk_coverage, tried_answers
from avemo_core.bundle.measured import CHOSE
from avemo_core.figures.alignment import alignment_strips
from avemo_core.figures.comparison import model_comparison
from avemo_core.figures.confusion import confusion_figure
from avemo_core.figures.embeddings import embedding_projections
from avemo_core.figures.histograms import quality_histograms
from avemo_core.figures.history import training_history
from avemo_core.figures.perception import perception_strips
from avemo_core.figures.rejects import rejects_by_reason, rows_by_fault
from avemo_core.figures.reliability import reliability_diagram
from avemo_core.figures.risk_coverage import risk_coverage_curves
from avemo_core.figures.subjects import SHOWN, subject_accuracy
from avemo_core.report.attention import Attentions
from avemo_core.report.faults import fault_counts
from avemo_core.report.inputs import Model, ReportInputs
from avemo_core.report.scoring import Scores

_ALIGNED_CLIPS: Final = 4
_PERCEIVED_CLIPS: Final = 7
_SEED: Final = 0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FigurePanel:
    """One figure of the report, or why it is not there."""

    name: str
    """Its file's name without the ending, and its anchor in the page."""
    title: str
    caption: str
    figure: Figure | None
    """None: the caption says what is missing."""


def plates(inputs: ReportInputs, table: pa.Table, scores: Scores | None) -> Iterator[FigurePanel]:
    """Every figure in the order of the page, one at a time."""
    yield from _of_scores(scores)
    yield _of_answers(inputs.model, scores)
    yield from _of_attention(table)
    yield from _of_model(inputs.model)
    yield _of_comparison(inputs)
    yield _of_quality(table)
    yield _of_rejects(inputs)
    yield _of_faults(table)


def _of_scores(scores: Scores | None) -> Iterator[FigurePanel]:
    confusion, reliability, subjects = "Confusion matrix (Fig. 5)", "Reliability", "Accuracy by subject"
    if scores is None:
        missing = "No clip has a label, so nothing can be counted as right or wrong. Give labels with --clips."
        yield _absent("fig5-confusion", confusion, missing)
        yield _absent("reliability", reliability, missing)
        yield _absent("subjects", subjects, missing)
        return
    counted = f"Counted on {scores.scope}."
    caption = f"Per cent of each true emotion's clips; in bold the largest of a row. {counted} Choose a cell to list its clips."
    yield FigurePanel(
        name="fig5-confusion", title=confusion, caption=caption, figure=confusion_figure(np.array(scores.figures["confusion"]))
    )
    caption = f"On the diagonal, a confidence of 70 % is right in 70 % of the cases. {counted}"
    yield FigurePanel(
        name="reliability", title=reliability, caption=caption, figure=reliability_diagram(scores.confidence, scores.is_correct)
    )
    results = {name: (row["accuracy"], row["clips"]) for name, row in scores.figures["subjects"].items()}
    if not results:
        yield _absent("subjects", subjects, "No labelled clip has a subject.")
        return
    fewer = f" The {SHOWN} subjects with the most clips of {len(results):,}." if len(results) > SHOWN else ""
    caption = f"With the number of clips in brackets; the dashed line is the mean over these clips.{fewer} {counted}"
    yield FigurePanel(name="subjects", title=subjects, caption=caption, figure=subject_accuracy(results))


def _of_answers(model: Model | None, scores: Scores | None) -> FigurePanel:
    title = "Risk and coverage"
    held_out = None if model is None else model.held_out
    curves = {}
    if held_out is not None:
        curves["held out at the training"] = risk_coverage(held_out.confidence, held_out.is_right, held_out.novelty)
    if scores is not None:
        curves["clips counted"] = risk_coverage(scores.confidence, scores.is_correct, scores.novelty)
    if not curves:
        return _absent(
            "risk-coverage", title, "No clip counted has a label, and the bundle does not say how right it was of people held out."
        )
    bounds = [] if held_out is None else [(answers.share, answers.bound) for answers in tried_answers(held_out)]
    caption = "How many answers are wrong, where only the surest clips are answered and novel ones never; what `score --abstain` weighs."
    caption += " Dots: the bound for people never seen." if bounds else ""
    caption += "" if scores is None else f" Counted on {scores.scope}."
    return FigurePanel(name="risk-coverage", title=title, caption=caption, figure=risk_coverage_curves(curves, bounds))


def _of_attention(table: pa.Table) -> Iterator[FigurePanel]:
    attentions = Attentions.of(table)
    names = table.column("clip_id").to_pylist()
    perception, alignment = "Perception attention (Fig. 3)", "Temporal alignment (Fig. 2)"
    aligned = _drawn(np.flatnonzero(np.diff(attentions.first_aligned)).tolist(), _ALIGNED_CLIPS)
    if aligned:
        caption = (
            "Rows are the positions in the window, the bottom row the first; columns are time steps; each row is divided by its maximum."
        )
        strips = {f"({chr(97 + place)}) {names[row]}": attentions[row].alignment for place, row in enumerate(aligned)}
        yield FigurePanel(
            name="fig2-alignment", title=alignment, caption=_drawn_at_random(caption, aligned), figure=alignment_strips(strips)
        )
    else:
        yield _absent("fig2-alignment", alignment, "No clip has sound and steps to align.")
    perceived = _drawn(np.flatnonzero(np.diff(attentions.first_step)).tolist(), _PERCEIVED_CLIPS)
    if perceived:
        caption = "Rows are the emotions; columns are time steps; each row is divided by its maximum."
        strips = {f"({chr(97 + place)}) {names[row]}": attentions[row].perception for place, row in enumerate(perceived)}
        yield FigurePanel(
            name="fig3-perception", title=perception, caption=_drawn_at_random(caption, perceived), figure=perception_strips(strips)
        )
    else:
        yield _absent("fig3-perception", perception, "No clip has a step to attend.")


def _of_model(model: Model | None) -> Iterator[FigurePanel]:
    embeddings, history = "Emotion embeddings (Fig. 4)", "Training history"
    if model is None:
        missing = "The model's bundle was not at hand."
        yield _absent("fig4-embeddings", embeddings, missing)
        yield _absent("history", history, missing)
        return
    if model.initial_embeddings is None or model.learned_embeddings is None:
        yield _absent("fig4-embeddings", embeddings, "This model has no emotion embeddings: its encoding is not perception.")
    else:
        caption = "Each set of vectors on its own two first principal components; for an ensemble, those of its first network."
        figure = embedding_projections(model.initial_embeddings, model.learned_embeddings)
        yield FigurePanel(name="fig4-embeddings", title=embeddings, caption=caption, figure=figure)
    if model.loss or model.accuracy:
        caption = "Loss and accuracy at the end of each epoch; one line a network."
        if "val" in model.accuracy:
            caption += f" The clips of val {CHOSE}."
        yield FigurePanel(name="history", title=history, caption=caption, figure=training_history(model.loss, model.accuracy))
    else:
        yield _absent("history", history, "The bundle holds no history of its training.")


def _of_comparison(inputs: ReportInputs) -> FigurePanel:
    title = "Comparison of models (Table 1)"
    rows = {row.model: row.splits["test"] for row in inputs.compared if "test" in row.splits}
    if not rows:
        return _absent("table1", title, "Not made: give the folder that jobs/compare.py wrote with --compare.")
    over = next((f" {row.over['test']}" for row in inputs.compared if "test" in row.over), "")
    role = next((f" ({row.roles['test']})" for row in inputs.compared if "test" in row.roles), "")
    caption = f"Accuracy on the test clips{role}; the line is the 95 % interval{over}. The numbers stand in the table above."
    return FigurePanel(name="table1", title=title, caption=caption, figure=model_comparison(rows))


def _of_quality(table: pa.Table) -> FigurePanel:
    title = "Coverage and confidence"
    if not len(table):
        return _absent("quality", title, "The predictions table has no rows.")
    columns = (np.asarray(pc.cast(table.column(name), pa.float64())) for name in ("face_coverage", "audio_coverage", "confidence"))
    caption = "How much of each clip the model could see and hear, and how sure it was. All clips, labelled or not."
    return FigurePanel(name="quality", title=title, caption=caption, figure=quality_histograms(*columns))


def _of_rejects(inputs: ReportInputs) -> FigurePanel:
    title = "Rejects by reason"
    if inputs.rejects is None:
        return _absent("rejects", title, "The predictions table has no list of rejects beside it.")
    if not len(inputs.rejects):
        return _absent("rejects", title, "No clip was rejected.")
    counted = inputs.rejects.group_by("reason").aggregate([([], "count_all")]).to_pylist()
    counts = {row["reason"]: row["count_all"] for row in counted}
    caption = f"{len(inputs.rejects):,} clips could not be used. The reasons are explained in schemas/rejects.py."
    return FigurePanel(name="rejects", title=title, caption=caption, figure=rejects_by_reason(counts))


def _of_faults(table: pa.Table) -> FigurePanel:
    title = "Rows by fault"
    counts = fault_counts(table)
    if not counts:
        is_known = table.column("decoded_share").null_count < len(table)
        why = "No row has one." if is_known else "The predictions do not say: their features are of a version that did not know of faults."
        return _absent("faults", title, why if len(table) else "The predictions table has no rows.")
    caption = (
        f"{sum(counts.values()):,} of {len(table):,} rows could be used though something was not right with their file. The faults are "
        "explained in schemas/faults.py; the list of clips can be filtered by them."
    )
    return FigurePanel(name="faults", title=title, caption=caption, figure=rows_by_fault(counts))


def _drawn(rows: Sequence[int], count: int) -> list[int]:
    return sorted(random.Random(_SEED).sample(rows, min(count, len(rows))))  # noqa: S311 - which clips to show is no secret


def _drawn_at_random(caption: str, rows: Sequence[int]) -> str:
    return f"{caption} {len(rows)} clip(s) drawn at random (seed {_SEED}); every clip's own strip is in the explorer."


def _absent(name: str, title: str, why: str) -> FigurePanel:
    return FigurePanel(name=name, title=title, caption=why, figure=None)
