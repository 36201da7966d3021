"""Rows made with a face network of one's own."""

from pathlib import Path

import numpy as np
import pytest
from numpy import ndarray

from avemo_core.extraction.config import ExtractionConfig
from avemo_core.extraction.extractor import Extractor
from tests.avemo_core.appearance.plugged.made import Small, exported, sidecar
from tests.avemo_core.extraction.clips import Encode, clip_of, vectors


@pytest.mark.slow
def test_segments_hold_what_the_network_gives_for_the_whole_clip(tmp_path: Path, encode: Encode, talking: list[ndarray], tone: ndarray):
    network = f"torch:{sidecar(exported(Small(), tmp_path / 'face.pt2'))}"
    clip = clip_of(encode("clip.mp4", pictures=talking[:30], sound=tone))

    whole = Extractor(ExtractionConfig(network=network)).rows(clip)
    divided = Extractor(ExtractionConfig(network=network, segment_s=1.0, stride_s=0.5)).rows(clip)

    appearance = vectors(whole, "appearance")
    assert appearance.shape == (30, 6)
    assert len(np.unique(appearance, axis=0)) > 1
    np.testing.assert_array_equal(np.array(divided["appearance"][0].as_py()), appearance[:25])
    assert whole["feature_set"][0].as_py().startswith("torch ")
    assert " / 6 values " in whole["feature_set"][0].as_py()
