import json
import sys
from fractions import Fraction
from pathlib import Path

import av
import fsspec
import numpy as np
import pytest
from scipy.io import wavfile

from avemo_core.errors import ConfigError, MediaError
from cluster.look.job import LookOptions, look
from jobs import look as look_command
from jobs.command import run
from schemas.rejects import Reason

ALL = ["contact_sheet.png", "faces.mp4", "look.json", "sound.wav"]


@pytest.fixture(scope="module")
def clip(tiny_corpus: Path) -> Path:
    return next(tiny_corpus.rglob("*.mp4"))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_look_at_a_talking_face_shows_it_in_nearly_all_pictures(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "new" / "out"

    code = look_command.main(LookOptions(clip=str(clip), out=str(out)))

    assert code == 0
    assert names(out) == ALL
    assert names(out.parent) == ["out"]
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in lines[:2]] == ["stream 0: video h264 320x240", "stream 1: audio aac 16000 Hz"]
    assert lines[-1] == f"{out}: look.json, sound.wav, faces.mp4, contact_sheet.png"
    pictures = json.loads((out / "look.json").read_text())["pictures"]
    assert sum(len(picture["faces"]) == 1 for picture in pictures) > 0.9 * len(pictures)


def test_an_earlier_look_is_replaced_and_only_what_is_there_now_stays(clip: Path, tmp_path: Path):
    out = tmp_path / "out"
    look(LookOptions(clip=str(clip), out=str(out), stop=0.2))
    (out / "faces.mp4").write_bytes(b"old")

    look(LookOptions(clip=str(clip), out=f"{out}/", start=0.1, stop=0.3))

    assert names(out) == ALL
    assert (out / "faces.mp4").stat().st_size > 3
    assert json.loads((out / "look.json").read_text())["start_s"] == 0.1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"notes.txt": ""}, "holds something that is no look, such as notes.txt"),
        ({"look.json": '{"made_by": "avemo"}', "a/notes.txt": ""}, "such as a;"),
        ({"faces.mp4": ""}, "no look wrote"),
        ({"look.json": "[]"}, "no look wrote"),
        ({"look.json": "{"}, "no look wrote"),
    ],
)
def test_a_folder_with_something_else_is_refused_and_left_alone(clip: Path, tmp_path: Path, content: dict[str, str], message: str):
    for name, text in content.items():
        (tmp_path / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "out" / name).write_text(text)

    with pytest.raises(ConfigError, match=message):
        look(LookOptions(clip=str(clip), out=str(tmp_path / "out")))

    assert {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()} == set(content)


def test_a_file_is_no_folder(clip: Path, tmp_path: Path):
    (tmp_path / "out").write_text("mine")

    with pytest.raises(ConfigError, match="found a file"):
        look(LookOptions(clip=str(clip), out=str(tmp_path / "out")))


def test_a_clip_that_cannot_be_used_leaves_nothing(tmp_path: Path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no media at all" * 100)

    with pytest.raises(MediaError) as error:
        look(LookOptions(clip=str(broken), out=str(tmp_path / "out")))

    assert error.value.reason == Reason.DECODE_FAILED
    assert names(tmp_path) == ["broken.mp4"]


def test_a_look_may_go_to_a_store_and_its_clip_may_come_from_one(clip: Path):
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/corpus/clip.mp4", clip.read_bytes())
    memory.pipe_file("/looks/out/look.json", b'{"made_by": "avemo", "is_finished": false}')
    memory.pipe_file("/looks/out/sound.wav", b"half")

    look(LookOptions(clip="memory://corpus/clip.mp4", out="memory://looks/out", stop=0.2))

    assert sorted(name.rpartition("/")[2] for name in memory.ls("/looks/out", detail=False)) == ALL
    found = json.loads(memory.cat_file("/looks/out/look.json"))
    assert found["clip"] == "memory://corpus/clip.mp4"
    assert len(found["pictures"]) == 5


def test_the_sound_track_asked_for_is_the_one_that_is_listened_to(tmp_path: Path):
    path, out = tmp_path / "two.mka", tmp_path / "out"
    with av.open(str(path), "w") as file:
        streams = [file.add_stream("pcm_s16le", rate=16_000, layout="stereo") for _ in range(2)]
        for place, stream in enumerate(streams):
            # Left has 0.1 in the first track and 0.2 in the second, right has nothing.
            samples = np.tile(np.int16([3277 * (place + 1), 0]), 16_000)[None]
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = 16_000, 0, Fraction(1, 16_000)
            file.mux(stream.encode(frame))

    looked = look(LookOptions(clip=str(path), out=str(out), sound_track="1", channel="left"))

    assert looked.head["sound"]["sound_track"] == 1
    assert [stream["chosen"] for stream in looked.head["streams"]] == [False, True]
    assert np.median(wavfile.read(out / "sound.wav")[1]) == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start": -1.0}, "--start -1.0: expected seconds"),
        ({"stop": float("nan")}, "--stop nan: expected seconds"),
        ({"start": 2.0, "stop": 2.0}, "--stop 2: expected more than --start, which is 2"),
        ({"sound_track": "-1"}, "--sound-track"),
    ],
)
def test_a_range_or_track_that_makes_no_sense_is_refused(clip: Path, tmp_path: Path, options: dict[str, float | str], message: str):
    with pytest.raises(ConfigError, match=message):
        look(LookOptions(clip=str(clip), out=str(tmp_path / "out"), **options))


@pytest.mark.parametrize(("flags", "code"), [(["--start", "-1"], 2), (["--clip", "nowhere.mp4"], 1), (["--channel", "loud"], 2)])
def test_errors_end_with_the_exit_codes_of_all_commands(
    clip: Path, tmp_path: Path, flags: list[str], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(sys, "argv", ["look.py", "--clip", str(clip), "--out", str(tmp_path / "out"), *flags])

    with pytest.raises(SystemExit) as end:
        run(look_command.main, LookOptions)

    assert end.value.code == code
    assert capsys.readouterr().err
