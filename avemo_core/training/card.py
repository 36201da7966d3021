"""The model card: what a bundle is for, what it is not for, and how good it was."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final

from avemo_core.bundle.bundle import Bundle
from avemo_core.bundle.config import ModelConfig
from avemo_core.bundle.measured import PERHAPS_SEEN, SEEN, Measured, foremost, measured
from avemo_core.evaluation.in_words import interval_over, left_out_of_uar, recall_with_interval, with_interval
from avemo_core.features.feature_set import audio_set_in
from avemo_core.features.parts import PAPER
from avemo_core.training.card_header import header
from avemo_core.training.card_licences import licences
from avemo_core.training.card_reliance import reliance
from schemas.emotions import EMOTIONS

_HOW_TO_USE: Final = """## How to use

With avemo {version} or later. MODEL is this folder or its address: a path, s3://bucket/folder, or hf://user/name with
`huggingface_hub` installed.

    python jobs/score.py --clips clips.csv --model MODEL --out predictions
    python jobs/report.py --predictions predictions --model MODEL --clips clips.csv --out report
"""

_CORRECTIONS: Final = """`split.parquet` beside this card has every clip's label and person as they were at the training. What was
corrected since, the model has not learned: `score` and `report` say of how many clips.
"""

_USE: Final = """## Intended use

Batch scoring of recorded clips for research on audio-visual emotion expression: one emotion a clip, with the moments and the
sounds that its networks attended. It recognises how an expression looks and sounds to annotators, not what a person feels.

## Uses to stay away from

Regulation (EU) 2024/1689 (the AI Act), Article 5(1)(f), forbids placing on the market, putting into service and using AI systems
to infer emotions of natural persons in the workplace and in education institutions, except for medical or safety reasons. Where emotion
recognition is allowed it is a high-risk use (Annex III, point 1(c)), and people exposed to it must be told (Article 50(3)). Do not
use the predictions to decide about a person. Biometric data and consent have their own rules (in the EU the GDPR, Article 9).

## Limits

- Labels are acted or annotated expressions. Cultures, languages, ages, cameras and microphones other than those of the training
  clips were not seen.
- Intervals draw people, then clips of them. Over fewer than ten people they are too narrow: read the accuracy of every subject.
- UAR (unweighted average recall) is the mean of the emotions' recalls.
- Attention says what the model weighed, which is not the same as a cause.
"""

_ALONE: Final = {"sound": "sound and no face", "face": "faces and no sound"}


def model_card(bundle: Bundle) -> str:
    """Markdown with the Hub's header, from the values that the bundle stores too."""
    training, metrics = bundle.training, bundle.metrics
    lines = [
        header(bundle.model_id, metrics, bundle.config.modalities),
        f"# avemo model: {training['preset']}, {training['encoding']} encoding",
        "",
        f"{len(training['seeds'])} network(s), seeds {', '.join(map(str, training['seeds']))}.",
        "Method: Chao, Tao, Yang, Li, Wen 2016, Audio Visual Emotion Recognition with Temporal Alignment and Perception Attention.",
        "",
        _HOW_TO_USE.format(version=version("avemo")),
        "## Training data",
        "",
        "| split | clips | subjects | labels |",
        "|---|---|---|---|",
        *(_data_row(split, training) for split in training["clips"]),
        "",
        *_of_the_data(bundle),
        *([_CORRECTIONS] if bundle.split is not None else []),
        "## What its parts are for",
        "",
        *_of_the_parts(bundle),
        "",
        "## Figures",
        "",
        "| clips of | role | clips | accuracy [95 % interval] | chance | UAR [95 % interval] | calibration error | intervals are |",
        "|---|---|---|---|---|---|---|---|",
        *(_figures_row(found) for found in measured(metrics)),
        "",
        *_of_the_figures(metrics),
        *_by_emotion(metrics),
        *_by_subject(metrics),
        *reliance(bundle),
        _USE,
        *licences(bundle),
    ]
    return "\n".join(lines)


