import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avemo_core.report import attention_files
from avemo_core.report.attention_files import OUTSIDE, write_attention_files
from avemo_core.report.media.gallery import ClipMedia
from tests.avemo_core.report import made


def clips_of(folder: Path) -> list[dict[str, Any]]:
    texts = [file.read_text(encoding="utf-8") for file in sorted(folder.glob("attention-*.js"))]
    return [clip for text in texts for clip in json.loads(text[text.index(",") + 1 : text.rindex(")")])]


def unpacked(text: str, dtype: str, rows: int) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype).reshape(rows, -1)


def test_the_page_gets_back_what_the_table_holds(tmp_path: Path):
    table = made.predictions(3)

    write_attention_files(tmp_path, table, {})

    clip, row = clips_of(tmp_path)[1], table.slice(1, 1).to_pylist()[0]
    perception, alignment = np.array(row["perception"]), np.array(row["alignment"])
    np.testing.assert_allclose(unpacked(clip["t"], "<f4", 1)[0], row["step_time_s"], rtol=1e-6)
    np.testing.assert_allclose(unpacked(clip["f"], "u1", 7).T / 255 * clip["m"], perception, atol=perception.max() / 400)
    np.testing.assert_allclose(unpacked(clip["a"], "u1", 4).T / 255, alignment, atol=1 / 500)
    np.testing.assert_allclose(clip["p"], [row[f"p_{name}"] for name in ("angry", "disgust")] + clip["p"][2:], atol=1e-5)


def test_window_positions_are_milliseconds_from_their_frame_and_say_when_they_lie_outside(tmp_path: Path):
    table = made.predictions(1)

    write_attention_files(tmp_path, table, {})

    offsets = unpacked(clips_of(tmp_path)[0]["w"], "<i2", 4)
    assert offsets[:, 0].tolist() == [OUTSIDE, OUTSIDE, 0, 32]
    assert np.abs(offsets[:, 5:]).max() <= 80


def test_a_clip_without_sound_has_no_alignment(tmp_path: Path):
    write_attention_files(tmp_path, made.predictions(4), {})

    assert "a" not in clips_of(tmp_path)[3]


def test_files_hold_every_row_once_and_their_first_rows_say_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(attention_files, "FILE_BYTES", 10_000)

    first_rows = write_attention_files(tmp_path, made.predictions(30), {})

    assert first_rows[0] == 0
    assert len(first_rows) == len(list(tmp_path.glob("attention-*.js"))) > 3
    assert len(clips_of(tmp_path)) == 30


def test_what_was_made_of_a_clip_travels_with_it(tmp_path: Path):
    shown = {
        1: ClipMedia(thumbnails=((0.5, "media/1.jpg"),), video="media/1.mp4", video_start_s=2.0),
        2: ClipMedia(problem="missing (read): gone"),
    }

    write_attention_files(tmp_path, made.predictions(3), shown)

    plain, pictured, failed = clips_of(tmp_path)
    assert "k" not in plain
    assert (pictured["k"], pictured["v"], pictured["s"]) == ([[0.5, "media/1.jpg"]], "media/1.mp4", 2.0)
    assert failed["x"] == "missing (read): gone"
