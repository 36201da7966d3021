"""Change from one step's spectrum to the next: flux, variation, complex-domain onset detection."""

import numpy as np
from jaxtyping import Complex, Float

from avemo_core.audio.spectrum import VANISHING


def spectral_flux(a: Float[np.ndarray, "bins t_a"], before: Float[np.ndarray, " bins"] | None = None) -> Float[np.ndarray, "1 t_a"]:
    """sum_k (a_t - a_{t-1})^2 / (|a_{t-1}| |a_t|) with Euclidean norms; 0 where the product is 0, so at the first step.

    Unit: none. Range: 0 up; near 1e15 from digital silence to sound, whose norm is that of 513 EPS.
    Source: YAAFE 0.70, SpectralFlux (Scheirer and Slaney 1997).

    Args:
        a: magnitudes.
        before: magnitudes of the step before the first; None: the sound starts here.
    """
    a = _with_before(a, before)
    step = np.diff(a, axis=1)
    return _over_norms(np.einsum("kt,kt->t", step, step), a)[None]


def spectral_variation(a: Float[np.ndarray, "bins t_a"], before: Float[np.ndarray, " bins"] | None = None) -> Float[np.ndarray, "1 t_a"]:
    """1 - <a_{t-1}, a_t> / (|a_{t-1}| |a_t|); 0 at the first step.

    Unit: none. Range: 0 (the same spectrum up to a factor) to 1. Source: YAAFE 0.70, SpectralVariation (Peeters 2004).
    Departs: a sound of a single step has 0.0 here, no value there.

    Args:
        a: magnitudes.
        before: magnitudes of the step before the first; None: the sound starts here.
    """
    a = _with_before(a, before)
    likeness = _over_norms(np.einsum("kt,kt->t", a[:, :-1], a[:, 1:]), a)
    return np.where(a[:, :-1].any(axis=0), 1 - likeness, 0)[None]


def complex_domain_onset_detection(
    x: Complex[np.ndarray, "t_a bins"], before: Complex[np.ndarray, "2 bins"] | None = None
) -> Float[np.ndarray, "1 t_a"]:
    """Distance of each spectrum from what a steady tone would have made of the two before it.

    sum_k |X_t - X_{t-1} u(X_{t-1}) conj(u(X_{t-2}))|, u(z) = z / |z|, u(0) = 1; X is 0 before the first step.
    Unit: as the magnitude spectrum. Range: 0 up. Source: YAAFE 0.70, ComplexDomainOnsetDetection (Duxbury et al. 2003).

    Args:
        x: spectra, steps first.
        before: spectra of the two steps before the first; None: the sound starts here.
    """
    x = np.concatenate([np.zeros((2, x.shape[1])) if before is None else before, x])
    length = np.abs(x[:-1])
    u = np.divide(x[:-1], length, out=np.ones_like(x[:-1]), where=length > VANISHING)
    expected = x[1:-1] * u[1:]
    # |conj(u)| = 1: turning both by u(X_{t-2}) leaves the distance and spares a conjugate.
    return np.asarray(np.abs(x[2:] * u[:-1] - expected).sum(axis=1)[None])


def _with_before(a: Float[np.ndarray, "bins t_a"], before: Float[np.ndarray, " bins"] | None) -> Float[np.ndarray, "bins t_b"]:
    return np.concatenate([(np.zeros(len(a)) if before is None else before)[:, None], a], axis=1)


def _over_norms(change: Float[np.ndarray, " t_a"], a: Float[np.ndarray, "bins t_b"]) -> Float[np.ndarray, " t_a"]:
    norm = np.sqrt(np.einsum("kt,kt->t", a, a))
    product = norm[:-1] * norm[1:]
    return np.asarray(np.divide(change, product, out=np.zeros_like(change), where=product > 0))
