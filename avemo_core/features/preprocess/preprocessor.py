"""From a clip's features to a network's inputs: whitening, normalisation by subject, functionals, coarse alignment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, assert_never

import numpy as np
from jaxtyping import Float, Int

from avemo_core.errors import ConfigError
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.preprocess.audio_sets.clock import beside
from avemo_core.features.preprocess.audio_sets.fitted import AudioSets
from avemo_core.features.preprocess.audio_sets.heard import heard
from avemo_core.features.preprocess.config import PreprocessConfig, SubjectNormalisation
from avemo_core.features.preprocess.description import described
from avemo_core.features.preprocess.mixture.estimate import Mixture
from avemo_core.features.preprocess.mixture.labelled import emotions_in, known_mixtures, labelled_clips
from avemo_core.features.preprocess.mixture.normaliser import MixtureNormaliser
from avemo_core.features.preprocess.modalities import as_read_by, is_read_by, on_clock, step_time_s
from avemo_core.features.preprocess.scaling import StandardScaler
from avemo_core.features.preprocess.statistics_pooling import pooled_inputs
from avemo_core.features.preprocess.streams import Streams, stream_of, streams_of, voice_of
from avemo_core.features.preprocess.subjects import Reads, Shifts, Subject, SubjectStatistics, shifted
from avemo_core.features.preprocess.whitening import Whitening, groups_of
from avemo_core.features.preprocess.windows import pooled_windows, windows_of
from avemo_core.model.batch import UNKNOWN, ClipInputs
from avemo_core.model.network import Widths
from avemo_core.runtime.scratch import Keep, as_it_is
from avemo_core.runtime.stored import changed
from schemas.emotions import EMOTIONS


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Preprocessor:
    """Everything before the network; fitted on training clips, the same for every network of a bundle."""

    config: PreprocessConfig
    whitening: Whitening
    scaler: StandardScaler = field(default_factory=StandardScaler)
    """Scales what whitening leaves unscaled: running functionals, prosody, and the moments of whole clips."""
    audio_sets: AudioSets = field(default_factory=AudioSets)
    """Whitens those beside yaafe27."""
    mixture: MixtureNormaliser | None = None
    """What normalisation by subject needs to know of emotions; None where the model normalises without, or by nobody."""

    @classmethod
    def fit(cls, clips: Sequence[ClipFeatures], config: PreprocessConfig) -> "Preprocessor":
        """Fit the whitening, and the scaling of what it leaves unscaled, on training clips."""
        clips = [as_read_by(clip, config.modalities, config.reads) for clip in clips]
        audio_sets = AudioSets.fit(clips, groups_of(clips, config), config)
        fitted = cls(config=config, whitening=Whitening.fit(clips, config), audio_sets=audio_sets)
        if config.functionals_s > 0 or config.fusion_weight > 0 or config.prosody:
            fitted = replace(fitted, scaler=StandardScaler.fit(fitted.streams(clip) for clip in clips))
        if not config.reads_mixtures:
            return fitted
        emotions = emotions_in(clips)
        labelled = labelled_clips(clips, fitted.streams)
        mixture = MixtureNormaliser.fit(labelled, emotions, config.relevance_factor) if len(emotions) > 1 else None
        return replace(fitted, mixture=mixture)

    def streams(self, clip: ClipFeatures) -> Streams:
        """A clip's streams before normalisation by subject: whitened, with functionals and prosody beside them, scaled."""
        clip = as_read_by(clip, self.config.modalities, self.config.reads)
        return self.scaler(streams_of(clip, self.whitening(clip), self.config, self.audio_sets(clip)))

    def normalising(self, how: SubjectNormalisation) -> "Preprocessor":
        """The same, normalising by subject otherwise than it was fitted for.

        Raises:
            ConfigError: auto of a model that knows nothing of emotions' moments, or any of one that never was normalised.
        """
        if how != "off" and not self.config.subject_normalised:
            raise ConfigError(
                f"--subject-normalisation {how}: the model was trained without any: score with off, or train again with {how}"
            )
        if how == "auto" and self.mixture is None:
            raise ConfigError(
                "--subject-normalisation auto: the model was trained without it and does not know what each emotion looks like; "
                "score with on or off, or train again"
            )
        return replace(self, config=self.config.normalising(how))

    def arrays(self) -> dict[str, np.ndarray]:
        """All that was fitted by name, for the bundle."""
        parts = {"whitening": self.whitening.arrays(), "standard": self.scaler.arrays()}
        parts |= self.audio_sets.arrays()
        parts |= {"mixture": self.mixture.arrays()} if self.mixture else {}
        return {f"{part}.{name}": array for part, arrays in parts.items() for name, array in arrays.items()}

    @classmethod
    def of_arrays(cls, config: PreprocessConfig, arrays: Mapping[str, np.ndarray]) -> "Preprocessor":
        """Read what `arrays` gave; others among them do no harm."""

        def under(part: str) -> dict[str, np.ndarray]:
            return {name.removeprefix(f"{part}."): array for name, array in arrays.items() if name.startswith(f"{part}.")}

        return cls(
            config=config,
            whitening=Whitening(**under("whitening")),
            scaler=StandardScaler.of_arrays(under("standard")),
            audio_sets=AudioSets.of_arrays(config, arrays),
            mixture=MixtureNormaliser.of_arrays(mixture) if (mixture := under("mixture")) else None,
        )

    @property
    def normalises_by_mixture(self) -> bool:
        """Whether it asks which emotions a person shows."""
        return self.config.reads_mixtures and self.mixture is not None

    @property
    def widths(self) -> Widths:
        """Widths of the inputs it makes."""
        streams, arrays = 3 if self.config.functionals_s > 0 else 1, self.whitening
        audio, shape = arrays.audio_projection.shape[1] + self.audio_sets.components, arrays.shape_projection.shape[1]
        spoken = len(self.scaler.streams["prosody"].mean) if self.config.prosody else 0  # as wide as it was when it was fitted
        return Widths(streams * audio + spoken, streams * shape, streams * len(arrays.appearance_mean))

    def gather(self, clips: Iterable[ClipFeatures]) -> SubjectStatistics:
        """Sum up every subject's streams, of finite clips that are read; nothing where the model does not normalise by subject."""
        if not self.config.subject_normalised:
            return SubjectStatistics()
        read = (clip for clip in clips if clip.is_finite and is_read_by(clip, self.config.modalities, self.config.reads))
        return SubjectStatistics.gather(((clip.subject, self.streams(clip)) for clip in read), self._reads)

    def _reads(self, streams: Streams) -> Reads | None:
        return self.mixture.read(streams) if self.mixture else None

    def inputs(
        self, clips: Iterable[ClipFeatures], subjects: SubjectStatistics, keep: Keep = as_it_is, *, with_windows: bool = False
    ) -> list[ClipInputs]:
        """Preprocess clips; where the model normalises by subject, with the given statistics. Each goes through `keep` when it is made.

        `with_windows`: for the attention as well, of a model that reads windows for it; probabilities need none.
        """
        people, inputs = dict[str, _Person](), list[ClipInputs]()
        for clip in clips:
            gathered = None if clip.subject is None else subjects.subjects.get(clip.subject)
            if self.config.subject_normalised and clip.subject is not None and gathered is not None and clip.subject not in people:
                people[clip.subject] = self._person(gathered, None if self.mixture is None else self.mixture.mixture(gathered))
            inputs.append(keep(self._inputs_of(clip, people.get(clip.subject or ""), with_windows=with_windows)))
        return inputs

    def training_inputs(
        self,
        clips: Sequence[ClipFeatures],
        spliced: Iterable[ClipFeatures] | None = None,
        keep: Keep = as_it_is,
        gathered: SubjectStatistics | None = None,
    ) -> list[ClipInputs]:
        """Inputs of clips to learn from, of whom this was gathered, or of splices of them: what people show is known, not read."""
        subjects, wanted = gathered or self.gather(clips), clips if spliced is None else spliced
        if not self.normalises_by_mixture:
            return self.inputs(wanted, subjects, keep)
        known = known_mixtures(clips)
        people = {name: self._person(gathered, known.get(name)) for name, gathered in subjects.subjects.items()}
        return [keep(self._inputs_of(clip, people.get(clip.subject or ""))) for clip in wanted]

    def _person(self, gathered: Subject, mixture: Mixture | None) -> "_Person":
        if not self.normalises_by_mixture or self.mixture is None or mixture is None:
            return _Person(gathered.shifts(self.config.relevance_factor), 0.0)
        return _Person(self.mixture.shifts(gathered, mixture, self.config.relevance_factor), float(mixture.numbers[0]))

    def _inputs_of(self, clip: ClipFeatures, person: "_Person | None", *, with_windows: bool = False) -> ClipInputs:
        config = self.config
        clip = as_read_by(clip, config.modalities, config.reads)
        clip = changed(clip, voice=voice_of(clip, config)) if with_windows else clip  # read once for the clip and its windows
        whitened, sets, clock_s = self.whitening(clip), self.audio_sets(clip), step_time_s(clip, config.reads)
        unscaled = streams_of(clip, whitened, config, sets)
        as_it_is = self.scaler(unscaled)
        if person is None:
            person = self._of_nobody(as_it_is)
        alone = self.mixture if person.one_emotion > 0 else None
        streams = as_it_is if person.shifts is None else shifted(as_it_is, person.shifts)
        others = {name: streams.others[stream_of(name)] for name in sets}
        audio, audio_time_s = heard(clip, beside(streams.audio, streams.prosody), others, self.audio_sets, config)
        return ClipInputs(
            audio=audio,
            shape=on_clock(streams.shape, clock_s),
            appearance=on_clock(streams.appearance, clock_s),
            centre=_coarse_alignment(config, clock_s, audio_time_s),
            has_face=clip.has_face if len(clip.has_face) else np.zeros(len(clock_s), bool),
            audio_time_s=audio_time_s,
            step_time_s=clock_s,
            pooled=pooled_inputs(streams),
            alone=None if alone is None else alone.logits(pooled_inputs(as_it_is)[None], len(EMOTIONS))[0],
            alone_weight=person.one_emotion,
            windows=pooled_windows(windows_of(clip, whitened, clock_s, config, sets), self.scaler, person.shifts, alone)
            if with_windows
            else None,
            label=UNKNOWN if clip.label is None else EMOTIONS.index(clip.label),
            description=described(whitened, clip.has_face, sets),
        )

    def _of_nobody(self, streams: Streams) -> "_Person":
        """A clip of nobody known, or not to be normalised: left as it is, and named as it is; or measured by itself."""
        if self.normalises_by_mixture or not self.config.subject_normalised:
            return _Person(None, 1.0)
        return _Person(Subject.of(streams).shifts(self.config.relevance_factor), 0.0)


