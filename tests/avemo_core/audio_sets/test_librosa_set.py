"""librosa's set, held to librosa's own functions."""

import threading
from pathlib import Path

import librosa
import numpy as np
import pytest

from avemo_core.audio_sets import librosa_set
from avemo_core.audio_sets.librosa_set import LibrosaSet
from avemo_core.audio_sets.pieces import PieceReader
from avemo_core.media.sound import Sound
from avemo_core.runtime.one_at_a_time import one_at_a_time

pytestmark = pytest.mark.slow
RATE_HZ = 16_000


@pytest.fixture(scope="module")
def voice() -> np.ndarray:
    time_s = np.arange(RATE_HZ) / RATE_HZ
    tone = sum(np.sin(2 * np.pi * 150 * (time_s + 0.02 * np.sin(4 * time_s)) * k) / k for k in range(1, 9))
    noise = np.random.default_rng(1).normal(size=RATE_HZ)
    return (0.1 * np.where((time_s > 0.3) & (time_s < 0.8), tone, 0) + 0.003 * noise).astype(np.float32)


@pytest.fixture(scope="module")
def columns(voice: np.ndarray) -> dict[str, np.ndarray]:
    features = LibrosaSet()
    values = PieceReader(features).steps(Sound(start_s=0.0, samples=voice), 0.0, np.inf).values
    return dict(zip(features.audio_set.columns, values.T, strict=True))


def test_a_short_clip_has_librosas_values(voice: np.ndarray, columns: dict[str, np.ndarray]):
    mfcc = librosa.feature.mfcc(y=voice, sr=RATE_HZ, n_mfcc=20)
    mel = librosa.power_to_db(librosa.feature.melspectrogram(y=voice, sr=RATE_HZ, n_mels=64))
    rms = librosa.feature.rms(y=voice)[0]

    assert len(columns) == 132
    np.testing.assert_allclose(columns["mfcc_0"], mfcc[0], rtol=1e-5)
    np.testing.assert_allclose(columns["mfcc_19"], mfcc[19], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(columns["mfcc_delta_1"], librosa.feature.delta(mfcc)[1], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(columns["mel_63"], mel[63], rtol=1e-5)
    np.testing.assert_allclose(columns["rms"], rms, rtol=1e-5)


def test_f0_is_found_where_the_voice_is_and_0_elsewhere(columns: dict[str, np.ndarray]):
    time_s = np.arange(len(columns["f0"])) * 0.032

    assert columns["f0"][(time_s > 0.4) & (time_s < 0.7)] == pytest.approx(150, rel=0.15)
    assert (columns["f0"][time_s < 0.15] == 0).all()


@pytest.mark.parametrize("samples", [0, 1, 700, 2047])
def test_the_shortest_sounds_have_a_step_every_512_samples(samples: int):
    values = LibrosaSet().extract(np.full(samples, 0.1, np.float32))

    assert values.shape == (0 if samples == 0 else 1 + samples // 512, 132)
    assert np.isfinite(values).all()


def test_silence_has_finite_values():
    assert np.isfinite(LibrosaSet().extract(np.zeros(20_000, np.float32))).all()


def test_a_first_extraction_waits_for_a_process_that_compiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    sound = np.full(5_000, 0.1, np.float32)
    LibrosaSet().extract(sound)  # compiled, from here on it takes some hundredths of a second
    monkeypatch.setenv("AVEMO_CACHE", str(tmp_path))
    librosa_set._compiled.cache_clear()
    extraction = threading.Thread(target=LibrosaSet().extract, args=(sound,))

    with one_at_a_time("librosa"):
        extraction.start()
        extraction.join(timeout=2)
        waits = extraction.is_alive()
    extraction.join(timeout=60)

    assert waits
    assert not extraction.is_alive()
