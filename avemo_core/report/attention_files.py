"""The clips' attention in files: each a script of a few hundred kilobytes, which the page loads when one of its clips is opened."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from jaxtyping import Float32, Int16, UInt8
from numpy import ndarray

from avemo_core.report.attention import Attention, Attentions
from avemo_core.report.media.gallery import ClipMedia
from avemo_core.report.scripts import packed, script
from schemas.predictions import PROBABILITIES

FILE_BYTES: Final = 384 * 1024
OUTSIDE: Final = np.int16(-32768)
"""Stands for a window position outside the clip."""


def write_attention_files(folder: Path, table: pa.Table, shown: Mapping[int, ClipMedia]) -> list[int]:
    """Write `attention-NNNN.js` files that together hold every row.

    Returns:
        The first row in each file.
    """
    folder.mkdir(exist_ok=True)
    first_rows = []
    for place, (first, clips) in enumerate(_files(table, shown)):
        (folder / f"attention-{place:04d}.js").write_text(script("avemo.takeAttention", place, clips), encoding="utf-8")
        first_rows.append(first)
    return first_rows


def _files(table: pa.Table, shown: Mapping[int, ClipMedia]) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    attentions = Attentions.of(table)
    probabilities = np.stack([np.asarray(table.column(name), np.float64) for name in PROBABILITIES], axis=1)
    first, size_bytes, clips = 0, 0, []
    for row in range(len(table)):
        clip = {"p": _rounded(probabilities[row]), **_attention(attentions[row]), **_media(shown.get(row))}
        clips.append(clip)
        size_bytes += sum(len(value) for value in clip.values() if isinstance(value, str))
        if size_bytes >= FILE_BYTES:
            yield first, clips
            first, size_bytes, clips = row + 1, 0, []
    if clips:
        yield first, clips


def _attention(clip: Attention) -> dict[str, Any]:
    """Times as float32; perception in 255ths of each emotion's maximum; alignment in 255ths; window offsets in whole milliseconds."""
    maxima = clip.perception.max(axis=0, initial=0.0)
    relative = np.divide(clip.perception, maxima, out=np.zeros_like(clip.perception), where=maxima > 0)
    found: dict[str, Any] = {
        "t": packed(clip.step_time_s),
        "f": packed(_bytes(relative.T)),
        "m": [float(f"{value:.4g}") for value in maxima],
    }
    if len(clip.alignment):
        found |= {"a": packed(_bytes(clip.alignment.T)), "w": packed(_offsets_ms(clip).T)}
    return found


def _bytes(shares: Float32[ndarray, "row step"]) -> UInt8[ndarray, "row step"]:
    levels: UInt8[ndarray, "row step"] = np.rint(np.clip(np.nan_to_num(shares), 0, 1) * 255).astype(np.uint8)
    return levels


def _offsets_ms(clip: Attention) -> Int16[ndarray, "t_v window"]:
    offsets = np.rint((clip.window_time_s - clip.step_time_s[:, None]) * 1000)
    whole: Int16[ndarray, "t_v window"] = np.where(np.isfinite(offsets), np.clip(offsets, -32767, 32767), OUTSIDE).astype(np.int16)
    return whole


def _media(shown: ClipMedia | None) -> dict[str, Any]:
    if shown is None:
        return {}
    found: dict[str, Any] = {"k": [[round(time_s, 4), name] for time_s, name in shown.thumbnails]} if shown.thumbnails else {}
    if shown.video:
        found |= {"v": shown.video, "s": round(shown.video_start_s, 4)}
    return found | ({"x": shown.problem} if shown.problem else {})


def _rounded(values: ndarray) -> list[float | None]:
    return [round(float(value), 5) if np.isfinite(value) else None for value in values]
