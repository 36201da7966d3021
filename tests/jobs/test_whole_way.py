import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from schemas.predictions import PROBABILITIES
from tests.cluster.beside import beside
from tests.jobs.commands import ENVIRONMENT, job
from tests.waiting import Job

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

CLIPS = 21


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo that has run, with what it printed in `printed.txt`."""
    out = tmp_path_factory.mktemp("demo")
    (out / "printed.txt").write_text(job("demo", "--out", out, "--clips", CLIPS))
    return out


@pytest.fixture(scope="module")
def new_clips(demo: Path) -> Path:
    """Three clips of the demo under other names, and one that is no clip."""
    table = pd.read_csv(demo / "corpus" / "clips.csv").head(3)
    table = pd.DataFrame(
        {"clip_id": [f"new-{name}" for name in table["clip_id"]], "path": [str(demo / "corpus" / path) for path in table["path"]]}
    )
    (demo / "none.mp4").write_text("no clip")
    table.loc[3] = ["none", str(demo / "none.mp4")]
    table.to_csv(demo / "new.csv", index=False)
    return demo / "new.csv"


def test_the_demo_prints_what_a_newcomer_wants_to_know(demo: Path):
    printed = (demo / "printed.txt").read_text()

    assert all(word in printed for word in ("accuracy", "chance", "localisation", "before training", "clip_id", str(demo / "predictions")))
    assert printed.rstrip().endswith(str(demo / "report" / "index.html"))
    assert (demo / "report" / "index.html").exists()


def test_every_clip_of_the_demo_has_its_features_and_its_prediction(demo: Path):
    features, predictions = pd.read_parquet(demo / "features"), pd.read_parquet(demo / "predictions")

    assert len(features) == len(predictions) == CLIPS
    assert features["face_coverage"].mean() > 0.95
    assert predictions[list(PROBABILITIES)].sum(axis=1).to_numpy() == pytest.approx(np.ones(CLIPS), abs=1e-5)


def test_both_attentions_are_shares_on_the_steps_they_were_given_to(demo: Path):
    rows = pd.read_parquet(demo / "predictions")

    perception = [np.stack(steps).sum(axis=0) for steps in rows["perception"]]
    alignment = np.concatenate([np.stack(steps).sum(axis=1) for steps in rows["alignment"]])

    assert np.stack(perception) == pytest.approx(np.ones((CLIPS, 7)), abs=1e-4)
    assert alignment == pytest.approx(np.ones(len(alignment)), abs=1e-5)
    assert [len(steps) for steps in rows["perception"]] == [len(times) for times in rows["step_time_s"]]


def test_new_clips_are_scored_in_one_go_and_what_is_none_is_a_reject(demo: Path, new_clips: Path):
    printed = job("score", "--clips", new_clips, "--model", demo / "model", "--out", demo / "new")

    scored, known = pd.read_parquet(demo / "new"), pd.read_parquet(demo / "predictions").set_index("clip_id")
    assert sorted(scored["clip_id"]) == [f"new-{name}" for name in sorted(known.index[known.index.isin(scored["clip_id"].str[4:])])]
    assert pd.read_parquet(beside(demo / "new") / "rejects")["clip_id"].tolist() == ["none"]
    assert "3 done, 1 rejected (1 decode_failed)" in printed.splitlines()[-1]


def test_more_rejects_than_allowed_end_in_their_own_exit_code(demo: Path, new_clips: Path):
    job(
        *("extract", "--clips", new_clips, "--selection", demo / "selection", "--out", demo / "strict"),
        *("--max-reject-share", "0.1"),
        code=3,
    )

    assert len(pd.read_parquet(demo / "strict")) == 3


def test_a_driver_killed_half_way_and_started_again_gives_every_clip_once(demo: Path, tmp_path: Path):
    out = tmp_path / "features"
    arguments = ("--clips", demo / "corpus" / "clips.csv", "--selection", demo / "selection", "--out", out)
    driver = Job([sys.executable, "jobs/extract.py", *arguments], ENVIRONMENT)
    driver.until(lambda: any(beside(out).glob("staging/*.parquet")) or any(out.glob("part-*")), "a first part")
    driver.kill()

    job("extract", *arguments)

    assert sorted(pd.read_parquet(out)["clip_id"]) == sorted(pd.read_csv(demo / "corpus" / "clips.csv")["clip_id"])
    assert list((beside(out) / "staging").glob("*")) == []


NONSENSE = [
    ("extract", ("--clips", "nowhere.csv", "--out", "out", "--selection", "all"), "no clips table at"),
    ("extract", ("--clips", "README.md", "--out", "out", "--selection", "all"), "ends in .csv or .parquet"),
    ("train", ("--features", "nowhere", "--out", "out"), "nowhere"),
    ("score", ("--features", "nowhere", "--model", "nowhere", "--out", "out"), "nowhere"),
    ("score", ("--model", "nowhere", "--out", "out"), "one of them"),
    ("select", ("--out", "out"), "--stills"),
    ("report", ("--predictions", "nowhere", "--model", "nowhere", "--out", "out"), "nowhere"),
]

ONE_AFTER_THE_OTHER = """
import contextlib, io, json, runpy, sys

answers = []
for name, arguments in json.loads(sys.argv[1]):
    sys.argv = [f"jobs/{name}.py", *arguments]
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):
        try:
            code = runpy.run_path(sys.argv[0], run_name="__main__") and 0
        except SystemExit as ended:
            code = ended.code
    answers.append((code, out.getvalue()))
print(json.dumps(answers))
"""
"""Commands as a user starts them, but in one process: each would be some seconds at its imports."""


@pytest.fixture(scope="module")
def answers() -> list[tuple[int, str]]:
    """Exit code of each of these requests, and what it printed."""
    nowhere = "127.0.0.1:1"  # joining this cluster would fail otherwise
    requests = json.dumps([(name, arguments) for name, arguments, _ in NONSENSE])
    program = Job([sys.executable, "-c", ONE_AFTER_THE_OTHER, requests], ENVIRONMENT | {"RAY_ADDRESS": nowhere})
    assert program.ended() == 0
    found: list[tuple[int, str]] = json.loads(program.out)
    return found


@pytest.mark.parametrize(("place", "message"), list(enumerate(message for *_, message in NONSENSE)))
def test_a_request_that_makes_no_sense_is_refused_before_ray_starts(answers: list[tuple[int, str]], place: int, message: str):
    code, printed = answers[place]

    assert code == 2
    assert message in printed
    assert "Traceback" not in printed
