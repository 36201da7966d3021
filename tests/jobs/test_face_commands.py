import sys
from pathlib import Path
from types import ModuleType

import pytest

from jobs import command, pretrain, select


@pytest.mark.parametrize(
    ("job", "arguments", "message"),
    [
        (select, ["--out", "x"], "either --clips CLIPS or --stills DIR"),
        (select, ["--out", "x", "--clips", "/nowhere.csv"], "/nowhere.csv"),
        (select, ["--out", "x", "--stills", "/nowhere"], "no folder at /nowhere"),
        (select, ["--out", "/", "--stills", "/nowhere"], "found a folder"),
        (pretrain, ["--out", "x", "--identities", "/nowhere"], "no folder at /nowhere"),
        (pretrain, ["--out", "/", "--identities", "/nowhere"], "found a folder"),
        (pretrain, ["--out", "x", "--identities", "people", "--from", "shipped"], "--network resnet29"),
    ],
)
def test_a_request_that_makes_no_sense_ends_with_2_and_one_message(
    job: ModuleType, arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["job", *arguments])

    with pytest.raises(SystemExit) as left:
        command.run(job.main, job.main.__annotations__["options"])

    assert left.value.code == command.INVALID_REQUEST
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
