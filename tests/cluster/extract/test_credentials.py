"""Credentials in the clips' addresses are used for reading, and stand in nothing that is written or said."""

import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pandas as pd
import pytest

from avemo_core.corpora.options import ReadOptions
from cluster.extract.job import ExtractOptions, extract
from cluster.tables.existing import recorded
from tests.cluster.beside import beside

READING = ReadOptions(map_label=("calm=neutral",))
SECRETS = (b"hunter2", b"X-Amz-Signature", b"0123abcd")


class Quiet(SimpleHTTPRequestHandler):
    """A server that keeps no log."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def signed(tiny_corpus: Path, tmp_path: Path) -> Iterator[str]:
    """A web address of the first clip of the corpus that names user, password and signature; `{}` stands for the file."""
    served = tmp_path / "served"
    served.mkdir()
    shutil.copy(tiny_corpus / pd.read_csv(tiny_corpus / "clips.csv")["path"][0], served / "who.mp4")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=served)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://user:hunter2@127.0.0.1:{server.server_port}/{{}}?X-Amz-Signature=0123abcd"
        server.shutdown()


def test_no_credential_is_written_or_said(signed: str, tmp_path: Path, ray_session: None, capfd: pytest.CaptureFixture[str]):  # noqa: ARG001 - Ray must run
    rows = [("here", signed.format("who.mp4")), ("gone", signed.format("gone.mp4"))]
    pd.DataFrame(rows, columns=["clip_id", "path"]).to_csv(tmp_path / "clips.csv", index=False)
    out = tmp_path / "features"

    summary = extract(ExtractOptions(clips=str(tmp_path / "clips.csv"), out=str(out), selection="all", workers=1))

    address = signed.partition("?")[0].replace("user:hunter2@", "")
    assert (summary.done, summary.rejected) == (1, {"missing": 1})
    assert pd.read_parquet(out, columns=["uri"])["uri"].to_list() == [address.format("who.mp4")]
    assert pd.read_parquet(beside(str(out)) / "rejects")["uri"].to_list() == [address.format("gone.mp4")]
    written = [file for folder in (out, beside(str(out))) for file in folder.rglob("*") if file.is_file()]
    texts = [file.read_bytes() for file in written if file.suffix != ".parquet"]
    tables = [pd.read_parquet(file).select_dtypes(exclude="number").to_csv().encode() for file in written if file.suffix == ".parquet"]
    said = "".join(capfd.readouterr()).encode()
    assert [secret for secret in SECRETS if any(secret in text for text in (*texts, *tables, said))] == []


def test_how_clips_were_read_stands_in_the_run_record_and_is_said(
    tmp_path: Path,
    ray_session: None,  # noqa: ARG001 - Ray must run
    capfd: pytest.CaptureFixture[str],
):
    (tmp_path / "calm").mkdir()
    (tmp_path / "calm" / "a.mp4").touch()
    (tmp_path / "happy").mkdir()
    (tmp_path / "happy" / "b.mp4").touch()
    options = ExtractOptions(clips=str(tmp_path), out=f"{tmp_path}-out", selection="all", workers=1, reading=READING)

    extract(options)

    record = recorded(f"{tmp_path}-out")
    assert record
    assert record.about["clips"] == {
        "location": str(tmp_path),
        "layout": "layout label/name",
        "left_out": {},
        "map_label": {"calm": "neutral"},
    }
    assert "labels: happy 1, neutral 1" in capfd.readouterr().err
