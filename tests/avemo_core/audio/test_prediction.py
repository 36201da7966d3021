import numpy as np
import pytest
from numpy import ndarray

from avemo_core.audio.prediction import autocorrelation, lpc, lsf, reflections


@pytest.fixture(scope="session")
def k() -> ndarray:
    """Reflection coefficients of 200 stable filters, some close to instability."""
    return np.tanh(np.random.default_rng(0).standard_normal((10, 200)))


def polynomial(k: ndarray) -> ndarray:
    """The prediction error filter of order 10, step-up recursion for one step."""
    a = np.ones(1)
    for k_i in k:
        a = np.append(a, 0) + k_i * np.append(a, 0)[::-1]
    return a


def angles(k: ndarray) -> ndarray:
    """The line spectral frequencies as roots of the two polynomials."""
    a = np.append(polynomial(k), 0)
    roots = np.concatenate([np.roots(np.polydiv(a + a[::-1], [1, 1])[0]), np.roots(np.polydiv(a - a[::-1], [1, -1])[0])])
    return np.sort(np.angle(roots[roots.imag > 0]))


@pytest.mark.parametrize("step", range(0, 200, 20))
def test_line_spectral_frequencies_are_the_angles_of_the_roots(k: ndarray, step: int):
    assert np.allclose(lsf(k)[:, step], angles(k[:, step]), atol=1e-6)


def test_line_spectral_frequencies_ascend_between_0_and_pi(k: ndarray):
    found = lsf(k)

    assert (np.diff(found, axis=0) > 0).all()
    assert (found > 0).all()
    assert (found < np.pi).all()


def test_line_spectral_frequencies_of_a_flat_spectrum_are_evenly_spaced():
    assert np.allclose(lsf(np.zeros((10, 1)))[:, 0], np.pi * np.arange(1, 11) / 11)


def resonance(a_1: float, a_2: float) -> ndarray:
    """Correlation at lags 0 to 10 of white noise through 1 / (1 + a_1 z^-1 + a_2 z^-2), by its own recursion (Yule and Walker)."""
    r = [1, -a_1 / (1 + a_2)]
    for _ in range(9):
        r.append(-a_1 * r[-1] - a_2 * r[-2])
    return np.array(r)


def test_reflections_find_the_filter_that_made_the_correlation():
    a_1, a_2 = -1.6, 0.81

    found = reflections(resonance(a_1, a_2)[:, None])

    assert np.allclose(lpc(found)[:, 0], [a_1, a_2])
    assert np.allclose(found[2:], 0, atol=1e-9)


def test_products_within_and_between_hops_make_the_whole_correlation():
    samples = np.random.default_rng(2).standard_normal(3 * 512)
    expected = np.correlate(samples[512:], samples[512:], "full")[1023 : 1023 + 49]

    assert np.allclose(autocorrelation(samples.reshape(3, 512))[:, 1], expected)
