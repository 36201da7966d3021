"""Attention with a row a step."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from avemo_core.reading import alignment_rows, perception_rows, read_predictions
from schemas.predictions import attention_rows


def test_perception_in_rows_is_that_of_the_schema(folder: Path):
    rows = read_predictions(folder)

    found = perception_rows(rows)

    expected = attention_rows(pq.read_table(folder)).to_pandas()
    pd.testing.assert_frame_equal(found.astype({"emotion": str}), expected.astype({"emotion": str}), check_dtype=False)
    assert found.attrs["units"] == {"clip_id": "", "time_s": "s", "emotion": "", "weight": "share"}


def test_alignment_in_rows_is_what_plain_loops_find(folder: Path):
    rows = read_predictions(folder)

    found = alignment_rows(rows)

    expected = [
        (row["clip_id"], time_s, audio_time_s, weight)
        for row in rows[rows["has_sound"]].to_dict("records")
        for time_s, times, weights in zip(row["step_time_s"], row["window_time_s"], row["alignment"], strict=True)
        for audio_time_s, weight in zip(times, weights, strict=True)
        if not np.isnan(audio_time_s)
    ]
    assert list(found.itertuples(index=False, name=None)) == expected
    assert found.groupby(["clip_id", "time_s"])["weight"].sum().to_numpy() == pytest.approx(1, abs=1e-5)


def test_some_rows_unfold_as_they_do_among_all(folder: Path):
    rows = read_predictions(folder)

    found = perception_rows(rows[rows["clip_id"] == "clip-00009"])

    everything = perception_rows(rows)
    pd.testing.assert_frame_equal(found, everything[everything["clip_id"] == "clip-00009"].reset_index(drop=True))


@pytest.mark.parametrize("unfold", [perception_rows, alignment_rows])
def test_no_rows_unfold_to_none(folder: Path, unfold: object):
    found = unfold(read_predictions(folder).iloc[:0])

    assert len(found) == 0
    assert found.columns[[0, 1, -1]].tolist() == ["clip_id", "time_s", "weight"]
