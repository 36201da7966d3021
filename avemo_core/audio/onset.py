"""Change from one step's spectrum to the next: flux, variation, complex-domain onset detection.

They take the steps before the first as well; where the sound starts, those are true zeros.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex, Float

from avemo_core.audio.spectrum import VANISHING


@dataclass(frozen=True, kw_only=True, slots=True)
class Similarity:
    """What the magnitudes of neighbouring steps have in common."""

    norm: Float[np.ndarray, " t_b"]
    """|a_t|, with that of the step before: t_b = t_a + 1."""
    cosine: Float[np.ndarray, " t_a"]
    """<a_{t-1}, a_t> / (|a_{t-1}| |a_t|); 0 beside zeros."""


def similarity(a: Float[np.ndarray, "t_b bins"]) -> Similarity:
    """Norms and cosines of magnitudes, steps first, with those of the step before: t_b = t_a + 1."""
    norm = np.sqrt(_inner(a, a))
    product = norm[:-1] * norm[1:]
    return Similarity(norm=norm, cosine=np.divide(_inner(a[:-1], a[1:]), product, out=np.zeros_like(product), where=product > 0))


def spectral_flux(pair: Similarity) -> Float[np.ndarray, "1 t_a"]:
    """sum_k (a_t - a_{t-1})^2 / (|a_{t-1}| |a_t|), Euclidean norms; 0 where the product is 0, so at the first step.

    Computed as q + 1/q - 2 <a_{t-1}, a_t> / (|a_{t-1}| |a_t|), q the ratio of the norms.
    Unit: none. Range: 0 up; near 1e15 from digital silence to sound, the norm of 513 EPS being what it is.
    Source: YAAFE 0.70, SpectralFlux (Scheirer and Slaney 1997).
    """
    before, now = pair.norm[:-1], pair.norm[1:]
    known = before > 0
    q = np.divide(now, before, out=np.ones_like(now), where=known)
    return np.where(known, np.maximum(q + 1 / q - 2 * pair.cosine, 0), 0)[None]


def spectral_variation(pair: Similarity) -> Float[np.ndarray, "1 t_a"]:
    """1 - <a_{t-1}, a_t> / (|a_{t-1}| |a_t|); 0 at the first step.

    Unit: none. Range: 0 (the same spectrum up to a factor) to 1. Source: YAAFE 0.70, SpectralVariation (Peeters 2004).
    Departs: a sound of a single step has 0.0 here, no value there.
    """
    return np.where(pair.norm[:-1] > 0, 1 - pair.cosine, 0)[None]


def complex_domain_onset_detection(x: Complex[np.ndarray, "t_c bins"], length: Float[np.ndarray, "t_c bins"]) -> Float[np.ndarray, "1 t_a"]:
    """Distance of each spectrum from what a steady tone would have made of the two before it.

    sum_k |X_t - X_{t-1} u(X_{t-1}) conj(u(X_{t-2}))|, u(z) = z / |z|, u(0) = 1.
    Unit: as the magnitude spectrum. Range: 0 up. Source: YAAFE 0.70, ComplexDomainOnsetDetection (Duxbury et al. 2003).

    Args:
        x: spectra, steps first, with those of the two steps before: t_c = t_a + 2.
        length: |x|.
    """
    u = _directions(x[:-1], length[:-1])
    expected = x[1:-1] * u[1:]
    # |conj(u)| = 1: turning both by u(X_{t-2}) leaves the distance and spares a conjugate.
    turned = np.multiply(x[2:], u[:-1], out=u[:-1])
    turned -= expected
    return np.asarray(np.abs(turned).sum(axis=1)[None])


def _directions(x: Complex[np.ndarray, "t_b bins"], length: Float[np.ndarray, "t_b bins"]) -> Complex[np.ndarray, "t_b bins"]:
    """u(x) = x / |x|, u(0) = 1."""
    if length.min() >= VANISHING:
        return np.asarray(x * (1 / length))
    known = length >= VANISHING
    return np.where(known, x * (1 / np.where(known, length, 1)), 1)


def _inner(a: Float[np.ndarray, "t_a bins"], b: Float[np.ndarray, "t_a bins"]) -> Float[np.ndarray, " t_a"]:
    """Inner product of each row of a with its row of b."""
    return np.asarray((a[:, None, :] @ b[:, :, None])[:, 0, 0])
