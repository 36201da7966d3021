"""From features to predictions: a bundle run over clips in batches by length."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from avemo_core.abstention.threshold import is_answered
from avemo_core.bundle.attention import with_evidence
from avemo_core.bundle.bundle import Bundle
from avemo_core.bundle.probabilities import flattened, late_fusion, mean_probabilities, temperature_scaled
from avemo_core.errors import TableError
from avemo_core.extraction.media_version import how_to_agree
from avemo_core.features.clip_features import ClipFeatures, from_table
from avemo_core.features.parts import lacking
from avemo_core.features.preprocess.config import Modalities, SubjectNormalisation
from avemo_core.features.preprocess.modalities import of_parts
from avemo_core.features.preprocess.preprocessor import Preprocessor
from avemo_core.features.preprocess.streams import with_voice
from avemo_core.features.preprocess.subjects import SubjectStatistics
from avemo_core.features.voice import NO_VOICES, Voices
from avemo_core.inference.columns import column, known, probability_columns, vectors
from avemo_core.inference.readable import readable
from avemo_core.model.batch import ClipInputs, by_length, collate
from avemo_core.model.network import Output
from avemo_core.novelty.ranks import Ranked, unranked
from avemo_core.runtime.stored import changed
from schemas import predictions
from schemas.condition import CONDITION
from schemas.emotions import EMOTIONS
from schemas.identity import IDENTITY
from schemas.novelty import NOVELTY

BATCH_CLIPS: Final = 64


class Scored(NamedTuple):
    """The model's output for one clip."""

    probabilities: Float32[np.ndarray, " emotion"]
    perception: Float32[np.ndarray, "t_v emotion"]
    alignment: Float32[np.ndarray, "t_v window"] | None
    """None without sound, or where the model reads no sound."""
    clip: ClipInputs
    """The clip as it was scored, on every `visual_stride`-th step."""
    novelty: float
    """NaN where it cannot be told."""


