"""The header of the model card: YAML that the Hugging Face Hub shows and searches.

Source: https://github.com/huggingface/hub-docs/blob/main/modelcard.md, the keys; a test reads it back with `huggingface_hub`.
"""

from collections.abc import Mapping
from typing import Any, Final

import yaml

from avemo_core.bundle.measured import foremost

LICENSE: Final = "unknown"
"""Of the weights: chosen by whoever shares them, and by nobody before."""

TASK: Final = "video-classification"
"""The Hub's nearest task; it has none for video with sound."""

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


def header(model_id: str, metrics: Mapping[str, Any]) -> str:
    """The YAML between its two lines of dashes. Names of clips, subjects or places are never in it.

    Args:
        model_id: of the bundle.
        metrics: of the bundle; results are given of the clips that say most of people never seen, as in the card's text, and their split
            says what the model knew of them.
    """
    about: dict[str, Any] = {"license": LICENSE, "library_name": "avemo", "pipeline_tag": TASK, "tags": list(_TAGS)}
    if found := foremost(metrics):
        about["metrics"] = ["accuracy", "recall"]
        about["model-index"] = [{"name": model_id, "results": [_result(found.name, found.figures)]}]
    return f"---\n{yaml.safe_dump(about, sort_keys=False)}---\n"


def _result(split: str, figures: Mapping[str, Any]) -> dict[str, Any]:
    subjects = len(figures["subjects"])
    return {
        "task": {"type": TASK, "name": "Audio-visual emotion recognition"},
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
