"""How well novelty tells clips of another kind from new people, and what flattening does to probabilities.

    python benchmarks/novelty.py FEATURES [--other NAME=FEATURES ...] [--clips CLIPS] [--spoiled 18] [--every 1]

People of FEATURES are held out in five groups. Beside them are judged: all clips of the other tables, by a model of everybody; and, where
CLIPS (the clips table of FEATURES) is given, so many clips of each person with their sound spoiled, by the model that held the person out.
Of each kind: how often it is told from the held-out clips (AUROC), the share that is novel, the accuracy of the pooled linear model
without its networks, and mean confidence before and after flattening. Spoiled and other clips are scored as of nobody, as films are.
--every 2 takes every second clip of all tables.
"""

import argparse
import io
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np
import torch
from scipy import signal
from sklearn.metrics import roc_auc_score

sys.path.insert(0, str(Path(__file__).parents[1]))

from peers import sound_of

from avemo_core.audio import framing, yaafe
from avemo_core.bundle.pooled_classifier import PooledClassifier
from avemo_core.bundle.probabilities import fit_temperature, flattened, temperature_scaled
from avemo_core.corpora.clips_table import read_clips
from avemo_core.evaluation.folds import grouped_folds
from avemo_core.evaluation.metrics import expected_calibration_error
from avemo_core.features.clip_features import FEATURE_COLUMNS, ClipFeatures, from_table
from avemo_core.features.preprocess.modalities import modalities_of
from avemo_core.features.preprocess.preprocessor import Preprocessor
from avemo_core.model.batch import ClipInputs
from avemo_core.novelty.detector import TrainingClips, ranked_without_own_people
from avemo_core.novelty.ranks import Ranked, ranked
from avemo_core.runtime import threads
from avemo_core.training import presets
from avemo_core.training.ensemble import preprocessed
from cluster.tables import parts
from schemas.novelty import NOVEL

RATE_HZ = 16000
Sound = np.ndarray


def noisy(sound: Sound, noise: Sound, ratio_db: float) -> Sound:
    """The sound with a noise so many dB below it."""
    noise = np.resize(noise, len(sound))
    scale = np.sqrt((sound**2).mean() / max(1e-12, (noise**2).mean()) / 10 ** (ratio_db / 10))
    return (sound + scale * noise).astype(np.float32)


