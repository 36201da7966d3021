"""Magnitudes are compressed with their sign, but for columns without a reference."""

import math

import numpy as np

from avemo_core.features.preprocess.audio_sets.whitening import AudioWhitening


def test_a_column_is_compressed_with_its_sign_and_one_without_a_reference_is_left_as_it_is():
    steps = np.array([[-3.0, -3.0], [0.0, 0.0], [5.0, 5.0]], np.float32)
    ones, zeros = np.ones(2, np.float32), np.zeros(2, np.float32)
    whitening = AudioWhitening(
        reference=np.array([0, 0.5], np.float32), median=zeros, scale=ones, mean=zeros, projection=np.eye(2, dtype=np.float32)
    )

    found = whitening(steps).scaled

    np.testing.assert_allclose(found, [[a, math.copysign(math.log(1 + abs(b) / 0.5), b)] for a, b in steps.tolist()], rtol=1e-6)
