"""librosa: the features that people compute by hand with librosa, each as librosa defines it at 16 kHz, a step every 512 samples.

Source: librosa 0.11, its functions' defaults but for what is said here: McFee et al. 2015, "librosa: Audio and music signal analysis in
python"; Mauch and Dixon 2014, "pYIN".
Departs: 5 octave bands of contrast, as the sixth lies above 8 kHz; chroma in concert pitch, as a tuning estimated from speech is none;
tonnetz of that chroma. What librosa takes from the whole of what it is given is taken from a piece of 10.24 s with its context:
the floor of decibels 80 dB below the peak (mfcc, mel) and pYIN's path. A clip that lies within the first piece has librosa's values.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from importlib import metadata
from typing import Any, Final

import numpy as np
from jaxtyping import Float32

from avemo_core.runtime.one_at_a_time import one_at_a_time
from schemas.audio import SAMPLE_RATE_HZ
from schemas.audio_sets import AudioSet

NAME: Final = "librosa"
HOP: Final = 512
FRAME: Final = 2048
MFCC: Final = 20
MEL: Final = 64
CONTRAST_BANDS: Final = 5
DELTA_STEPS: Final = 9
"""What librosa fits a delta over."""
F0_HZ: Final = (65.0, 600.0)
"""Lowest and highest F0 that pYIN looks for: of voices, loud and low ones too."""
_PARTS: Final[tuple[tuple[str, int, str], ...]] = (
    ("mfcc", MFCC, ""),
    ("mfcc_delta", MFCC, ""),
    ("mel", MEL, "dB"),
    ("chroma", 12, "share of the loudest"),
    ("contrast", CONTRAST_BANDS + 1, "dB"),
    ("tonnetz", 6, ""),
    ("rms", 1, "full scale"),
    ("zero_crossing_rate", 1, "share"),
    ("f0", 1, "Hz"),
    ("voiced_probability", 1, "share"),
)
"""Each part, how many values it has, and their unit."""


@dataclass(frozen=True)
class LibrosaSet:
    """The set as `AudioFeatures`; F0 is 0 where nothing is voiced."""

    hop: int = HOP
    centre: float = 0.0
    piece_hops: int = 320
    context_hops: int = 32
    """1.024 s: more than a window and a delta reach, and enough for pYIN's path to settle."""
    licence: str | None = None

    @cached_property
    def audio_set(self) -> AudioSet:
        """What a table says of it."""
        return AudioSet(
            name=NAME,
            columns=tuple(name if width == 1 else f"{name}_{value}" for name, width, _ in _PARTS for value in range(width)),
            units=tuple(unit for _, width, unit in _PARTS for _ in range(width)),
            step_s=HOP / SAMPLE_RATE_HZ,
            meaning=f"the features of librosa {metadata.version('librosa')}, a vector a step (avemo_core.audio_sets.librosa_set)",
        )

    @property
    def agreement(self) -> str:
        """By librosa's minor release, which may change values."""
        return f"{NAME} {'.'.join(metadata.version('librosa').split('.')[:2])}"

    def extract(self, samples: Float32[np.ndarray, " n"]) -> Float32[np.ndarray, "step width"]:
        """All parts side by side, a row for each of 1 + n // 512 steps; none for an empty sound."""
        if not len(samples):
            return np.zeros((0, self.audio_set.width), np.float32)
        _compiled()
        return _features(samples)


@cache
def _compiled() -> None:
    """Have librosa's functions compiled, or read from numba's cache, before they are used.

    Where two processes write one function into that cache, what the one wrote may be read with the other's index, and a call jumps into
    nowhere. So on a new machine its first workers wait here for one another.
    """
    with one_at_a_time("librosa"):
        _features(np.random.default_rng(0).normal(0, 0.1, SAMPLE_RATE_HZ).astype(np.float32))


def _features(samples: Float32[np.ndarray, " n"]) -> Float32[np.ndarray, "step width"]:
    import librosa  # noqa: PLC0415 - it takes a second to import, and most extractions do without

    # Shorter than a window, librosa warns of what it does in any case: zeros on both sides.
    sound = np.pad(samples, (0, max(0, FRAME - len(samples))))
    rate: dict[str, Any] = {"sr": SAMPLE_RATE_HZ, "hop_length": HOP}
    mfcc = librosa.feature.mfcc(y=sound, n_mfcc=MFCC, **rate)
    # At a clip's ends librosa fits the nearest nine steps; of fewer it refuses, and the last value goes on.
    mode = "interp" if mfcc.shape[1] >= DELTA_STEPS else "nearest"
    chroma = librosa.feature.chroma_stft(y=sound, tuning=0.0, **rate)
    f0, _, voiced = librosa.pyin(sound, fmin=F0_HZ[0], fmax=F0_HZ[1], fill_na=0.0, frame_length=FRAME, **rate)
    parts = (
        mfcc,
        librosa.feature.delta(mfcc, width=DELTA_STEPS, mode=mode),
        librosa.power_to_db(librosa.feature.melspectrogram(y=sound, n_mels=MEL, **rate)),
        chroma,
        librosa.feature.spectral_contrast(y=sound, n_bands=CONTRAST_BANDS, **rate),
        librosa.feature.tonnetz(chroma=chroma, sr=SAMPLE_RATE_HZ),
        librosa.feature.rms(y=sound, frame_length=FRAME, hop_length=HOP),
        librosa.feature.zero_crossing_rate(sound, frame_length=FRAME, hop_length=HOP),
        f0[None],
        voiced[None],
    )
    return np.concatenate(parts).T.astype(np.float32)[: 1 + len(samples) // HOP]
