"""Pictures of several clips on a device, whatever their sizes: sent as planes, and there turned into RGB and halved.

All lie behind each other in one row of pixels, four bytes each, so that one look-up brings a whole pixel:

    pixels     | picture 0 ........ | 1 .... | 2 ..... | 0 halved | 1 h. | 2 h. | 0 halved twice ...
    offsets      ^                    ^        ^         ^
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Int32, Int64, UInt8
from numpy import ndarray
from torch import Tensor

Planes = tuple[UInt8[ndarray, "_row _column"], UInt8[ndarray, "_half_row _half_column"], UInt8[ndarray, "_half_row _half_column"]]
"""Y, U, V in BT.601, limited range, 4:2:0; even sides (avemo_core.media.picture)."""
LARGEST_SQUARE: Final = 2.0
"""A face's square is at most so many times as long as the picture."""
SMALLEST_COPY_PX: Final = 150
"""Side of the smallest copy that is cut out."""
_BITS: Final = 20
_LUMA, _BLUE_U, _GREEN_U, _GREEN_V, _RED_V = 1220542, 2116026, -409993, -852492, 1673527
"""BT.601 in limited range, times 2 to the 20th; OpenCV rounds its coefficients so."""


@dataclass(frozen=True, kw_only=True, eq=False)
class DevicePictures:
    """Pictures on a device, each in every size."""

    pixels: Int32[Tensor, " pixel"]
    """Red in the lowest byte, then green and blue."""
    offsets: Int64[Tensor, "level picture"]
    """Where each picture begins; level 0 is its own size, each further one half of that before."""
    widths: Int64[Tensor, "level picture"]
    heights: Int64[Tensor, "level picture"]


def upload(pictures: Sequence[Planes], device: torch.device | str = "cpu") -> DevicePictures:
    """Send the pictures to the device; those of one size that follow each other go together, and nothing waits for the device.

    Args:
        pictures: at least one.
        device: as torch names it.
    """
    runs = [tuple(_sent(planes, device) for planes in zip(*run, strict=True)) for run in _of_one_size(pictures)]
    levels = _levels(max(max(picture[0].shape) for picture in pictures))
    pixels, sizes = list[Tensor](), list[list[tuple[int, int]]]()
    for level in range(levels):
        runs = [_halved(*run) for run in runs] if level else runs
        sizes.append([(run[0].shape[1], run[0].shape[2]) for run in runs for _ in range(len(run[0]))])
        pixels += [_rgb(*run).flatten() for run in runs]
    heights, widths = np.array(sizes, np.int64).transpose(2, 0, 1)
    counts = (heights * widths).reshape(-1)
    offsets = (np.cumsum(counts) - counts).reshape(heights.shape)
    tables = _to_device(np.stack([offsets, widths, heights]), device)
    return DevicePictures(pixels=torch.cat(pixels), offsets=tables[0], widths=tables[1], heights=tables[2])


def _levels(longer_side_px: int) -> int:
    """In how many sizes a picture may be needed: a copy's pixel is averaged from a power of two within its step."""
    return 1 + max(0, int(math.log2(max(1.0, LARGEST_SQUARE * longer_side_px / SMALLEST_COPY_PX))))


def _of_one_size(pictures: Sequence[Planes]) -> Iterator[list[Planes]]:
    run: list[Planes] = []
    for picture in pictures:
        if run and run[0][0].shape != picture[0].shape:
            yield run
            run = []
        run.append(picture)
    yield run


def _sent(planes: Sequence[ndarray], device: torch.device | str) -> Tensor:
    return _to_device(np.stack(planes), device)


def _to_device(array: ndarray, device: torch.device | str) -> Tensor:
    """From pinned memory a GPU copies by itself, while the CPU goes on."""
    tensor = torch.from_numpy(array)
    return tensor.pin_memory().to(device, non_blocking=True) if torch.device(device).type == "cuda" else tensor


def _halved(
    y: UInt8[Tensor, "picture row column"],
    u: UInt8[Tensor, "picture half_row half_column"],
    v: UInt8[Tensor, "picture half_row half_column"],
) -> tuple[Tensor, Tensor, Tensor]:
    """Each plane at half its sides, the mean of four, rounded; a row or column too many is left out, as sides stay even."""
    height, width = (max(2, side & ~3) for side in y.shape[1:])
    half = np.s_[:, : height // 2, : width // 2]
    return _mean_of_four(y[:, :height, :width]), _mean_of_four(u[half]), _mean_of_four(v[half])


def _mean_of_four(plane: UInt8[Tensor, "picture row column"]) -> UInt8[Tensor, "picture half_row half_column"]:
    count, height, width = plane.shape
    sums = plane.view(count, height // 2, 2, width // 2, 2).sum(dim=(2, 4), dtype=torch.int32)
    return ((sums + 2) >> 2).to(torch.uint8)


def _rgb(
    y: UInt8[Tensor, "picture row column"],
    u: UInt8[Tensor, "picture half_row half_column"],
    v: UInt8[Tensor, "picture half_row half_column"],
) -> Int32[Tensor, "picture row column"]:
    """OpenCV's own arithmetic, so that both give the same bytes."""
    blue, red = (plane.to(torch.int32) - 128 for plane in (u, v))
    luma = (y.to(torch.int32) - 16).clamp_(min=0) * _LUMA + (1 << (_BITS - 1))
    colours = [_RED_V * red, _GREEN_U * blue + _GREEN_V * red, _BLUE_U * blue]
    packed = torch.zeros_like(luma)
    for place, colour in enumerate(colours):
        wide = colour.repeat_interleave(2, dim=1).repeat_interleave(2, dim=2)
        packed |= ((luma + wide) >> _BITS).clamp_(0, 255) << (8 * place)
    return packed
