"""All commands on a synthetic corpus, from clips to report: what `make demo` runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import ray
import torch

from avemo_core.bundle.bundle import Bundle
from avemo_core.errors import ConfigError
from avemo_core.evaluation.localisation import AttentionLocalisation, attention_localisation
from avemo_core.inference.predictor import Predictor
from avemo_core.model.network import build
from avemo_core.report.inputs import Media
from avemo_core.runtime.public import public
from avemo_core.runtime.threads import use_one
from avemo_core.synthetic import corpus
from avemo_core.synthetic.plans import CLIPS, ClipPlan, plan
from cluster.extract.job import ExtractOptions, extract
from cluster.progress import Progress
from cluster.ray.session import resolve, session
from cluster.report.job import ReportOptions, report
from cluster.score.job import ScoreOptions, score
from cluster.select.job import SelectOptions, select
from cluster.storage.location import is_remote
from cluster.tables.parts import read
from cluster.train.job import TrainOptions, train_model
from schemas.emotions import EMOTIONS

TREES: Final = 100
"""Fewer than a real selection grows: two faces are behind all actors."""


@dataclass(frozen=True, kw_only=True)
class DemoOptions:
    """Options of `demo`."""

    out: str = "demo"
    """A folder for everything: corpus, features, model, predictions, report."""
    clips: int = CLIPS
    """How many clips to make; rounded up to whole actors of seven."""
    seed: int = 0
    """Of the corpus and of the training."""


@dataclass(frozen=True, kw_only=True)
class DemoOutputs:
    """Where the output of each step lies."""

    folder: str

    @property
    def clips(self) -> str:
        """The clips table, with the planted segments."""
        return f"{self.folder}/corpus/clips.csv"

    @property
    def selection(self) -> str:
        """The selection of appearance values."""
        return f"{self.folder}/selection"

    @property
    def features(self) -> str:
        """The features table."""
        return f"{self.folder}/features"

    @property
    def model(self) -> str:
        """The bundle."""
        return f"{self.folder}/model"

    @property
    def predictions(self) -> str:
        """The predictions table."""
        return f"{self.folder}/predictions"

    @property
    def report(self) -> str:
        """The report's folder."""
        return f"{self.folder}/report"


@dataclass(frozen=True, kw_only=True)
class Demonstration:
    """The result of a demo."""

    places: DemoOutputs
    accuracy: float
    """On the clips of actors in the test split."""
    uar: float
    """Unweighted average recall, on the same."""
    chance: float
    test_clips: int
    attention: AttentionLocalisation
    """Of the trained model."""
    untrained: AttentionLocalisation
    """Of the same network before training."""
    predictions: pa.Table
    step_s: dict[str, float] = field(default_factory=dict)
    """Seconds of each step."""


def demonstrate(options: DemoOptions) -> Demonstration:
    """Make a corpus, then select, extract, train, score and report on it.

    Raises:
        ConfigError: too few clips; a model file is missing; the output is no folder on a disk.
        KeyboardInterrupt: a step was asked to stop; the next ones must not build on a part of the clips.
    """
    places, step_s = DemoOutputs(folder=resolve(options.out)), dict[str, float]()
    if is_remote(places.folder):
        raise ConfigError(f"--out {public(places.folder)}: the demo renders its corpus on a disk; name a folder there")
    plans = plan(clips=options.clips, seed=options.seed)
    with ExitStack() as stack:
        with _timed("start Ray", step_s):
            stack.enter_context(session())
        with _timed("make the corpus", step_s):
            _render_corpus(plans, Path(places.clips).parent)
        with _timed("select", step_s):
            select(SelectOptions(clips=places.clips, out=places.selection, trees=TREES))
        with _timed("extract", step_s):
            extract(ExtractOptions(clips=places.clips, out=places.features, selection=places.selection)).or_interrupt()
        with _timed("train", step_s):
            train_model(TrainOptions(features=places.features, out=places.model, preset="paper"))
        with _timed("score", step_s):
            score(ScoreOptions(features=places.features, model=places.model, out=places.predictions)).or_interrupt()
    with _timed("report", step_s):
        report(_report_options(places))
    return _measured(places, step_s)


def _report_options(places: DemoOutputs) -> ReportOptions:
    """A report with videos: the synthetic faces are nobody's."""
    return ReportOptions(
        predictions=places.predictions,
        model=places.model,
        clips=places.clips,
        out=places.report,
        media=Media.SHOWN,
        title="avemo demo: synthetic faces of two people",
    )


def _render_corpus(plans: Sequence[ClipPlan], folder: Path) -> None:
    """Render the clips that are not there yet, in parallel, and write their table."""
    progress = Progress("make clips", len(plans))
    waiting = [_render.remote(one, folder) for one in plans]
    for done in range(len(plans)):
        finished, waiting = ray.wait(waiting)
        ray.get(finished)
        progress.update(done + 1, 0)
    progress.close()
    corpus.write_table(plans, folder)


@ray.remote
def _render(one: ClipPlan, folder: Path) -> None:
    use_one()
    corpus.render(one, folder)


def _measured(places: DemoOutputs, step_s: dict[str, float]) -> Demonstration:
    """Accuracy and attention localisation on the clips of actors in the test split, for the model and for an untrained one."""
    predictions, features, bundle = read(places.predictions), read(places.features), Bundle.load(places.model)
    test = predictions.filter(pc.equal(predictions["split"], "test"))
    before = Predictor(_untrained(bundle)).rows(features.filter(pc.equal(features["split"], "test")))
    segments = _planted_segments(places.clips)
    labelled = pd.DataFrame({"label": test["label"].to_pylist(), "right": pc.equal(test["predicted"], test["label"]).to_pylist()})
    return Demonstration(
        places=places,
        accuracy=labelled["right"].mean(),
        uar=labelled.groupby("label")["right"].mean().mean(),
        chance=1 / len(EMOTIONS),
        test_clips=test.num_rows,
        attention=attention_localisation(test, segments),
        untrained=attention_localisation(before, segments),
        predictions=predictions,
        step_s=step_s,
    )


def _planted_segments(clips: str) -> dict[str, tuple[float, float]]:
    """Start and stop of the planted segment, seconds, by clip; neutral clips have none."""
    table = pd.read_csv(clips).dropna(subset=["segment_start_s"])
    return dict(zip(table["clip_id"], zip(table["segment_start_s"], table["segment_stop_s"], strict=True), strict=True))


def _untrained(bundle: Bundle) -> Bundle:
    """The same bundle with the weights of networks before training."""
    torch.manual_seed(0)
    return replace(bundle, members=tuple(build(bundle.config, bundle.preprocessor.widths).state_dict() for _ in bundle.members))


@contextmanager
def _timed(step: str, step_s: dict[str, float]) -> Iterator[None]:
    started_s = monotonic()
    print(f"-- {step}", flush=True)  # noqa: T201 - says which step the lines below belong to
    yield
    step_s[step] = monotonic() - started_s
