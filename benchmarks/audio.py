"""What the 27 audio features cost, beside numpy's FFT of the same windowed blocks and ten common features of librosa.

CPU milliseconds on one thread for 60 s of sound, medians over passes. Each pass measures all of them, so that a noisy machine troubles
all alike.

Run: make bench-audio
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy loads its BLAS

import statistics
import time
from collections.abc import Callable

import librosa
import numpy as np
from numpy import ndarray

from avemo_core.audio import yaafe
from avemo_core.audio.framing import BLOCK, STEP, blocks, excerpt
from avemo_core.audio.spectrum import WINDOW
from schemas.audio import SAMPLE_RATE_HZ

SECONDS, PASSES = 60, 11


def main() -> None:
    """Print CPU milliseconds, how many FFTs that is, and how many times faster than the sound plays."""
    sound = voice()
    windowed = blocks(excerpt(sound, -BLOCK // 2, sound.size + BLOCK // 2 - 1), BLOCK, STEP) * WINDOW
    tasks: dict[str, Callable[[], object]] = {
        "numpy rfft of the same windowed blocks": lambda: np.fft.rfft(windowed),
        "all 27": lambda: yaafe.extract(sound),
        "librosa, ten others": lambda: ten_of_librosa(sound),
        **{name: lambda name=name: yaafe.feature(name, sound, np.float32) for name in yaafe.COLUMNS},
    }
    spent_ms = measure(tasks)
    fft_ms = next(iter(spent_ms.values()))
    print(f"{SECONDS} s of sound, one thread; a feature by itself includes what it is made from\n")
    print(f"{'':<40}{'ms':>8}{'FFTs':>8}{'x real time':>14}")
    for name, ms in spent_ms.items():
        print(f"{name:<40}{ms:>8.1f}{ms / fft_ms:>8.1f}{1000 * SECONDS / ms:>14.0f}")
    print(f"\nratio {spent_ms['all 27'] / fft_ms:.1f} (all 27 over the FFT)")


def measure(tasks: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median CPU milliseconds of each task over passes through all of them; a first pass warms up."""
    spent_ms: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(1 + PASSES):
        for name, task in tasks.items():
            start_s = time.process_time()
            task()
            spent_ms[name].append(1000 * (time.process_time() - start_s))
    return {name: statistics.median(spent[1:]) for name, spent in spent_ms.items()}


def voice() -> ndarray:
    """Something like speech: a buzz of wandering pitch and some breath, four syllables a second, float32 as from the decoder."""
    t = np.arange(SECONDS * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    phase = 2 * np.pi * np.cumsum(120 + 30 * np.sin(2 * np.pi * 0.7 * t)) / SAMPLE_RATE_HZ
    buzz = sum(np.sin(k * phase) / k for k in range(1, 21))
    breath = np.random.default_rng(0).standard_normal(t.size)
    return (0.1 * (1 + np.sin(2 * np.pi * 4 * t)) * (buzz + 0.2 * breath)).astype(np.float32)


def ten_of_librosa(sound: ndarray) -> list[ndarray]:
    """Ten features that both emotion papers and librosa's manual start with, on the same blocks and steps, sharing one spectrum."""
    of = librosa.feature
    s = np.abs(librosa.stft(sound, n_fft=BLOCK, hop_length=STEP))
    mel = of.melspectrogram(S=s**2, sr=SAMPLE_RATE_HZ, n_mels=40)
    return [
        of.rms(S=s, frame_length=BLOCK),
        of.zero_crossing_rate(sound, frame_length=BLOCK, hop_length=STEP),
        of.spectral_centroid(S=s, sr=SAMPLE_RATE_HZ),
        of.spectral_bandwidth(S=s, sr=SAMPLE_RATE_HZ),
        of.spectral_rolloff(S=s, sr=SAMPLE_RATE_HZ),
        of.spectral_flatness(S=s),
        of.spectral_contrast(S=s, sr=SAMPLE_RATE_HZ),
        of.chroma_stft(S=s**2, sr=SAMPLE_RATE_HZ),
        mel,
        of.mfcc(S=librosa.power_to_db(mel), n_mfcc=13),
    ]


if __name__ == "__main__":
    main()
