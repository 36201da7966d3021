"""Bytes of the files that lie in a bundle beside its weights."""

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from avemo_core.bundle.config import ModelConfig
from schemas.emotions import EMOTIONS


def for_the_hub(config: ModelConfig) -> dict[str, Any]:
    """What config.json holds: the config of model.json, under the names by which the Hub knows a model's kind and its classes."""
    return {
        "model_type": "avemo",
        "id2label": {str(number): emotion for number, emotion in enumerate(EMOTIONS)},
        "label2id": {emotion: number for number, emotion in enumerate(EMOTIONS)},
        **config.to_json(),
    }


def to_json(content: Mapping[str, Any]) -> bytes:
    """JSON that a person may read."""
    return json.dumps(content, indent=2).encode() + b"\n"


def to_parquet(table: pa.Table) -> bytes:
    """The table as one Parquet file."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return bytes(sink.getvalue())
