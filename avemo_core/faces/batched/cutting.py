"""Squares cut out of pictures on a device, turned and scaled, many at once (avemo_core.faces.cutout is what this follows).

Where the copy is much smaller than the square, it is read from a halved picture. Its pixel's centre lies between those it was averaged
from, so that a place x of the picture is (x - (shrink - 1) / 2) / shrink there.
"""

import torch
from jaxtyping import Float32, Int64
from torch import Tensor

from avemo_core.faces.batched.pictures import DevicePictures


def squares(
    pictures: DevicePictures, which: Int64[Tensor, " face"], to_picture: Float32[Tensor, "face 2 3"], side_px: int
) -> Float32[Tensor, "face rgb side side"]:
    """Copies of squares of the pictures, 0..255, rounded as bytes are; black beyond a picture's edge. Channels last in memory.

    Args:
        pictures: on the device.
        which: of the pictures each square is in.
        to_picture: the affine map from each copy's pixels to the picture's.
        side_px: of the copies.
    """
    step = to_picture[:, :, 0].norm(dim=1)
    level = step.log2().floor().nan_to_num(0.0).clamp(0, len(pictures.offsets) - 1).long()
    offset, width, height = (table[level, which][:, None, None] for table in (pictures.offsets, pictures.widths, pictures.heights))
    x, y = _places(to_picture, side_px, 2.0**level)
    left, top = x.floor(), y.floor()
    right_share, lower_share = x - left, y - top
    copies = torch.zeros(*x.shape, 4, device=x.device)
    for down, vertical in ((0, 1 - lower_share), (1, lower_share)):
        for across, horizontal in ((0, 1 - right_share), (1, right_share)):
            column, row = left.long() + across, top.long() + down
            is_inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
            place = offset + torch.where(is_inside, row * width + column, 0)
            weight = torch.where(is_inside, vertical * horizontal, 0.0)
            copies.addcmul_(weight[..., None], pictures.pixels[place].view(torch.uint8).view(*x.shape, 4).float())
    return (copies[..., :3] + 0.5).floor_().permute(0, 3, 1, 2)


def _places(
    to_picture: Float32[Tensor, "face 2 3"], side_px: int, shrink: Float32[Tensor, " face"]
) -> tuple[Float32[Tensor, "face side side"], Float32[Tensor, "face side side"]]:
    """Where each pixel of the copies lies in the halved picture; x, y."""
    pixel = torch.arange(side_px, dtype=torch.float32, device=to_picture.device)
    shrink = shrink[:, None, None]
    both = (
        row[:, 0, None, None] * pixel[None, None, :] + row[:, 1, None, None] * pixel[None, :, None] + row[:, 2, None, None]
        for row in to_picture.unbind(1)
    )
    # A face that was lost may have led anywhere; what is beyond any picture need not be a number that a place can be counted with.
    x, y = (((place - (shrink - 1) / 2) / shrink).nan_to_num(-1e6).clamp(-1e6, 1e6) for place in both)
    return _rounded(x), _rounded(y)


def _rounded(place: Float32[Tensor, "face side side"]) -> Float32[Tensor, "face side side"]:
    """To a 32nd of a pixel, as OpenCV does: bytes that differ become ten times as few."""
    return (place * 32 + 0.5).floor_() / 32