def music(samples: int, draw: np.random.Generator) -> Sound:
    """Two chords and a drum beat a second, drawn anew each half second."""
    sound = np.zeros(samples)
    for start in range(0, samples, RATE_HZ // 2):
        time_s = np.arange(min(RATE_HZ // 2, samples - start)) / RATE_HZ
        base_hz = 220 * 2 ** (draw.integers(24) / 12)
        tones = [np.sin(2 * np.pi * base_hz * step * k * time_s) / k for step in (1, 2 ** (4 / 12), 2 ** (7 / 12)) for k in range(1, 6)]
        sound[start : start + len(time_s)] = np.exp(-2 * time_s) * np.sum(tones, 0) + 2 * np.exp(-30 * time_s) * draw.normal(
            size=len(time_s)
        )
    return (0.3 * sound / np.abs(sound).max()).astype(np.float32)


def coded(sound: Sound) -> Sound:
    """Through MP3 at 8 kbit/s."""
    pcm = av.AudioFrame.from_ndarray((np.clip(sound, -1, 1) * 32767).astype(np.int16)[None], format="s16p", layout="mono")
    pcm.sample_rate = RATE_HZ
    file = io.BytesIO()
    with av.open(file, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=RATE_HZ, layout="mono", bit_rate=8000)
        for packet in [*stream.encode(pcm), *stream.encode(None)]:
            container.mux(packet)
    file.seek(0)
    with av.open(file) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
        return np.concatenate([made.to_ndarray()[0] for frame in container.decode(audio=0) for made in resampler.resample(frame)])


def echoing(sound: Sound, draw: np.random.Generator) -> Sound:
    """In a room whose echo falls by 60 dB in .6 s."""
    echo = draw.normal(size=RATE_HZ // 2) * np.exp(-12 * np.arange(RATE_HZ // 2) / RATE_HZ)
    echo[0] = 3
    made = signal.fftconvolve(sound, echo)[: len(sound)]
    return (made * np.abs(sound).max() / np.abs(made).max()).astype(np.float32)


def kinds(draw: np.random.Generator, another: Callable[[], Sound]) -> Mapping[str, Callable[[Sound], Sound]]:
    """What is done to a clip's sound, by name."""
    telephone = signal.butter(6, [300, 3400], "band", fs=RATE_HZ, output="sos")
    return {
        "as recorded": lambda sound: sound,
        "white noise, 20 dB below": lambda sound: noisy(sound, draw.normal(size=len(sound)), 20),
        "white noise, 5 dB below": lambda sound: noisy(sound, draw.normal(size=len(sound)), 5),
        "music, 5 dB below": lambda sound: noisy(sound, music(len(sound), draw), 5),
        "music alone": lambda sound: music(len(sound), draw),
        "white noise alone": lambda sound: (0.05 * draw.normal(size=len(sound))).astype(np.float32),
        "telephone band": lambda sound: signal.sosfilt(telephone, sound).astype(np.float32),
        "MP3 at 8 kbit/s": coded,
        "a room's echo": lambda sound: echoing(sound, draw),
        "clipped": lambda sound: np.clip(30 * sound, -0.5, 0.5).astype(np.float32),
        "20 dB quieter": lambda sound: sound / 10,
        "another's voice at the same level": lambda sound: noisy(sound, another(), 0),
        "another's clip behind it": lambda sound: np.concatenate([sound, another()]),
    }


def spoiled(clips: Sequence[ClipFeatures], location: str, each: int) -> dict[str, list[ClipFeatures]]:
    """So many clips of each person, their sound spoiled in every way; without pictures."""
    draw = np.random.default_rng(0)
    table = read_clips(location)
    paths = dict(zip(table.column("clip_id").to_pylist(), table.column("path").to_pylist(), strict=True))
    chosen = [clip for name in sorted({clip.subject or "" for clip in clips}) for clip in _drawn(clips, name, each, draw)]
    sounds = [sound_of(paths[clip.clip_id]) for clip in chosen]
    made = {}
    for name, way in kinds(draw, lambda: sounds[draw.integers(len(sounds))]).items():
        made[name] = [_heard(clip, way(sound)) for clip, sound in zip(chosen, sounds, strict=True)]
    return made


def _drawn(clips: Sequence[ClipFeatures], name: str, each: int, draw: np.random.Generator) -> list[ClipFeatures]:
    own = [clip for clip in clips if clip.subject == name]
    return [own[place] for place in draw.permutation(len(own))[:each]]


def _heard(clip: ClipFeatures, sound: Sound) -> ClipFeatures:
    audio = yaafe.extract(sound)
    nothing = {name: getattr(clip, name)[:0] for name in ("shape", "appearance", "frame_time_s", "has_face")}
    return replace(clip, audio=audio, audio_time_s=framing.step_time_s(len(audio)).astype(np.float32), **nothing)


@dataclass(frozen=True, kw_only=True, eq=False)
class Read:
    """Clips as a model that has not learned from them reads them."""

    distances: np.ndarray
    logits: np.ndarray
    labels: np.ndarray

    @classmethod
    def together(cls, several: Sequence["Read"]) -> "Read":
        """One after the other."""
        return cls(**{name: np.concatenate([getattr(part, name) for part in several]) for name in ("distances", "logits", "labels")})


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """The pooled linear model of some people, and where they lie."""

    preprocessor: Preprocessor
    training: TrainingClips
    pooled: PooledClassifier

    @classmethod
    def of(cls, clips: Sequence[ClipFeatures]) -> "Model":
        """Fitted to these clips."""
        modalities = modalities_of(has_sound=any(clip.has_sound for clip in clips), has_face=any(clip.has_face.any() for clip in clips))
        preprocessor = Preprocessor.fit(clips, presets.best().reading(modalities).model)
        inputs = preprocessed(preprocessor, clips)
        training = TrainingClips.fit([clip.description for clip in inputs])
        return cls(preprocessor=preprocessor, training=training, pooled=PooledClassifier.fit(inputs))

    def read(self, clips: Sequence[ClipFeatures]) -> Read:
        """What it makes of them."""
        inputs: list[ClipInputs] = preprocessed(self.preprocessor, clips)
        distances = self.training.distances([clip.description for clip in inputs])
        return Read(distances=distances, logits=self.pooled.logits(inputs), labels=np.array([clip.label for clip in inputs]))


def clips_of(location: str, every: int) -> list[ClipFeatures]:
    """Every so many-th clip of a table, by clip_id."""
    return sorted(from_table(parts.read(location, list(FEATURE_COLUMNS))), key=lambda clip: clip.clip_id)[::every]


def of_nobody(clips: Sequence[ClipFeatures]) -> list[ClipFeatures]:
    """The clips without their person."""
    return [replace(clip, subject=None) for clip in clips]


def probabilities(read: Read, excess: np.ndarray) -> torch.Tensor:
    """Flattened, before temperature scaling."""
    return flattened(torch.from_numpy(read.logits).softmax(1), torch.from_numpy(excess))


def row(name: str, read: Read, found: Ranked, held_out: np.ndarray, temperatures: tuple[float, float]) -> None:
    """Print one line of the table."""
    plain, flat = temperatures
    before = temperature_scaled(probabilities(read, np.ones(len(read.labels))), plain).numpy()
    after = temperature_scaled(probabilities(read, found.excess), flat).numpy()
    both = np.r_[np.zeros(len(held_out)), np.ones(len(read.labels))]
    auroc = roc_auc_score(both, np.r_[held_out, found.novelty]) if name != "held out" else np.nan
    right = (after.argmax(1) == read.labels).mean()
    ece = [expected_calibration_error(each, read.labels) for each in (before, after)]
    print(
        f"| {name} | {len(read.labels):,} | {auroc:.2f} | {(found.novelty > NOVEL).mean():.2f} | {right:.2f} | {before.max(1).mean():.2f} "
        f"| {after.max(1).mean():.2f} | {ece[0]:.3f} | {ece[1]:.3f} |",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features")
    parser.add_argument("--other", action="append", default=[])
    parser.add_argument("--clips")
    parser.add_argument("--spoiled", type=int, default=18)
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    threads.use_one()
    clips = clips_of(options.features, options.every)
    people = [clip.subject or clip.source_id for clip in clips]
    bad = spoiled(clips, options.clips, options.spoiled) if options.clips else {}
    reads: dict[str, list[Read]] = {}
    places = []
    for held_out in grouped_folds(people, [clip.label or "" for clip in clips]):
        model = Model.of([clips[place] for place in np.setdiff1d(np.arange(len(clips)), held_out)])
        reads.setdefault("held out", []).append(model.read([clips[place] for place in held_out]))
        places.append(held_out)
        names = {people[place] for place in held_out}
        for name, made in bad.items():
            reads.setdefault(name, []).append(model.read(of_nobody([clip for clip in made if clip.subject in names])))
    model = Model.of(clips)
    for named in options.other:
        name, location = named.split("=", 1)
        reads[name] = [model.read(of_nobody(clips_of(location, options.every)))]
    held = Read.together(reads.pop("held out"))
    own = ranked_without_own_people(held.distances, [people[place] for place in np.concatenate(places)])
    labels = torch.from_numpy(held.labels)
    temperatures = tuple(fit_temperature(probabilities(held, excess), labels) for excess in (np.ones(len(labels)), own.excess))
    print("| clips | | AUROC | novel | accuracy | confidence | flattened | ECE | flattened |\n|---|---|---|---|---|---|---|---|---|")
    row("held out", held, own, own.novelty, temperatures)
    for name, each in reads.items():
        read = Read.together(each)
        row(name, read, ranked(read.distances, held.distances), own.novelty, temperatures)


if __name__ == "__main__":
    main()
