import numpy as np
import pyarrow as pa
import pytest

from avemo_core.evaluation.localisation import attention_localisation
from schemas.emotions import EMOTIONS

STEP_TIME_S = [0.0, 0.25, 0.5, 0.75]


def row(source_id: str, label: str | None, own: list[float]) -> dict[str, object]:
    perception = np.full((len(own), len(EMOTIONS)), 0.25)
    if label is not None:
        perception[:, EMOTIONS.index(label)] = own
    return {"source_id": source_id, "label": label, "step_time_s": STEP_TIME_S, "perception": perception.tolist()}


def test_the_attention_of_the_clips_own_emotion_is_what_counts():
    rows = pa.Table.from_pylist([row("a", "happy", [0.0, 1.0, 0.0, 0.0]), row("b", "sad", [0.25, 0.25, 0.25, 0.25])])

    found = attention_localisation(rows, {"a": (0.25, 0.75), "b": (0.0, 0.25)})

    assert found == pytest.approx((1.5, 3.0, 2))


def test_clips_without_a_segment_or_a_label_are_left_out():
    rows = pa.Table.from_pylist([row("a", "happy", [0.0, 1.0, 0.0, 0.0]), row("b", "sad", [1.0, 0, 0, 0]), row("c", None, [1.0, 0, 0, 0])])

    assert attention_localisation(rows, {"a": (0.25, 0.75), "c": (0.0, 0.5)}) == pytest.approx((2.0, 2.0, 1))


def test_where_nothing_is_planted_there_is_no_localisation():
    found = attention_localisation(pa.Table.from_pylist([row("a", "happy", [1.0, 0, 0, 0])]), {})

    assert np.isnan(found.localisation)
    assert found.clips == 0
