"""Features made elsewhere, from their tables to a report: no clip is opened on the way to the predictions."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cluster.extract.job import ExtractOptions, extract
from cluster.report.job import ReportOptions, report
from cluster.score.job import ScoreOptions, score
from cluster.train.job import TrainOptions, train_model
from schemas.emotions import EMOTIONS

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_session")]
PEOPLE = 6


def tables(folder: Path) -> None:
    """A clips table without files, an OpenFace csv a clip whose first action unit tells half of it, and an openSMILE csv of all clips."""
    draw = np.random.default_rng(0)
    clips, sound = [], []
    for number in range(PEOPLE * len(EMOTIONS)):
        emotion, person = number % len(EMOTIONS), number // len(EMOTIONS)
        name, split = f"clip-{number:02}", "val" if person == 0 else "test" if person == 1 else "train"
        clips.append({"clip_id": name, "path": f"/nowhere/{name}.mp4", "label": EMOTIONS[emotion], "subject": f"p{person}", "split": split})
        steps = np.arange(12) / 12
        units = draw.normal(0, 0.3, (12, 2)) + np.array([emotion, 0])
        seen = pd.DataFrame({"timestamp": steps, "confidence": 0.9, "success": 1, "AU01_r": units[:, 0], "AU02_r": units[:, 1]})
        seen.to_csv(folder / "openface" / f"{name}.csv", index=False)
        values = draw.normal(0, 0.3, (12, 3)) + np.array([0, emotion % 2, emotion])
        sound.append(pd.DataFrame({"name": name, "frameTime": steps, **{f"x{place}": values[:, place] for place in range(3)}}))
    pd.DataFrame(clips).to_csv(folder / "clips.csv", index=False)
    pd.concat(sound).to_csv(folder / "sound.csv", index=False, sep=";")


def test_tables_of_openface_and_opensmile_become_a_model_that_finds_what_is_in_them_and_a_report(tmp_path: Path):
    (tmp_path / "openface").mkdir()
    tables(tmp_path)
    places = {name: str(tmp_path / name) for name in ("features", "model", "predictions", "report")}
    own = {"audio_table": str(tmp_path / "sound.csv"), "face_table": str(tmp_path / "openface")}

    extracted = extract(ExtractOptions(clips=str(tmp_path / "clips.csv"), out=places["features"], audio="none", **own))
    train_model(TrainOptions(features=places["features"], out=places["model"], inputs="appearance,own"))
    scored = score(ScoreOptions(features=places["features"], model=places["model"], out=places["predictions"]))
    report(ReportOptions(predictions=places["predictions"], model=places["model"], out=places["report"]))

    rows = pd.read_parquet(places["predictions"])
    held_out = rows[rows["split"] == "test"]
    assert (extracted.done, scored.done) == (42, 42)
    assert (held_out["predicted"] == held_out["label"]).mean() > 0.5  # chance is a seventh
    assert (tmp_path / "report" / "index.html").exists()