def _data_row(split: str, training: Mapping[str, Any]) -> str:
    subjects, labels = training["subjects"][split], training["labels"][split]
    named = ", ".join(f"{label} {count}" for label, count in labels.items())
    return f"| {split} | {training['clips'][split]} | {len(subjects) or 'unknown'} | {named or '-'} |"


def _of_the_data(bundle: Bundle) -> list[str]:
    """What a reader has to know of the clips: emotions without any, and what the user allowed, mapped or left out."""
    training, read = bundle.training, bundle.extraction.get("about", {}).get("clips", {})
    reduced = bundle.emotions != EMOTIONS
    others = [emotion for emotion in EMOTIONS if emotion not in bundle.emotions]
    absent = [] if reduced else training.get("emotions_without_clips", [])
    mapped = ", ".join(f"{word} as {emotion}" for word, emotion in read.get("map_label", {}).items())
    waived = training.get("people_in_several_splits", {})
    people = ", ".join(f"{name} ({', '.join(splits)})" for name, splits in waived.items())
    copies = training.get("copies_left_out", [])  # of a bundle without names their count
    left_out, among = (copies, "") if isinstance(copies, int) else (len(copies), f", among them {', '.join(copies[:3])}")
    unread = training.get("clips_not_read", 0)
    lines = [
        f"It reads {', '.join(_inputs(bundle))} of a features table{_of_the_paper(bundle)}.",
        _alone(bundle),
        f"{unread} clips without it were left out of the figures." if unread else "",
        f"No clip of {', '.join(absent)} was learned from: do not expect the model to name it." if absent else "",
        f"It tells {', '.join(bundle.emotions)} apart; the probability of {', '.join(others)} is always 0." if reduced else "",
        f"{training['clips_of_other_emotions']} clips of other emotions were left out." if "clips_of_other_emotions" in training else "",
        f"Labels were read by the user's word: {mapped} (`--map-label`)." if mapped else "",
        f"People in several splits, as `--same-people-in-splits` allowed: {people}. Figures say less about people never seen."
        if people
        else "",
        f"{left_out} copies of other clips were left out (`--drop-copies`){among}." if copies else "",
    ]
    said = [f"- {line}" for line in lines if line]
    return [*said, ""] if said else []


def _alone(bundle: Bundle) -> str:
    modalities = bundle.config.modalities
    if modalities not in _ALONE:
        return ""
    if bundle.training.get("reads_by_choice"):
        return "The other modality was there to learn from, and it was not to be read; of a clip to score it is not used either."
    return f"It was learned from clips with {_ALONE[modalities]}, and reads that alone; whatever else a clip has is not used."


def _inputs(bundle: Bundle) -> list[str]:
    """The parts of the features that it reads, each audio set with what must agree."""
    return [audio_set_in(bundle.feature_set, part) or part for part in bundle.config.reads]


def _of_the_paper(bundle: Bundle) -> str:
    """What the paper has of which a model by its preset reads a part."""
    left_out = [part for part in PAPER if part not in bundle.config.reads]
    return f"; the paper's models read {', '.join(left_out)} too" if bundle.training["preset"] == "paper" and left_out else ""


def _of_the_parts(bundle: Bundle) -> list[str]:
    """Which part names the emotion, which says when it shows, and how far to believe the second."""
    weight = bundle.config.fusion_weight
    what = (
        f"*What* a clip shows is named for the most part by a pooled linear model, which reads the clip as a whole: it has a weight of "
        f"{weight:.2f} in the logarithms of the probabilities, the networks have the other {1 - weight:.2f}."
        if weight
        else "*What* a clip shows is named by the networks alone."
    )
    if bundle.config.encoding != "perception":
        return [f"- {what}", "- *When* it shows, this encoding does not say: it has no perception attention."]
    return [f"- {what}", f"- {_when(bundle.config)}", f"- {_taught(bundle.training)}"]


