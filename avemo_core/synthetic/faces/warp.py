"""Move a picture with its triangles: every pixel takes its colour from where its triangle came from."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float, Float32, Int, Int32, UInt8
from numpy import ndarray

SUBPIXEL_BITS = 4
"""OpenCV draws polygons on a grid of 1/16 px."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Warp:
    """A picture with a mesh on it, ready to be drawn with the vertices elsewhere."""

    canvas: UInt8[ndarray, "row column bgra"]
    source: Float[ndarray, "vertex 2"]
    """Where the vertices lie on the canvas, in pixels (x, y)."""
    triangles: Int[ndarray, "triangle 3"]

    def draw(
        self, vertices: Float[ndarray, "vertex 2"], elsewhere: Float[ndarray, "2 3"], width_px: int, height_px: int
    ) -> UInt8[ndarray, "row column bgra"]:
        """The picture with its vertices moved.

        Args:
            vertices: where they are now, in pixels of the new picture (x, y).
            elsewhere: the affine map from the new picture to the canvas for pixels no triangle covers.
            width_px: width of the new picture.
            height_px: its height.
        """
        back = _affines(vertices[self.triangles], self.source[self.triangles], elsewhere)
        owner = _owners(vertices, self.triangles, _stretch(vertices, self.source, self.triangles), (height_px, width_px))
        x, y = np.arange(width_px, dtype=np.float32), np.arange(height_px, dtype=np.float32)[:, None]
        # One gather per coefficient: a gather of whole rows makes a picture of six channels and is slower.
        from_x, from_y = (row[0][owner] * x + row[1][owner] * y + row[2][owner] for row in back)
        return np.asarray(cv2.remap(self.canvas, from_x, from_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def _affines(
    new: Float[ndarray, "triangle 3 2"], old: Float[ndarray, "triangle 3 2"], elsewhere: Float[ndarray, "2 3"]
) -> Float32[ndarray, "2 3 owner"]:
    """For every triangle the affine map from its new place to its old one; owner 0 is `elsewhere`."""
    new_edges, old_edges = (np.stack([t[:, 1] - t[:, 0], t[:, 2] - t[:, 0]], axis=2) for t in (new, old))
    a, b, c, d = new_edges[:, 0, 0], new_edges[:, 0, 1], new_edges[:, 1, 0], new_edges[:, 1, 1]
    area = a * d - b * c
    # A triangle without area covers no pixel worth a colour: any finite map will do.
    area = np.where(np.abs(area) < 1e-6, 1.0, area)
    inverse = np.stack([np.stack([d, -b], axis=1), np.stack([-c, a], axis=1)], axis=1) / area[:, None, None]
    linear = old_edges @ inverse
    shift = old[:, 0] - np.einsum("nij,nj->ni", linear, new[:, 0])
    maps = np.concatenate([elsewhere[None], np.concatenate([linear, shift[:, :, None]], axis=2)])
    return np.ascontiguousarray(maps.transpose(1, 2, 0), np.float32)


def _stretch(
    vertices: Float[ndarray, "vertex 2"], source: Float[ndarray, "vertex 2"], triangles: Int[ndarray, "triangle 3"]
) -> Float[ndarray, " triangle"]:
    """New area over old area; near zero or negative where a triangle is squeezed shut."""
    return _area(vertices[triangles]) / np.where(_area(source[triangles]) == 0, 1e-6, _area(source[triangles]))


def _area(corners: Float[ndarray, "triangle 3 2"]) -> Float[ndarray, " triangle"]:
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return np.asarray(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0])


def _owners(
    vertices: Float[ndarray, "vertex 2"],
    triangles: Int[ndarray, "triangle 3"],
    stretch: Float[ndarray, " triangle"],
    shape: tuple[int, int],
) -> Int32[ndarray, "row column"]:
    """Which triangle (counted from 1) covers each pixel; 0: none. The most squeezed are drawn first, so that others cover them."""
    owner = np.zeros(shape, np.int32)
    corners = np.round(vertices * (1 << SUBPIXEL_BITS)).astype(np.int32)[triangles]
    for triangle in np.argsort(stretch, kind="stable").tolist():
        cv2.fillConvexPoly(owner, corners[triangle], triangle + 1, lineType=cv2.LINE_8, shift=SUBPIXEL_BITS)
    return owner
