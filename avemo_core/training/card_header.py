"""The header of the model card: YAML that the Hugging Face Hub shows and searches.

Source: https://github.com/huggingface/hub-docs/blob/main/modelcard.md, the keys; a test reads it back with `huggingface_hub`.
"""

from collections.abc import Mapping
from typing import Any, Final

import yaml

from avemo_core.bundle.measured import foremost
from avemo_core.features.preprocess.config import Modalities

LICENSE: Final = "unknown"
"""Of the weights: chosen by whoever shares them, and by nobody before."""

TASKS: Final[Mapping[Modalities, tuple[str, str]]] = {
    "audio-visual": ("video-classification", "Audio-visual emotion recognition"),
    "face": ("video-classification", "Facial expression recognition"),
    "sound": ("audio-classification", "Speech emotion recognition"),
}
"""The Hub's nearest task, and its name; it has none for video with sound."""

_DATASET: Final = "custom"
"""Stands where a dataset of the Hub would be named: which corpus the clips are of, a features table does not say."""

_TAGS: Final = (
    "emotion-recognition",
    "audio-visual-emotion-recognition",
    "speech-emotion-recognition",
    "facial-expression-recognition",
    "affective-computing",
    "ray",
)

_NOT_OF: Final[Mapping[Modalities, tuple[str, ...]]] = {
    "audio-visual": (),
    "face": ("audio-visual-emotion-recognition", "speech-emotion-recognition"),
    "sound": ("audio-visual-emotion-recognition", "facial-expression-recognition"),
}
"""Tags by which nobody should find a model of one modality."""


def header(model_id: str, metrics: Mapping[str, Any], modalities: Modalities) -> str:
    """The YAML between its two lines of dashes. Names of clips, subjects or places are never in it.

    Args:
        model_id: of the bundle.
        metrics: of the bundle; results are given of the clips that say most of people never seen, as in the card's text, and their split
            says what the model knew of them.
        modalities: that the model reads.
    """
    about: dict[str, Any] = {"license": LICENSE, "library_name": "avemo", "pipeline_tag": TASKS[modalities][0]}
    about["tags"] = [tag for tag in _TAGS if tag not in _NOT_OF[modalities]]
    if found := foremost(metrics):
        about["metrics"] = ["accuracy", "recall"]
        about["model-index"] = [{"name": model_id, "results": [_result(found.name, found.figures, modalities)]}]
    return f"---\n{yaml.safe_dump(about, sort_keys=False)}---\n"


def _result(split: str, figures: Mapping[str, Any], modalities: Modalities) -> dict[str, Any]:
    task, named = TASKS[modalities]
    subjects = len(figures["subjects"])
    return {
        "task": {"type": task, "name": named},
        "dataset": {
            "name": f"own clips: {figures['clips']}, of {subjects or 'unknown'} subject(s)",
            "type": _DATASET,
            "split": split,
        },
        "metrics": [
            {"type": "accuracy", "value": figures["accuracy"], "name": "Accuracy"},
            {"type": "recall", "value": figures["uar"], "name": "Unweighted average recall (UAR)"},
        ],
    }
