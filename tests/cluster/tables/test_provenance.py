"""How features were made, as records of before and of now tell it."""

import json
from pathlib import Path

import pytest

from avemo_core.appearance import networks
from avemo_core.appearance.selection import Selection
from avemo_core.errors import BundleError
from avemo_core.extraction import media_version
from avemo_core.extraction.config import ExtractionConfig, feature_set, landmarks_in
from avemo_core.faces.landmarks import FIRST_SCHEME, STEADIER_SCHEME
from cluster.tables import provenance

VERSION1 = Path(__file__).parents[2] / "version1"


def test_what_says_no_landmark_scheme_is_of_the_first_and_makes_the_feature_set_it_made():
    record = json.loads((VERSION1 / "features" / "_run.json").read_text())

    config, selection = provenance.from_json(record["about"]["extraction"])

    assert config.landmarks == FIRST_SCHEME
    assert feature_set(config, selection) == record["fingerprint"]["feature_set"] + media_version.part()


def test_a_bundle_of_before_extracts_by_the_first_scheme():
    about = json.loads((VERSION1 / "model-best" / "model.json").read_text())["extraction"]["about"]

    config, _ = provenance.from_json(about["extraction"])

    assert config.landmarks == FIRST_SCHEME


def test_a_record_of_now_keeps_its_scheme():
    selection = Selection.all(networks.load())
    config = ExtractionConfig(landmarks=STEADIER_SCHEME)

    kept, _ = provenance.from_json(json.loads(json.dumps(provenance.to_json(config, selection))))

    assert (kept, kept.landmarks, landmarks_in(feature_set(kept, selection))) == (config, STEADIER_SCHEME, STEADIER_SCHEME)


def test_a_scheme_that_this_version_does_not_know_is_refused_by_name():
    made = provenance.to_json(ExtractionConfig(), Selection.all(networks.load()))
    made["config"]["landmarks"] = "facemesh-9-ibug49"

    with pytest.raises(BundleError, match=r"expected facemesh-ibug49 or .*, found facemesh-9-ibug49: a later version"):
        provenance.from_json(made)
