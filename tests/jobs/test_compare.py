"""What `compare` prints."""

import numpy as np
import pytest

from avemo_core.evaluation.comparison import PartClips, Row, document
from avemo_core.evaluation.intervals import Clusters
from cluster.compare.job import Comparison
from jobs.compare import print_table

LABELS = np.array([0, 1, 2, 0, 1, 2])


def compared(*encodings: str | None) -> Comparison:
    """Two models, these rows of Table 1."""
    part = PartClips(labels=LABELS, clusters=Clusters.of(["a", "b", "c"] * 2))
    rights = zip(("one", "two"), (np.eye(2, 6), np.ones((2, 6))), encodings, strict=True)
    rows = [Row(model=name, right={"train": right, "test": right}, encoding=encoding) for name, right, encoding in rights]
    table = {
        "rows": document(rows, {"train": part, "test": part}),
        "interval_over": {"test": {"unit": "people", "count": 3}},
        "roles": {"train": "learned from", "test": "held out in turn, but seen by the selection"},
        "held_out_clips": {"1": 2, "2": 4},
        "folds": "2",
        "clips": 6,
        "chance": 1 / 3,
        "repeats": 2,
        "preset": "best",
        "selection": "the values were chosen",
        "folds_of_no_clip": ["nobody"],
    }
    return Comparison(table=table, out="/there", seconds=1.0)


def test_every_figure_stands_with_its_interval_and_what_that_is_over(capsys: pytest.CaptureFixture[str]):
    print_table(compared("average", "perception"))

    head, one, two, *told = capsys.readouterr().out.splitlines()
    assert head.split("  ")[-1] == "paper, AFEW"
    assert (one[-6:], two[-6:]) == ("41.19%", "44.90%")
    assert one.split()[:3] == ["one", "0.167", "0.167"]
    assert two.count("1.000 [1.000, 1.000]") == 2
    assert two.count("+0.833 [") == 2
    assert told[0] == "test: held out in turn, but seen by the selection; intervals over three people: the interval is too narrow"
    assert told[1] == "UAR leaves out happy, neutral, sad, surprise: no clip of these has that label."
    assert "folds 2 (2, each holds out 2 to 4 clips)" in told[2]
    assert told[3] == "1 name(s) of 2 have no labelled clip, among them nobody"


def test_models_that_the_paper_does_not_have_stand_beside_no_column_of_its_figures(capsys: pytest.CaptureFixture[str]):
    print_table(compared(None, None))

    told = capsys.readouterr().out
    assert told.splitlines()[0].endswith("seconds")
    assert "paper" not in told


def test_folds_of_one_size_are_said_with_that_size(capsys: pytest.CaptureFixture[str]):
    comparison = compared(None, None)
    comparison.table["held_out_clips"] = {"1": 3, "2": 3}

    print_table(comparison)

    assert "folds 2 (2, each holds out 3 clips)" in capsys.readouterr().out
