import numpy as np
import pytest
from numpy import ndarray


@pytest.fixture(scope="session")
def noise() -> ndarray:
    """0.2 s of white noise."""
    return 0.1 * np.random.default_rng(0).standard_normal(3200)


@pytest.fixture(scope="session")
def sounds(noise: ndarray) -> dict[str, ndarray]:
    """Short sounds that take the features to their edges."""
    t = np.arange(3200) / 16000
    return {
        "noise": noise,
        "chirp": 0.5 * np.sin(2 * np.pi * (100 * t + 16000 * t**2)),
        "tone in silence": np.concatenate([np.zeros(1600), 0.3 * np.sin(2 * np.pi * 440 * t[:1000]), np.zeros(1700)]),
        "clipped": np.clip(20 * noise, -1, 1),
        "faint": 1e-7 * noise,
        "300 samples": noise[:300],
    }
