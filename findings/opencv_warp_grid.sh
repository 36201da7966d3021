#!/usr/bin/env bash
# Expected: warpAffine interpolates where the matrix says, in float32 or better; another release gives the same values but for rounding.
# OpenCV 4 rounds each place in the source to 1/32 of a pixel first, in linear, cubic and Lanczos, and in remap and warpPerspective too:
# a shift of 0.01 px does nothing, one of 0.02 px moves by 0.031. Pictures of floats are no exception. getRectSubPix does not round.
# OpenCV 5 rounds for Lanczos alone. One matrix on one picture gives another chip for a face network, release by release: here a fifth of
# its values, by up to two levels. Whoever finds a matrix by steps below 1/32 px sees no change in OpenCV 4.
# We pin OpenCV below 5: our faces' chips, and the features of them, are those of the grid.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for release in 4.14.0.94 5.0.0.93; do
    python3 -m venv "$work/$release"
    "$work/$release/bin/pip" install -qq opencv-python-headless==$release numpy==2.4.6
    "$work/$release/bin/python" - "$work/$release.json" <<'PYTHON'
import json
import sys

import cv2
import numpy as np

SHIFTS_PX = (0.01, 0.02, 0.03, 0.05, 0.1)
INVERSE = cv2.WARP_INVERSE_MAP
ramp = np.tile(np.arange(64, dtype=np.float32), (64, 1))  # a value is its own column
rows, columns = np.mgrid[:64, :64].astype(np.float32)


def warped(picture, shift_px, interpolation, side=64):
    return cv2.warpAffine(picture, np.float64([[1, 0, shift_px], [0, 1, 0]]), (side, side), flags=interpolation | INVERSE)


def places(moved):
    """How far the ramp's middle was moved, in pixels, for each shift."""
    return [round(float((moved(shift) - ramp)[32, 16:48].mean()), 3) for shift in SHIFTS_PX]


homography = lambda shift: np.float64([[1, 0, shift], [0, 1, 0], [0, 0, 1]])
found = {
    "warpAffine": places(lambda shift: warped(ramp, shift, cv2.INTER_LINEAR)),
    "remap": places(lambda shift: cv2.remap(ramp, columns + np.float32(shift), rows, cv2.INTER_LINEAR)),
    "warpPerspective": places(lambda shift: cv2.warpPerspective(ramp, homography(shift), (64, 64), flags=cv2.INTER_LINEAR | INVERSE)),
    "getRectSubPix": places(lambda shift: cv2.getRectSubPix(ramp, (64, 64), (31.5 + shift, 31.5))),
}
# Where a shift of 0.01 px changes nothing at all, by interpolation; cubic and Lanczos do not keep a ramp, so its values are no places.
bits = {name: bool(np.array_equal(warped(ramp, 0.01, kind)[:, 16:48], ramp[:, 16:48]))
        for name, kind in (("linear", cv2.INTER_LINEAR), ("cubic", cv2.INTER_CUBIC), ("Lanczos", cv2.INTER_LANCZOS4))}
# Smoothed noise, and a chip of it as for a face network: turned by 7 degrees, 150 x 150.
picture = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8), (0, 0), 1)
picture = cv2.normalize(picture, None, 0, 255, cv2.NORM_MINMAX)
turn = cv2.getRotationMatrix2D((150, 150), 7, 1)
turn[:, 2] -= 75
chip = cv2.warpAffine(picture, turn, (150, 150), flags=cv2.INTER_LINEAR)
json.dump({"release": cv2.__version__, "found": found, "bits": bits, "chip": chip.tolist()}, open(sys.argv[1], "w"))
PYTHON
done
"$work/4.14.0.94/bin/python" - "$work"/*.json <<'PYTHON'
import json
import sys

import numpy as np

four, five = (json.load(open(file)) for file in sys.argv[1:])
print("asked, px:         [0.01, 0.02, 0.03, 0.05, 0.1]")
for release in (four, five):
    print("OpenCV", release["release"])
    for name, places in release["found"].items():
        print(f"  {name + ':':17}{places}")
    print("  0.01 px does nothing:", release["bits"])
off = np.abs(np.array(four["chip"], int) - np.array(five["chip"], int))
print(f"one chip by both: {(off > 0).mean():.0%} of its values differ, the most by {off.max()} levels of 256")
grid, exact = [0.0, 0.031, 0.031, 0.062, 0.094], [0.01, 0.02, 0.03, 0.05, 0.1]
rounded = {"warpAffine", "remap", "warpPerspective"}
expected = [{name: grid if name in rounded and release is four else exact for name in release["found"]} for release in (four, five)]
still = [four["found"], five["found"]] == expected and all(four["bits"].values())
if not still or five["bits"] != {"linear": False, "cubic": False, "Lanczos": True} or off.max() == 0:
    sys.exit("No longer so: compare with what is said above.")
PYTHON

# Seen (x86-64):
#   asked, px:         [0.01, 0.02, 0.03, 0.05, 0.1]
#   OpenCV 4.14.0
#     warpAffine:      [0.0, 0.031, 0.031, 0.062, 0.094]
#     remap:           [0.0, 0.031, 0.031, 0.062, 0.094]
#     warpPerspective: [0.0, 0.031, 0.031, 0.062, 0.094]
#     getRectSubPix:   [0.01, 0.02, 0.03, 0.05, 0.1]
#     0.01 px does nothing: {'linear': True, 'cubic': True, 'Lanczos': True}
#   OpenCV 5.0.0
#     warpAffine:      [0.01, 0.02, 0.03, 0.05, 0.1]
#     remap:           [0.01, 0.02, 0.03, 0.05, 0.1]
#     warpPerspective: [0.01, 0.02, 0.03, 0.05, 0.1]
#     getRectSubPix:   [0.01, 0.02, 0.03, 0.05, 0.1]
#     0.01 px does nothing: {'linear': False, 'cubic': False, 'Lanczos': True}
#   one chip by both: 19% of its values differ, the most by 2 levels of 256