class Predictor:
    """A bundle ready to score.

    Args:
        bundle: the model.
        device: where its networks live.
        normalisation: by subject; None: as the model was trained.
        threshold: the least confidence that is answered, with clips that are not novel; None: every clip is.

    Raises:
        ConfigError: a normalisation that the model was not trained for.
    """

    def __init__(
        self,
        bundle: Bundle,
        device: torch.device | str = "cpu",
        normalisation: SubjectNormalisation | None = None,
        threshold: float | None = None,
    ) -> None:
        self._bundle = bundle
        self._preprocessor = bundle.preprocessor if normalisation is None else bundle.preprocessor.normalising(normalisation)
        self._device = device
        self._networks = bundle.networks(device)
        self._model_id = bundle.model_id
        self._threshold = threshold

    @property
    def schema(self) -> pa.Schema:
        """Of the rows it makes."""
        return predictions.schema(self._bundle.config.window)

    @property
    def modalities(self) -> Modalities:
        """What the model reads."""
        return self._bundle.config.modalities

    @property
    def reads(self) -> tuple[str, ...]:
        """The parts of the features that the model reads."""
        return self._bundle.config.reads

    @property
    def reads_in_words(self) -> str:
        """The same for a message: one modality by its name."""
        return ", ".join(self.reads) if self.modalities == "audio-visual" else self.modalities

    @property
    def needs_subjects(self) -> bool:
        """Whether the model normalises by subject, so that `gather` should see the whole corpus before `rows`."""
        return self._preprocessor.config.subject_normalised

    @property
    def preprocessor(self) -> Preprocessor:
        """What makes its inputs."""
        return self._preprocessor

    def readable(self, features: pa.Table) -> pa.Table:
        """The rows that have anything that the model reads: of one that reads sound alone those with sound, and the like."""
        return readable(features, self._bundle.config)

    def voices(self, features: pa.Table) -> Voices:
        """The voices of these rows by clip_id, as `gather` and `rows` read them where they are not given; those of finite rows."""
        self._check(features)
        found = {clip.clip_id: with_voice(clip, self._preprocessor.config).voice for clip in self._clips(features)}
        return {clip_id: voice for clip_id, voice in found.items() if voice is not None}

    def gather(self, features: pa.Table, voices: Voices = NO_VOICES) -> SubjectStatistics:
        """Subject statistics of these rows; merge them over a corpus before calling `rows`."""
        self._check(features)
        return self._preprocessor.gather(self._clips(features, voices))

    def rows(self, features: pa.Table, subjects: SubjectStatistics | None = None, voices: Voices = NO_VOICES) -> pa.Table:
        """Score rows of a features table.

        Args:
            features: any number of rows; they are batched by length.
            subjects: statistics of the whole corpus; a subject not among them is normalised clip by clip.
            voices: those of rows whose voice was read before, by clip_id.

        Returns:
            One row of `schema` for each, in the same order.

        Raises:
            TableError: features of another feature_set, values that are no numbers, or a row of which the model reads nothing.
        """
        self._check(features)
        self._check_read(features)
        clips = self._clips(features, voices)
        _check_finite(clips)
        inputs = self._preprocessor.inputs(clips, subjects or SubjectStatistics(), with_windows=self._bundle.config.fuses_attention)
        return self._table(features, self.score(inputs))

    def _clips(self, features: pa.Table, voices: Voices = NO_VOICES) -> list[ClipFeatures]:
        """As the model reads them: what is wrong with a part that it does not read is nothing to it."""
        clips = [of_parts(clip, self._bundle.config.named) for clip in from_table(features)]
        return [changed(clip, voice=voices.get(clip.clip_id)) for clip in clips]

    def score(self, clips: Sequence[ClipInputs]) -> list[Scored]:
        """Score preprocessed clips, in their order."""
        config = self._bundle.config
        clips = [clip.strided(config.visual_stride) for clip in clips]
        scored: dict[int, Scored] = {}
        with torch.inference_mode():
            for indices in by_length([len(clip.has_face) for clip in clips], BATCH_CLIPS):
                scored |= dict(zip(indices.tolist(), self._score_batch([clips[i] for i in indices]), strict=True))
        return [scored[i] for i in range(len(clips))]

    def _score_batch(self, clips: Sequence[ClipInputs]) -> list[Scored]:
        batch = collate(clips).to(self._device)
        outputs = [network(batch) for network in self._networks]
        novelty, excess = self._ranked(clips)
        probabilities = self._probabilities(outputs, clips, excess).numpy()
        perception = _mean([output.perception for output in outputs]).transpose(1, 2).cpu().numpy()
        aligned = [output.alignment for output in outputs if output.alignment is not None]
        alignment = _mean(aligned).cpu().numpy() if aligned else None
        return [
            Scored(
                probabilities[row],
                with_evidence(perception[row, : len(clip.has_face)], clip, self._bundle.pooled),
                None if alignment is None or not len(clip.audio) else alignment[row, : len(clip.has_face)],
                clip,
                float(novelty[row]),
            )
            for row, clip in enumerate(clips)
        ]

    def _ranked(self, clips: Sequence[ClipInputs]) -> Ranked:
        return unranked(len(clips)) if self._bundle.novelty is None else self._bundle.novelty([clip.description for clip in clips])

    def _probabilities(
        self, outputs: Sequence[Output], clips: Sequence[ClipInputs], excess: Float[np.ndarray, " clip"]
    ) -> Float32[Tensor, "clip emotion"]:
        """Mean of the networks' probabilities (eq. 11), fused with the pooled linear model's where there is one, flattened and scaled."""
        probabilities = mean_probabilities([output.logits for output in outputs]).cpu()
        if self._bundle.pooled:
            probabilities = late_fusion(
                probabilities, torch.from_numpy(self._bundle.pooled.logits(clips)), self._bundle.config.fusion_weight
            )
        probabilities = flattened(probabilities, torch.from_numpy(excess), self._bundle.emotions)
        return temperature_scaled(probabilities, self._bundle.temperature, self._bundle.emotions)

    def _check(self, features: pa.Table) -> None:
        if said := lacking(self._bundle.config.reads, features.column_names):
            raise TableError(f"features: {said}")
        found = sorted(set(features.column("feature_set").to_pylist())) if "feature_set" in features.column_names else []
        if others := [name for name in found if not self._bundle.accepts(name)]:
            expected = self._bundle.feature_set
            raise TableError.mismatch("feature_set", expected, ", ".join(found), how_to_agree(expected, others[0]))

    def _check_read(self, features: pa.Table) -> None:
        if unread := len(features) - len(self.readable(features)):
            found = f"none in {unread} of {len(features)} rows"
            raise TableError.mismatch("features", f"{self.reads_in_words}, which the model reads alone", found, "Leave these rows out.")

    def _table(self, features: pa.Table, scored: Sequence[Scored]) -> pa.Table:
        columns: dict[str, Any] = {field.name: features.column(field.name) for field in IDENTITY}
        novelty = np.array([one.novelty for one in scored], np.float32)
        probabilities = np.stack([one.probabilities for one in scored]) if scored else np.zeros((0, len(EMOTIONS)), np.float32)
        columns |= probability_columns(probabilities) | {NOVELTY.name: pa.array(novelty, from_pandas=True)}
        if self._threshold is not None:
            answered = is_answered(columns["confidence"], novelty, self._threshold)
            columns["predicted"] = pa.array(columns["predicted"], pa.string(), mask=~answered)
        schema = self.schema
        columns |= {
            "step_time_s": [one.clip.step_time_s for one in scored],
            "perception": vectors([one.perception for one in scored], schema.field("perception").type),
            "alignment": vectors([one.alignment for one in scored], schema.field("alignment").type),
            "window_time_s": vectors([self._window_time_s(one) for one in scored], schema.field("window_time_s").type),
            "face_coverage": features.column("face_coverage"),
            "audio_coverage": features.column("audio_coverage"),
            "has_sound": [one.alignment is not None for one in scored],
            **{field.name: known(features, field) for field in CONDITION},
            "model_id": [self._model_id] * len(scored),
        }
        return pa.table([column(columns[field.name], field.type) for field in schema], schema=schema)

    def _window_time_s(self, scored: Scored) -> Float32[np.ndarray, "t_v window"] | None:
        """Time of the audio step under each window position; NaN outside the clip."""
        if scored.alignment is None:
            return None
        half = self._bundle.config.half_window
        positions = scored.clip.centre[:, None] + np.arange(-half, half)
        times = scored.clip.audio_time_s
        inside = (positions >= 0) & (positions < len(times))
        return np.where(inside, times[np.where(inside, positions, 0)], np.nan).astype(np.float32)


def _mean(tensors: Sequence[Tensor]) -> Tensor:
    return tensors[0] if len(tensors) == 1 else torch.stack(list(tensors)).mean(0)


def _check_finite(clips: Sequence[ClipFeatures]) -> None:
    broken = [clip.clip_id for clip in clips if not clip.is_finite]
    if broken:
        found = f"NaN or infinite values in {len(broken)} clips, among them {', '.join(broken[:3])}"
        raise TableError.mismatch("features", "finite numbers", found, "Extract these clips again.")
