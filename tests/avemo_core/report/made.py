"""Predictions made up for the report's tests: valid under the schema, with attention that has peaks."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy import ndarray

from avemo_core.appearance.seen import NOTHING_SEEN
from avemo_core.bundle.bundle import Bundle
from avemo_core.bundle.config import ModelConfig
from avemo_core.features.preprocess.preprocessor import Preprocessor
from avemo_core.features.preprocess.whitening import Whitening
from avemo_core.model.network import build
from avemo_core.report.inputs import Model
from schemas.emotions import EMOTIONS
from schemas.faults import Fault
from schemas.predictions import PROBABILITIES, WINDOW, schema

MODEL_ID = "best-perception-0123456789ab"
FRAME_S = 0.04
AUDIO_STEP_S = 0.032


def predictions(
    clips: int = 12,
    steps: tuple[int, int] = (30, 60),
    seed: int = 0,
    ids: Sequence[str] | None = None,
    uris: Sequence[str] | None = None,
    window: int = WINDOW,
) -> pa.Table:
    """So many clips of about so many steps: six subjects, three splits, one clip in ten without sound, two in seven with a fault."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, len(EMOTIONS), clips)
    probabilities = rng.dirichlet(np.full(len(EMOTIONS), 0.4), clips) + 0.8 * np.eye(len(EMOTIONS))[labels] * rng.random((clips, 1))
    probabilities /= probabilities.sum(1, keepdims=True)
    lengths = rng.integers(*steps, clips)
    sequences = [_sequences(rng, int(length), window, has_sound=clip % 10 != 3) for clip, length in enumerate(lengths)]
    names = list(ids) if ids is not None else [f"clip-{clip:05d}" for clip in range(clips)]
    columns = {
        "clip_id": names,
        "source_id": names,
        "uri": list(uris) if uris is not None else [f"/nowhere/{name}.mp4" for name in names],
        "label": [EMOTIONS[label] for label in labels],
        "split": [("train", "val", "test")[clip % 3] for clip in range(clips)],
        "subject": [f"actor {clip % 6 + 1}" for clip in range(clips)],
        "start_s": np.zeros(clips),
        "stop_s": lengths * FRAME_S,
        "predicted": [EMOTIONS[best] for best in probabilities.argmax(1)],
        "confidence": probabilities.max(1).astype(np.float32),
        "novelty": novelty(clips),
        **{name: probabilities[:, place].astype(np.float32) for place, name in enumerate(PROBABILITIES)},
        **{name: [each[name] for each in sequences] for name in ("step_time_s", "perception", "alignment", "window_time_s")},
        "face_coverage": rng.beta(9, 1, clips).astype(np.float32),
        "audio_coverage": rng.beta(6, 2, clips).astype(np.float32),
        "has_sound": [each["alignment"] is not None for each in sequences],
        "decoded_share": np.where(np.arange(clips) % 7 == 2, 0.6, 1.0).astype(np.float32),
        "fault": [{2: Fault.BREAKS_OFF, 5: Fault.DAMAGED}.get(clip % 7) for clip in range(clips)],
        "model_id": [MODEL_ID] * clips,
    }
    expected = schema(window)
    return pa.table([pa.array(columns[field.name], field.type) for field in expected], schema=expected)


def novelty(clips: int) -> ndarray:
    """One clip in twenty is novel, as among people like those of the training."""
    return ((np.arange(clips) * 7 % 20 + 0.5) / 20).astype(np.float32)


def model() -> Model:
    """A model with embeddings before and after training and a history of two networks."""
    rng = np.random.default_rng(1)
    fall = 1.9 * np.exp(-np.arange(20) / 9) + 0.15
    return Model(
        model_id=MODEL_ID,
        initial_embeddings=rng.normal(size=(7, 8)),
        learned_embeddings=rng.normal(size=(7, 8)),
        loss={"train": [fall, fall * 1.1], "val": [fall + 0.2, fall + 0.3]},
        accuracy={"train": [1 - fall / 2.2, 1 - fall / 2.3], "val": [0.9 - fall / 2.4, 0.88 - fall / 2.4]},
        facts={"preset": "best", "encoding": "perception", "networks": "2"},
        seen=NOTHING_SEEN,
    )


def bundle(**changes: object) -> Bundle:
    """A bundle of one small network that was never trained."""
    whitening = Whitening(
        audio_reference=np.zeros(5, np.float32),
        audio_median=np.zeros(5, np.float32),
        audio_scale=np.ones(5, np.float32),
        audio_mean=np.zeros(5, np.float32),
        audio_projection=np.ones((5, 3), np.float32),
        shape_reference=np.zeros(98, np.float32),
        shape_mean=np.zeros(98, np.float32),
        shape_projection=np.ones((98, 2), np.float32),
        appearance_mean=np.zeros(4, np.float32),
        appearance_scale=np.ones(4, np.float32),
    )
    config = ModelConfig(width=4, selector_width=4)
    preprocessor = Preprocessor(config=config, whitening=whitening)
    network = build(config, preprocessor.widths)
    return Bundle(**{"config": config, "preprocessor": preprocessor, "members": (network.state_dict(),), "feature_set": "test", **changes})


def replaced(table: pa.Table, **columns: Sequence[object]) -> pa.Table:
    """The table with other values in some columns, of the same type."""
    for name, values in columns.items():
        place = table.column_names.index(name)
        table = table.set_column(place, table.schema.field(name), pa.array(list(values), table.schema.field(name).type))
    return table


def _sequences(rng: np.random.Generator, length: int, window: int, *, has_sound: bool) -> dict[str, list[list[float]] | list[float] | None]:
    times = (np.arange(length) * FRAME_S).astype(np.float32)
    centre, width = rng.uniform(0, length), rng.uniform(3, 8)
    bump = np.exp(-(((np.arange(length)[:, None] - centre + rng.normal(0, 2, len(EMOTIONS))) / width) ** 2))
    perception = bump + 0.05 * rng.random((length, len(EMOTIONS))) + 1e-3
    alignment, window_times = _aligned(rng, times, window)
    return {
        "step_time_s": times.tolist(),
        "perception": (perception / perception.sum(0)).tolist(),
        "alignment": alignment.tolist() if has_sound else None,
        "window_time_s": window_times.tolist() if has_sound else None,
    }


def _aligned(rng: np.random.Generator, times: ndarray, window: int) -> tuple[ndarray, ndarray]:
    places = np.rint(times / AUDIO_STEP_S)[:, None] + np.arange(-window // 2, window // 2)
    outside = places < 0
    drift = (np.arange(len(times)) % 16)[:, None] / 4
    scores = np.where(outside, -np.inf, -((np.arange(window) - drift) ** 2) + 0.3 * rng.normal(size=places.shape))
    weights = np.exp(scores - scores.max(1, keepdims=True, initial=-1e9))
    return weights / weights.sum(1, keepdims=True), np.where(outside, np.nan, places * AUDIO_STEP_S)
