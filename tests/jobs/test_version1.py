"""What version 1 (commit 8028853) left in tests/version1 is read by the commands of today; each starts as a user starts it."""

import json
import os
import re
import shutil
import socket
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.jobs.commands import job

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.usefixtures("running_ray")]

MADE = Path(__file__).parents[1] / "version1"
PROBABILITIES = ["p_angry", "p_disgust", "p_fear", "p_happy", "p_neutral", "p_sad", "p_surprise"]


@pytest.fixture
def version1(tmp_path: Path) -> Path:
    """A copy of everything, whose killed runs were this machine's own: another machine's locks are watched for a minute."""
    folder = Path(shutil.copytree(MADE, tmp_path / "version1"))
    here = {"host": f"{socket.gethostname()} {os.path.basename(os.path.realpath('/proc/self/ns/pid'))}"}  # noqa: PTH119 - no path
    locks = [folder / "half-done" / "_lock", folder / "half-done-predictions" / "_lock"]
    assert sum(lock.write_text(json.dumps(json.loads(lock.read_text()) | here)) for lock in locks)
    return folder


def rows(table: Path) -> pd.DataFrame:
    return pd.read_parquet(table).sort_values("clip_id", ignore_index=True)


def flat(cells: Iterable[np.ndarray]) -> np.ndarray:
    """The values of a column of vectors, or of vectors of vectors, side by side."""
    return np.concatenate([np.stack(cell).ravel() for cell in cells]).astype(float)


def assert_same_predictions(found: pd.DataFrame, known: pd.DataFrame) -> None:
    """Within what another CPU may round otherwise."""
    assert found["clip_id"].tolist() == known["clip_id"].tolist()
    assert found[["predicted", "model_id"]].equals(known[["predicted", "model_id"]])
    assert found[PROBABILITIES].to_numpy() == pytest.approx(known[PROBABILITIES].to_numpy(), abs=1e-5)
    assert flat(found["perception"]) == pytest.approx(flat(known["perception"]), abs=1e-5)
    assert flat(found["alignment"]) == pytest.approx(flat(known["alignment"]), abs=1e-5)


@pytest.mark.parametrize("preset", ["paper", "best"])
def test_a_model_of_version_1_scores_as_it_did(version1: Path, preset: str):
    known = rows(version1 / f"predictions-{preset}")

    job("score", "--features", version1 / "features", "--model", version1 / f"model-{preset}", "--out", version1 / "again")

    assert_same_predictions(rows(version1 / "again"), known)


def converted(old: Path) -> Path:
    """The table in today's format, beside the old one."""
    new = old.with_name(f"{old.name}-converted")
    job("convert", "--table", old, "--out", new)
    return new


def test_a_table_of_version_1_is_not_written_and_the_refusal_says_how_to_go_on(version1: Path):
    half_done = version1 / "half-done-predictions"

    printed = job("score", "--features", version1 / "features", "--model", version1 / "model-best", "--out", half_done, code=2)

    assert "Finish it with avemo 0.1.0, or convert it" in printed
    assert f"python jobs/convert.py --table {half_done} --out NEW" in printed


def test_features_that_version_1_left_half_done_are_not_gone_on_with_and_are_scored_as_they_are(version1: Path):
    """Files are read otherwise now (media version 2): rows of both kinds must not stand in one table."""
    out, known = converted(version1 / "half-done"), rows(version1 / "predictions-paper")

    printed = job(
        *("extract", "--clips", version1 / "clips" / "clips.csv", "--out", out),
        *("--selection", version1 / "selection", "--precision", "float32"),
        code=2,
    )
    job("score", "--features", out, "--model", version1 / "model-paper", "--out", version1 / "scored")

    found = rows(version1 / "scored")
    assert f"Finish {version1 / 'half-done'} with avemo 0.1.0, and convert it then, or extract all clips into a new --out" in printed
    assert 0 < len(found) < len(known)
    assert_same_predictions(found, known[known["clip_id"].isin(found["clip_id"])].reset_index(drop=True))


def test_a_model_of_version_1_does_not_score_what_this_version_extracts_and_says_why(version1: Path):
    clips, model = version1 / "clips" / "clips.csv", version1 / "model-best"

    printed = job("score", "--clips", clips, "--model", model, "--out", version1 / "again", code=2)

    assert "train again on features of this version, or score those of then with --features" in printed


def test_predictions_that_version_1_left_half_done_become_whole(version1: Path):
    out = converted(version1 / "half-done-predictions")
    before = len(rows(out))

    printed = job("score", "--features", version1 / "features", "--model", version1 / "model-best", "--out", out)

    assert f"{9 - before} done, 0 rejected, {before} skipped" in printed
    assert_same_predictions(rows(out), rows(version1 / "predictions-best"))


def test_finished_predictions_of_version_1_are_not_made_again(version1: Path):
    before = rows(version1 / "predictions-best")
    out = converted(version1 / "predictions-best")

    printed = job("score", "--features", version1 / "features", "--model", version1 / "model-best", "--out", out)

    assert "0 done, 0 rejected, 9 skipped" in printed
    scalars = before.drop(columns=["step_time_s", "perception", "alignment", "window_time_s"])
    pd.testing.assert_frame_equal(rows(out)[scalars.columns], scalars, check_exact=True)


@pytest.mark.parametrize("preset", ["paper", "best"])
def test_predictions_of_version_1_are_reported(version1: Path, preset: str):
    predictions, model, clips = version1 / f"predictions-{preset}", version1 / f"model-{preset}", version1 / "clips" / "clips.csv"

    job("report", "--predictions", predictions, "--model", model, "--clips", clips, "--out", version1 / "report")

    page = " ".join(re.sub("<[^>]*>", " ", (version1 / "report" / "index.html").read_text()).split())
    assert "9 clips" in page
    assert "50.0 % accuracy" in page  # one of the two test clips
