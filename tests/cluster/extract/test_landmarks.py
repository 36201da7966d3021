"""Which landmark scheme a run takes: that of what is there, so that two never stand in one table."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from avemo_core.appearance import networks
from avemo_core.appearance.selection import Selection
from avemo_core.corpora.clips_table import read_clips
from avemo_core.corpora.durations import seconds_of
from avemo_core.extraction.config import ExtractionConfig
from avemo_core.faces.landmarks import SCHEME, STEADIER_SCHEME
from cluster.extract.job import ExtractOptions, extract, extract_with
from cluster.extract.landmarks import landmarks_for
from cluster.tables.existing import recorded
from cluster.tables.table import open_table
from tests.cluster.stub import SCHEMA


def _begun(location: Path, scheme: str) -> str:
    with open_table(str(location), SCHEMA, {"feature_set": f"resnet29 0 / 64 values 0 / {scheme} / yaafe27 / every frame / media 2"}):
        return str(location)


def test_a_new_table_takes_the_first_scheme_and_nothing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert landmarks_for(str(tmp_path / "out"), is_shard=False) == SCHEME
    assert capsys.readouterr().err == ""


def test_a_table_of_the_other_scheme_goes_on_with_it_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = _begun(tmp_path / "out", STEADIER_SCHEME)

    assert landmarks_for(out, is_shard=False) == STEADIER_SCHEME
    assert f"landmarks: {out} has those of {STEADIER_SCHEME} and goes on with them; a new --out takes {SCHEME}" in capsys.readouterr().err


def test_a_shard_that_has_not_begun_goes_by_those_beside_it(tmp_path: Path):
    _begun(tmp_path / "out" / "share-00001-of-00002", STEADIER_SCHEME)

    assert landmarks_for(str(tmp_path / "out" / "share-00002-of-00002"), is_shard=True) == STEADIER_SCHEME
    assert landmarks_for(str(tmp_path / "out" / "share-00002-of-00002"), is_shard=False) == SCHEME


def test_a_scheme_that_is_asked_for_is_taken_whatever_is_there(tmp_path: Path):
    assert landmarks_for(_begun(tmp_path / "out", SCHEME), STEADIER_SCHEME, is_shard=False) == STEADIER_SCHEME


def test_a_scheme_that_this_version_does_not_know_is_left_to_the_fingerprint(tmp_path: Path):
    assert landmarks_for(_begun(tmp_path / "out", "facemesh-9-ibug49"), is_shard=False) == SCHEME


@pytest.mark.slow
def test_a_table_begun_with_the_other_scheme_is_finished_with_it(tiny_corpus: Path, ray_session: None, tmp_path: Path):  # noqa: ARG001 - Ray must run
    clips, out = str(tiny_corpus / "clips.csv"), str(tmp_path / "out")
    options = ExtractOptions(clips=clips, out=out, selection="all", workers=1, limit=2, segment="1s", fps=2.0)
    config = ExtractionConfig(landmarks=STEADIER_SCHEME, fps=2.0, segment_s=seconds_of("1s"))
    extract_with(config, Selection.all(networks.load()), read_clips(clips).slice(0, 1), options, {})
    before = recorded(out)

    summary = extract(replace(options, precision="float32"))

    after = recorded(out)
    assert (summary.done, summary.skipped) == (1, 1)
    assert before is not None
    assert after is not None
    assert before.fingerprint == after.fingerprint
    assert f" / {STEADIER_SCHEME} / " in pd.read_parquet(out)["feature_set"].unique().item()
