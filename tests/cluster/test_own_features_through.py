"""Features of one's own to a report: made elsewhere, so that no clip is opened, or by a network or an encoder of one's own."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from cluster.extract.job import ExtractOptions, extract
from cluster.report.job import ReportOptions, report
from cluster.score.job import ScoreOptions, score
from cluster.train.job import TrainOptions, train_model
from schemas.audio_sets import names_in
from schemas.emotions import EMOTIONS
from schemas.predictions import PROBABILITIES
from tests.avemo_core.appearance.plugged.made import Small, exported, sidecar
from tests.avemo_core.audio_sets.encoders import KINDS, encoder
from tests.cluster.beside import beside

pytestmark = pytest.mark.usefixtures("ray_session")
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


@pytest.mark.long
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


def to_a_report(corpus: Path, folder: Path, inputs: str, **parts: str) -> str:
    """Extract, train, score the clips as well as their features, and report; the model card."""
    clips, features, model = str(corpus / "clips.csv"), str(folder / "features"), str(folder / "model")

    extracted = extract(ExtractOptions(clips=clips, out=features, **parts))
    train_model(TrainOptions(features=features, out=model, inputs=inputs, seeds=1))
    scored = score(ScoreOptions(features=features, model=model, out=str(folder / "of-features")))
    again = score(ScoreOptions(clips=clips, model=model, out=str(folder / "of-clips")))
    report(ReportOptions(predictions=str(folder / "of-features"), model=model, out=str(folder / "report"), clips=clips))

    assert (extracted.done, scored.done, again.done) == (7, 7, 7)
    assert (folder / "report" / "index.html").exists()
    one, other = (pd.read_parquet(folder / name).sort_values("clip_id") for name in ("of-features", "of-clips"))
    np.testing.assert_array_equal(one[list(PROBABILITIES)], other[list(PROBABILITIES)])
    return (folder / "model" / "README.md").read_text()


def sets_of(features: Path) -> tuple[str, ...]:
    return names_in(list(pq.read_schema(next(features.glob("*.parquet"))).names))


@pytest.mark.long
def test_a_torch_export_network_goes_from_clips_to_a_report_and_its_licence_stands_on_the_card(tiny_corpus: Path, tmp_path: Path):
    network = sidecar(exported(Small(), tmp_path / "face.pt2"), licence="research only")

    card = to_a_report(tiny_corpus, tmp_path, "shape,appearance,yaafe27", network=f"torch:{network}")

    assert "- face network: research only" in card


@pytest.mark.extras
def test_an_onnx_network_goes_from_clips_to_a_report_and_its_licence_stands_on_the_card(tiny_corpus: Path, tmp_path: Path):
    network = sidecar(exported(Small(), tmp_path / "face.onnx"), licence="research only")

    card = to_a_report(tiny_corpus, tmp_path, "shape,appearance,yaafe27", network=f"onnx:{network}")

    assert "- face network: research only" in card


@pytest.mark.extras
@pytest.mark.parametrize("kind", KINDS)
def test_a_speech_encoder_goes_from_clips_to_a_report_and_of_new_clips_only_what_is_read_is_extracted(
    tiny_corpus: Path, tmp_path: Path, kind: str
):
    folder = encoder(tmp_path / "encoder", kind)

    card = to_a_report(tiny_corpus, tmp_path, "speech", network="none", speech=f"hf:{folder}:layers=-2..-1")

    assert f"It reads speech {kind} " in card
    assert sets_of(tmp_path / "features") == ("yaafe27", "speech")
    assert sets_of(beside(tmp_path / "of-clips") / "features") == ("speech",)