def _when(config: ModelConfig) -> str:
    """What perception attention is made of, and what of the probabilities it explains."""
    if not config.fuses_attention:
        only = (
            "their own part of the probabilities, and nothing of the pooled linear model's"
            if config.fusion_weight
            else "their probabilities"
        )
        return f"*When* it shows, the networks say by perception attention. It explains {only}."
    return (
        "*When* it shows, perception attention says. It is fused from the networks' own and from what the pooled linear model reads in "
        f"windows of {2 * config.evidence_s:.2f} s around each step; the probabilities themselves are of the clip as a whole."
    )


def _taught(training: Mapping[str, Any]) -> str:
    """What perception attention has learned of moments."""
    fit = training.get("fit", {})
    if not (fit.get("splices") and fit.get("attention_loss")):
        return "Attention was not taught any moment. After clips of one emotion from end to end it may be hardly more than an even spread."
    learned = [split for split in ("train", "val") if training["clips"].get(split)]
    if not any(training["labels"][split].get("neutral") and training["subjects"][split] for split in learned):
        return "Attention was not taught any moment: that takes neutral clips, and others, of people who are named."
    return (
        "Attention was taught moments, by clips spliced between neutral clips of the same person. How far it finds them in people never "
        "seen differs from corpus to corpus (docs/benchmarks/splice.md of avemo), and between two other emotions it was not measured."
    )


def _figures_row(found: Measured) -> str:
    figures = found.figures
    return (
        f"| {found.clips_of} | {found.role} | {figures['clips']} | {with_interval(figures, 'accuracy')} | {figures['chance']:.3f} "
        f"| {with_interval(figures, 'uar')} | {figures['ece']:.3f} | {interval_over(figures)} |"
    )


def _of_the_figures(metrics: Mapping[str, Any]) -> list[str]:
    """What a reader has to know of clips that are not held out from everything, and of the temperature."""
    found, calibration = measured(metrics), metrics.get("calibration", {})
    lines = []
    if not any(one.is_held_out for one in found):
        lines.append("No figure here is of clips that nothing of the model has seen.")
    if any(one.reservation == SEEN for one in found):
        lines.append(f"Clips {SEEN}: their labels chose which appearance values the model reads. Their figures are too good.")
    if any(one.reservation == PERHAPS_SEEN for one in found):
        lines.append(f"Clips {PERHAPS_SEEN}: its file does not say which it learned from. Select, extract and train again to know.")
    if clips := calibration.get("clips"):
        fitted = (
            f"The temperature, {calibration['temperature']:.3f}, was fitted to {clips} clips of {calibration['people']} people or files"
        )
        lines.append(f"{fitted}; each of them is measured under one that was fitted without it.")
    said = [f"- {line}" for line in lines]
    return [*said, ""] if said else []


def _title(found: Measured, of: str) -> str:
    return f"## Held-out {of}" if found.is_held_out else f"## {of.capitalize()}: clips of {found.name}"


def _by_emotion(metrics: Mapping[str, Any]) -> list[str]:
    """Recall of each emotion, and what its clips were taken for."""
    found = foremost(metrics)
    if found is None:
        return []
    figures = found.figures
    emotions = list(figures["recall"])
    rows = [
        f"| {emotion} | {recall_with_interval(figures, emotion)} | {' | '.join(map(str, counts))} |"
        for emotion, counts in zip(emotions, figures["confusion"], strict=True)
    ]
    header = f"| emotion | recall [95 % interval] | {' | '.join(f'as {emotion}' for emotion in emotions)} |"
    absent = left_out_of_uar(figures)
    return [_title(found, "emotions"), "", header, "|---" * (2 + len(emotions)) + "|", *rows, "", *([absent, ""] if absent else [])]


def _by_subject(metrics: Mapping[str, Any]) -> list[str]:
    found = foremost(metrics)
    if found is None or not found.figures["subjects"]:
        return []
    rows = [f"| {name} | {row['clips']} | {row['accuracy']:.3f} |" for name, row in found.figures["subjects"].items()]
    return [_title(found, "subjects"), "", "| subject | clips | accuracy |", "|---|---|---|", *rows, ""]
