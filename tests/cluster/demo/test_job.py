"""The demo's steps: none builds on what another left half done."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from avemo_core.errors import ConfigError
from cluster.demo import job
from cluster.demo.job import DemoOptions, demonstrate
from cluster.pool.run import RunSummary

WHOLE = RunSummary(uri="", done=1, rows=1, rejected={}, skipped=0, seconds=1.0)
STOPPED = RunSummary(uri="", done=1, rows=1, rejected={}, skipped=0, seconds=1.0, interrupted=True)


@pytest.mark.parametrize(
    ("extracted", "scored", "steps"), [(STOPPED, WHOLE, ["extract"]), (WHOLE, STOPPED, ["extract", "train_model", "score"])]
)
def test_a_step_that_was_stopped_is_the_last(
    extracted: RunSummary, scored: RunSummary, steps: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    done = []
    results = {"extract": extracted, "train_model": None, "score": scored, "report": None}
    for name, result in results.items():
        monkeypatch.setattr(job, name, lambda *_, name=name, result=result: done.append(name) or result)
    for name in ("_render_corpus", "select"):
        monkeypatch.setattr(job, name, lambda *_: None)
    monkeypatch.setattr(job, "session", nullcontext)

    with pytest.raises(KeyboardInterrupt):
        demonstrate(DemoOptions(out=str(tmp_path)))

    assert done == steps


def test_a_demo_in_a_store_is_refused_before_ray_starts():
    with pytest.raises(ConfigError, match="renders its corpus on a disk"):
        demonstrate(DemoOptions(out="s3://bucket/demo"))
