import av
import librosa
import numpy as np
import pytest
from numpy import ndarray

from avemo_core.media import channels
from avemo_core.media.channels import Downmix
from avemo_core.media.sound import AudioAssembler, Sound, between
from schemas.audio import SAMPLE_RATE_HZ


def _frame(samples: ndarray, *, format: str = "fltp", layout: str = "mono", rate_hz: int = 48_000) -> av.AudioFrame:  # noqa: A002 - PyAV's own word
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format=format, layout=layout)
    frame.sample_rate = rate_hz
    return frame


def _assembled(*parts: tuple[ndarray, float | None], rate_hz: int = 48_000) -> Sound:
    assembler = AudioAssembler()
    for samples, time_s in parts:
        assembler.add(_frame(samples[None], rate_hz=rate_hz), time_s)
    assembler.finish()
    return assembler.between(-np.inf, np.inf)


def mixed_down(frame: av.AudioFrame) -> ndarray:
    downmix = Downmix()
    samples, names = channels.of(frame)
    return np.concatenate([*downmix.add(samples, frame.sample_rate, names), *downmix.rest()])


def _noise(seconds: float, rate_hz: int = 48_000) -> ndarray:
    """Noise without anything above 4 kHz, so that no resampler's edge is tested."""
    white = np.random.default_rng(0).normal(size=round(seconds * rate_hz))
    spectrum = np.fft.rfft(white)
    spectrum[np.fft.rfftfreq(len(white), 1 / rate_hz) > 4_000] = 0
    return (0.1 * np.fft.irfft(spectrum, len(white))).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 44_100, 48_000, 96_000])
def test_resampling_agrees_with_librosa_in_value_and_in_time(rate_hz: int):
    sound = _noise(1.5, rate_hz) if rate_hz > 8_000 else np.sin(np.arange(12_000) / 9).astype(np.float32)

    ours = _assembled((sound, 0.0), rate_hz=rate_hz).samples
    theirs = librosa.resample(sound, orig_sr=rate_hz, target_sr=SAMPLE_RATE_HZ, res_type="polyphase")

    inside = slice(800, min(len(ours), len(theirs)) - 800)
    assert len(ours) == pytest.approx(1.5 * SAMPLE_RATE_HZ, abs=32)
    assert np.sqrt(np.mean((ours[inside] - theirs[inside]) ** 2)) < 0.02 * np.std(theirs[inside])


@pytest.mark.parametrize(
    ("format_", "scale"),
    [("u8", 127.0), ("s16", 32767.0), ("s32", 2147483647.0), ("flt", 1.0), ("dbl", 1.0), ("s16p", 32767.0), ("fltp", 1.0)],
)
def test_full_scale_is_one_in_every_sample_format(format_: str, scale: float):
    dtype = {"u8": np.uint8, "s16": np.int16, "s32": np.int32, "flt": np.float32, "dbl": np.float64}[format_.removesuffix("p")]
    wave = np.array([0.0, 1.0, -1.0, 0.5]) * scale + (128 if format_ == "u8" else 0)

    mono = mixed_down(_frame(wave.astype(dtype)[None], format=format_))

    np.testing.assert_allclose(mono, [0.0, 1.0, -1.0, 0.5], atol=0.02)


def test_channels_are_averaged():
    stereo = np.stack([np.full(64, 0.2), np.full(64, 0.6)]).astype(np.float32)

    np.testing.assert_allclose(mixed_down(_frame(stereo, layout="stereo")), 0.4, rtol=1e-6)


def test_the_low_frequency_channel_is_left_out():
    surround = np.full((6, 64), 0.3, np.float32)
    surround[3] = 0.9

    np.testing.assert_allclose(mixed_down(_frame(surround, layout="5.1")), 0.3, rtol=1e-6)


def test_a_gap_in_the_stamps_becomes_silence():
    tone = np.full(48_000, 0.5, np.float32)

    sound = _assembled((tone, 0.0), (tone, 1.5))

    assert len(sound.samples) == pytest.approx(2.5 * SAMPLE_RATE_HZ, abs=32)
    assert not sound.samples[SAMPLE_RATE_HZ + 800 : round(1.5 * SAMPLE_RATE_HZ) - 800].round(3).any()
    assert sound.samples[round(1.6 * SAMPLE_RATE_HZ) : round(2.4 * SAMPLE_RATE_HZ)] == pytest.approx(0.5, abs=0.01)


def test_an_overlap_is_dropped():
    sound = _assembled((np.full(48_000, 0.5, np.float32), 0.0), (np.full(48_000, 0.25, np.float32), 0.5))

    assert len(sound.samples) == pytest.approx(1.5 * SAMPLE_RATE_HZ, abs=32)


def test_jitter_of_the_stamps_changes_nothing():
    steady = np.split(_noise(1.0), 10)
    jitter_s = [0.0, 0.11, 0.19, 0.32, 0.38, 0.5, 0.61, 0.7, 0.79, 0.9]

    shaken, still = _assembled(*zip(steady, jitter_s, strict=True)), _assembled((np.concatenate(steady), 0.0))

    np.testing.assert_array_equal(shaken.samples, still.samples)


def test_a_cut_is_half_open():
    sound = Sound(start_s=1.0, samples=np.arange(SAMPLE_RATE_HZ, dtype=np.float32))

    part = between(sound, 1.25, 1.5)

    assert part.start_s == 1.25
    assert part.samples[[0, -1]].tolist() == [4000, 7999]


@pytest.mark.parametrize(("start_s", "stop_s"), [(2.0, 3.0), (0.0, 1.0)])
def test_a_cut_outside_the_sound_is_nothing(start_s: float, stop_s: float):
    assert between(Sound(start_s=1.0, samples=np.zeros(SAMPLE_RATE_HZ, np.float32)), start_s, stop_s) is None


def test_forgetting_the_past_leaves_the_rest_in_place():
    assembler = AudioAssembler()
    noise = _noise(5.0)
    for second in range(5):
        assembler.add(_frame(noise[None, second * 48_000 : (second + 1) * 48_000]), float(second))
    assembler.finish()
    before = assembler.between(3.0, 4.0)

    assembler.forget(2.5)

    np.testing.assert_array_equal(assembler.between(3.0, 4.0).samples, before.samples)
    assert assembler.between(0.0, 1.0) is None