class _Person(NamedTuple):
    """What is done to clips of one person."""

    shifts: Shifts | None
    """None: nothing is taken away."""
    one_emotion: float
    """Probability that all of the clips show one emotion alone: so much of their names comes from the clips as they are."""


# Coarse alignment: p_t lays every video step t on one audio step. The two streams have a grid each, here of frames every 40 ms and of
# audio steps every 32 ms:
#
#     ms             0         40        80        120       160       200
#     video  t       0         1         2         3         4                 T = 5
#     audio          0       1       2       3       4       5       6         T_a = 7
#
#     nearest        0         1         2         4         5                 by time; 80 ms is as far from step 3: the earlier one
#     proportional   0         2         3         4         6                 by the two lengths alone: floor((t + 1/2) T_a / T)
def _coarse_alignment(
    config: PreprocessConfig, frame_time_s: Float[np.ndarray, " t_v"], audio_time_s: Float[np.ndarray, " t_a"]
) -> Int[np.ndarray, " t_v"]:
    match config.coarse:
        case "nearest":
            return nearest(frame_time_s, audio_time_s)
        case "proportional":
            return proportional(frame_time_s, audio_time_s)
        case unknown:
            assert_never(unknown)


def nearest(frame_time_s: Float[np.ndarray, " t_v"], audio_time_s: Float[np.ndarray, " t_a"]) -> Int[np.ndarray, " t_v"]:
    """p_t: the audio step nearest in time, the earlier of two; zeros without sound.

    Departs: right for variable frame rates and unequal streams (docs/decisions/coarse-alignment.md).
    """
    if not len(audio_time_s):
        return np.zeros(len(frame_time_s), np.int64)
    # Half-way points between neighbouring audio steps: a frame has passed as many steps as half-way points lie before it.
    middle = (audio_time_s[1:] + audio_time_s[:-1]) / 2
    return np.searchsorted(middle, frame_time_s, "left")


def proportional(frame_time_s: Float[np.ndarray, " t_v"], audio_time_s: Float[np.ndarray, " t_a"]) -> Int[np.ndarray, " t_v"]:
    """p_t = floor((t + 1/2) T_a / T), from the clip's own lengths.

    Source: Chao et al. 2016, section 2.1: "Given T_a and T, we can calculate the coarse alignment".
    """
    t_v = len(frame_time_s)
    return (2 * np.arange(t_v) + 1) * len(audio_time_s) // (2 * t_v)
