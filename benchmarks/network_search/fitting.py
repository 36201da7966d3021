"""One network's training as `avemo_core.training.epochs` does it, with the variations that a trial names."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from avemo_core.bundle.pooled_classifier import PooledClassifier
from avemo_core.model.batch import Batch, ClipInputs, by_length, collate
from avemo_core.model.network import build
from avemo_core.runtime.process_group import ProcessGroup
from avemo_core.training.attention_loss import attention_losses
from avemo_core.training.epochs import _without_modalities
from avemo_core.training.learner import Learner
from network_search.augmented import augmented, cropped
from network_search.corpora import SearchFold, recipe_for
from network_search.networks import LinearBranch, Segments
from network_search.trials import SHORT, SHORT_STRIDE, Trial
from schemas.emotions import EMOTIONS


class Fitted:
    """A network that has learned a fold's train part as the trial says, and reads clips as it was trained to."""

    def __init__(self, trial: Trial, fold: SearchFold, seed: int, other: Sequence[ClipInputs] = ()) -> None:
        recipe = recipe_for(fold.corpus)
        self._trial, self._stride = trial, trial.stride or (SHORT_STRIDE if trial.short else recipe.model.visual_stride)
        self._model = replace(recipe.model, **trial.model)
        self._fit = replace(recipe.fit, **({**SHORT, **trial.fit} if trial.short else trial.fit))
        self._gains = [torch.from_numpy(gain) for gain in gains(trial, fold)]
        torch.manual_seed(seed)
        learner = Learner(self._built(fold), self._fit)
        if other:
            self._learn(learner, other, seed + 1000, self._fit.epochs // 2)
        self._learn(learner, [*fold.train, *(fold.train_splices if trial.splices else ())], seed, self._fit.epochs)
        self.network = learner.eval_model.eval()

    def _built(self, fold: SearchFold) -> nn.Module:
        network = {"paper": build, "segments": Segments, "branch": LinearBranch}[self._trial.network]
        return network(self._model, fold.widths)  # type: ignore[operator, no-any-return]

    def _learn(self, learner: Learner, clips: Sequence[ClipInputs], seed: int, epochs: int) -> None:
        targets = self._targets(clips)
        clips = self._formed(clips)
        for epoch in range(1, epochs + 1):
            rng = np.random.default_rng([seed, epoch])
            torch.manual_seed(int(rng.integers(2**62)))
            learner.network.train()
            for indices in by_length([len(clip.has_face) for clip in clips], self._fit.batch_clips, rng):
                phases, draw = rng.integers(self._stride, size=len(indices)), rng.random(len(indices))
                own = [clips[i] if not self._trial.crop else cropped(clips[i], rng) for i in indices]
                batch = collate([clip.strided(self._stride, int(phase)) for clip, phase in zip(own, phases, strict=True)])
                batch = _without_modalities(self._scaled(batch), torch.from_numpy(draw), self._fit.modality_dropout)
                batch, wanted = augmented(batch, targets[indices], self._trial, rng)
                output = learner.network(batch)
                loss = functional.cross_entropy(output.logits, wanted)
                if self._trial.attention_loss:
                    loss = loss + self._trial.attention_loss * attention_losses(output.perception, batch.label, batch.moment).mean()
                learner.step(loss, ProcessGroup())

    def _targets(self, clips: Sequence[ClipInputs]) -> Tensor:
        """What is learned: labels, smoothed, or mixed with what the pooled model says of clips it learned from or of people it did not."""
        labels = torch.tensor([clip.label for clip in clips])
        seen = torch.zeros(len(EMOTIONS)).index_fill_(0, labels.unique(), 1.0)
        smooth = self._trial.label_smoothing
        targets = (1 - smooth) * functional.one_hot(labels, len(EMOTIONS)) + smooth * seen / seen.sum()
        if not self._trial.distil:
            return targets
        teacher = torch.from_numpy(PooledClassifier.fit(clips).logits(clips))
        return (1 - self._trial.distil) * targets + self._trial.distil * (teacher / 2).softmax(1)

    def _formed(self, clips: Sequence[ClipInputs]) -> list[ClipInputs]:
        return [paired(clip) for clip in clips] if self._trial.short else list(clips)

    def _scaled(self, batch: Batch) -> Batch:
        audio, shape, appearance = self._gains
        return replace(batch, audio=batch.audio * audio, shape=batch.shape * shape, appearance=batch.appearance * appearance)

    def scored(self, clips: Sequence[ClipInputs]) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]:
        """Probabilities, perception of the clip's own emotion by step, and the time of the steps."""
        probabilities = np.zeros((len(clips), len(EMOTIONS)), np.float32)
        strided = [clip.strided(self._stride) for clip in self._formed(clips)]
        perception = [np.zeros(0)] * len(clips)
        with torch.inference_mode():
            for indices in by_length([len(clip.has_face) for clip in strided], 64):
                batch = self._scaled(collate([strided[i] for i in indices]))
                output = self.network(batch)
                probabilities[indices] = output.logits.softmax(1).numpy()
                for row, place in enumerate(indices):
                    clip = strided[place]
                    perception[place] = output.perception[row, clip.label, : len(clip.has_face)].numpy()
        return probabilities, perception, [clip.step_time_s for clip in strided]


def paired(clip: ClipInputs) -> ClipInputs:
    """Every two audio steps averaged into one."""
    if not len(clip.audio):
        return clip
    starts = np.arange(0, len(clip.audio), 2)
    counts = np.diff(starts, append=len(clip.audio)).astype(np.float32)
    audio, time_s = (np.add.reduceat(values, starts) for values in (clip.audio, clip.audio_time_s))
    return replace(clip, audio=audio / counts[:, None], audio_time_s=time_s / counts, centre=np.minimum(clip.centre // 2, len(starts) - 1))


def gains(trial: Trial, fold: SearchFold) -> list[np.ndarray]:
    """What the columns of audio, shape and appearance are multiplied by.

    A stream with functionals has three equal thirds: the values, their running means, their running deviations; the audio has the
    whitened components' first, and the prosody's behind them.
    """
    audio, shape, appearance = fold.widths
    components = fold.preprocessor.whitening.audio_projection.shape[1]
    thirds = np.array(trial.thirds, np.float32)
    found = [np.repeat(thirds, width // 3) for width in (3 * components, audio - 3 * components, shape, appearance)]
    if trial.spectrum:
        # Each column of the projection is an eigenvector over the root of its eigenvalue: what whitening took away is given back in part.
        deviation = 1 / np.linalg.norm(fold.preprocessor.whitening.audio_projection, axis=0)
        kept = deviation**trial.spectrum
        found[0] *= np.tile(kept / np.sqrt(np.mean(kept**2)), 3)
    return [np.concatenate(found[:2]).astype(np.float32), found[2].astype(np.float32), found[3].astype(np.float32)]
