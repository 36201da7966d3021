"""A scheduler, and forty clips for it, made once."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from avemo_core.synthetic import corpus
from tests.slurm.scheduler import Slurm, slurm


@pytest.fixture(scope="session")
def scheduler() -> Iterator[Slurm]:
    """SLURM of two nodes; its folder has a short path, as sockets need it."""
    with tempfile.TemporaryDirectory(prefix="slurm-", dir="/tmp") as folder, slurm(Path(folder)) as running:
        yield running


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clips table of forty talking faces: ten faces, each under four names."""
    folder = tmp_path_factory.mktemp("forty")
    plans = corpus.plan(clips=21, duration_s=(4.0, 4.1))[:10]
    for plan in plans:
        corpus.render(plan, folder)
    lines = ["clip_id,path,label,subject"]
    for plan in plans:
        for copy in range(4):
            name = f"{plan.clip_id}-{copy}"
            shutil.copy(folder / f"{plan.clip_id}.mp4", folder / f"{name}.mp4")
            lines.append(f"{name},{name}.mp4,{plan.label},{plan.actor.name}")
    (folder / "forty.csv").write_text("\n".join(lines))
    return folder / "forty.csv"
