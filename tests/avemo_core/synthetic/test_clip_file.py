"""How a clip is written."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from avemo_core.synthetic import clip_file

SAMPLE_RATE_HZ = 16_000


def _flashes() -> Iterator[np.ndarray]:
    """Fifty dark pictures; that at 1.000 s is white."""
    return (np.full((240, 320, 3), 255 if index == 25 else 10, np.uint8) for index in range(50))


def _click() -> np.ndarray:
    """Two seconds of silence with a click at 1.000 s."""
    samples = np.zeros(2 * SAMPLE_RATE_HZ, np.float32)
    samples[SAMPLE_RATE_HZ : SAMPLE_RATE_HZ + 16] = 0.8
    return samples


def _broken() -> Iterator[np.ndarray]:
    yield np.zeros((240, 320, 3), np.uint8)
    raise RuntimeError("the painter fell ill")


def test_a_flash_and_a_click_at_one_second_are_read_at_one_second(tmp_path: Path):
    path = tmp_path / "clip.mp4"
    clip_file.write(path, _flashes(), 25, _click(), SAMPLE_RATE_HZ)

    with av.open(str(path)) as file:
        pictures = [(frame.time, frame.to_ndarray(format="gray").mean()) for frame in file.decode(video=0)]
    with av.open(str(path)) as file:
        sounds = [(frame.time, frame.to_ndarray()[0]) for frame in file.decode(audio=0)]

    times_s = np.concatenate([time + np.arange(len(block)) / SAMPLE_RATE_HZ for time, block in sounds])
    assert max(pictures, key=lambda shown: shown[1])[0] == pytest.approx(1.0)
    assert times_s[np.abs(np.concatenate([block for _, block in sounds])).argmax()] == pytest.approx(1.0, abs=0.002)


def test_a_clip_that_fails_half_way_leaves_nothing(tmp_path: Path):
    with pytest.raises(RuntimeError, match="fell ill"):
        clip_file.write(tmp_path / "clip.mp4", _broken(), 25, _click(), SAMPLE_RATE_HZ)

    assert list(tmp_path.iterdir()) == []
