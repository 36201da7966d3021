"""Ranges of files on a real S3 server, through the whole command."""

import os
from pathlib import Path

import pandas as pd
import pytest
import s3fs

from tests.cluster.store import CREDENTIALS, FaultyProxy
from tests.jobs.commands import job

pytestmark = pytest.mark.slow

STARTS_S = (0.0, 0.2, 0.4, 0.6, 0.8)


def test_five_ranges_of_each_of_two_files_move_each_file_once(tiny_corpus: Path, tmp_path: Path, s3: str, proxy: FaultyProxy):
    files = sorted(tiny_corpus.glob("**/*.mp4"))[:2]
    for file in files:
        s3fs.S3FileSystem().put_file(str(file), f"{s3}/{file.name}")
    rows = [(f"{file.stem}@{start_s}", f"{s3}/{file.name}", start_s, start_s + 0.3) for start_s in reversed(STARTS_S) for file in files]
    pd.DataFrame(rows, columns=["clip_id", "path", "start_s", "stop_s"]).to_csv(tmp_path / "clips.csv", index=False)
    proxy.given_bytes.clear()

    store = {name: os.environ[name] for name in (*CREDENTIALS, "AWS_ENDPOINT_URL")}
    job("extract", "--clips", tmp_path / "clips.csv", "--selection", "all", "--out", tmp_path / "out", "--workers", "2", **store)

    found = pd.read_parquet(tmp_path / "out", columns=["source_id", "start_s", "content_sha256", "uri"])
    assert sorted(found.source_id) == sorted(row[0] for row in rows)
    assert found.groupby("uri").content_sha256.nunique().tolist() == [1, 1]
    for file in files:
        moved = sum(count for path, count in proxy.given_bytes.items() if path.endswith(f"/{file.name}"))
        assert file.stat().st_size <= moved <= 1.2 * file.stat().st_size
