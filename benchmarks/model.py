"""Speed of the proposed network: a training step beside its bare LSTM calls and beside a per-step loop; clips scored a second.

    OMP_NUM_THREADS=1 python benchmarks/model.py [--preset paper] [--rounds 15]

One thread. Clips of three seconds at 25 fps (75 video steps, 94 audio steps), values at random, batches of 32 to train and 64 to score.
What is compared runs in turns, and each figure is the least CPU time of the rounds.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).parents[1]))

from avemo_core.bundle.bundle import Bundle
from avemo_core.bundle.pooled_classifier import PooledClassifier
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.preprocess.preprocessor import Preprocessor
from avemo_core.inference.predictor import Predictor
from avemo_core.model.batch import Batch, ClipInputs, collate
from avemo_core.model.network import Proposed, build
from avemo_core.training import presets
from avemo_core.training.config import Recipe
from avemo_core.training.learner import _optimiser
from benchmarks.model_loops import looped
from cluster.score.feature_rows import feature_rows
from cluster.score.worker import ScoreWorker
from cluster.tables.parquet import encode
from schemas.emotions import EMOTIONS
from schemas.features import SHAPE_WIDTH
from tests.avemo_core.feature_rows import table

FRAMES, FRAME_S, STEPS, HOP_S = 75, 0.04, 94, 0.032
AUDIO, APPEARANCE = 901, 1024
BATCH, SCORED = 32, 256


def main() -> None:
    """Print the ratios of training and the rates of scoring."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", choices=["paper", "best"], default="paper")
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    recipe = (presets.paper if arguments.preset == "paper" else presets.best)()
    clips = made(SCORED)
    preprocessor = Preprocessor.fit(clips, recipe.model)
    inputs = preprocessor.inputs(clips, preprocessor.gather(clips))
    network = build(recipe.model, preprocessor.widths)
    training(network, recipe, collate([clip.strided(recipe.model.visual_stride) for clip in inputs[:BATCH]]), arguments.rounds)
    bundle = Bundle(
        config=recipe.model,
        preprocessor=preprocessor,
        members=(network.state_dict(),),
        feature_set="made up",
        pooled=PooledClassifier.fit(inputs) if recipe.model.fusion_weight else None,
    )
    scoring(bundle, clips, inputs, arguments.rounds)


def training(network: Proposed, recipe: Recipe, batch: Batch, rounds: int) -> None:
    """A step of ours, of the LSTMs alone, and of the loop."""
    lstms = [lstm for encoder in (network.encoder, network.selector) for lstm in (encoder.audio_lstm, encoder.audio_visual_lstm)]
    steps = [batch.audio.shape[1], batch.shape.shape[1]] * 2
    inputs = [torch.randn(len(batch), t, lstm.input_size, requires_grad=True) for lstm, t in zip(lstms, steps, strict=True)]
    network.eval()
    torch.testing.assert_close(looped(network, batch), network(batch).logits, rtol=1e-4, atol=1e-4)
    network.train()
    optimiser, optimiser_of_lstms = _optimiser(network, recipe.fit), _optimiser(nn.ModuleList(lstms), recipe.fit)

    def bare() -> None:
        torch.autograd.backward([lstm.states(x).sum() for lstm, x in zip(lstms, inputs, strict=True)])

    def update(by: torch.optim.Optimizer, loss: Callable[[], None]) -> None:
        by.zero_grad()
        loss()
        nn.utils.clip_grad_norm_([p for group in by.param_groups for p in group["params"]], recipe.fit.gradient_norm)
        by.step()

    def ours() -> None:
        nn.functional.cross_entropy(network(batch).logits, batch.label).backward()

    def loop() -> None:
        nn.functional.cross_entropy(looped(network, batch), batch.label).backward()

    timed = {
        "step": lambda: update(optimiser, ours),
        "loop": lambda: update(optimiser, loop),
        "LSTM calls": bare,
        "LSTM step": lambda: update(optimiser_of_lstms, bare),
        "products": lambda: products(network, batch),
    }
    took_s = least_s(timed, rounds)
    print(f"widths   audio {batch.audio.shape[2]}, shape {batch.shape.shape[2]}, appearance {batch.appearance.shape[2]}; steps {steps[:2]}")
    print("train    " + ", ".join(f"{name} {seconds * 1e3:.1f} ms" for name, seconds in took_s.items()))
    print(f"ratio    step / LSTM calls {took_s['step'] / took_s['LSTM calls']:.2f}  (forward and backward of the four LSTMs, no update)")
    print(f"ratio    step / LSTM step {took_s['step'] / took_s['LSTM step']:.2f}  (the same with clipping and update)")
    print(f"ratio    loop / step {took_s['loop'] / took_s['step']:.1f}")


def products(network: Proposed, batch: Batch) -> None:
    """The matrix products of the hidden layers that read the inputs, forward and backward, and nothing else."""
    streams = (batch.audio, batch.shape, batch.appearance)
    for encoder in (network.encoder, network.selector):
        for layer, stream in zip((encoder.audio_hidden, encoder.shape_hidden, encoder.appearance_hidden), streams, strict=True):
            out = layer[0](stream)
            torch.autograd.backward(out, out.detach())


def scoring(bundle: Bundle, clips: list[ClipFeatures], inputs: list[ClipInputs], rounds: int) -> None:
    """Clips a second: preprocessed, from a table in memory, from Parquet as `score` reads it."""
    predictor, rows = Predictor(bundle), table(clips, bundle.feature_set)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "part-0.parquet").write_bytes(encode(rows))
        bundle.save(f"{folder}/model")
        subjects = predictor.gather(rows)
        scorer = ScoreWorker(f"{folder}/model", folder, subjects.to_table(), on_gpu=False)
        chunk = list(feature_rows(folder))
        timed = {
            "preprocessed": lambda: predictor.score(inputs),
            "from a table in memory": lambda: predictor.rows(rows, subjects),
            "from Parquet": lambda: list(scorer.rows(chunk)),
        }
        for name, seconds in least_s(timed, rounds).items():
            print(f"score    {len(clips) / seconds:6,.0f} clips/s {name}")
        print(f"parquet  {Path(folder, 'part-0.parquet').stat().st_size / len(clips) / 1e3:,.0f} kB a clip")


def least_s(timed: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Seconds of each, in turns; the first round only warms up."""
    found: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(rounds + 1):
        for name, call in timed.items():
            started_s = time.process_time()
            call()
            found[name].append(time.process_time() - started_s)
    return {name: min(seconds[1:]) for name, seconds in found.items()}


def made(count: int) -> list[ClipFeatures]:
    """Clips of three seconds, as extraction gives them in form."""
    rng = np.random.default_rng(0)
    return [_clip(number, rng) for number in range(count)]


def _clip(number: int, rng: np.random.Generator) -> ClipFeatures:
    return ClipFeatures(
        clip_id=f"clip-{number}",
        source_id=f"clip-{number}",
        label=EMOTIONS[number % len(EMOTIONS)],
        split=None,
        subject=f"subject-{number % 8}",
        audio=np.abs(rng.normal(size=(STEPS, AUDIO))).astype(np.float32),
        audio_time_s=(np.arange(STEPS) * HOP_S).astype(np.float32),
        shape=rng.normal(size=(FRAMES, SHAPE_WIDTH)).astype(np.float32),
        appearance=rng.normal(size=(FRAMES, APPEARANCE)).astype(np.float16),
        frame_time_s=(np.arange(FRAMES) * FRAME_S).astype(np.float32),
        has_face=np.ones(FRAMES, bool),
    )


if __name__ == "__main__":
    main()
