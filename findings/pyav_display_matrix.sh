#!/usr/bin/env bash
# Expected: `frame.rotation` says how a frame is shown, `frame.side_data` has the matrix behind it, and what holds for a stream hangs on each frame.
# `rotation` is the matrix's angle, and drops the mirror: left-right reads as -180 (upside down), top-bottom as 0.
# An H.264 orientation (SEI) hangs on the frame that carries it, though it holds for those that follow; one that says "upright" on none.
# With a container's matrix as well, `rotation` reads the container's, `side_data["DISPLAYMATRIX"]` the stream's.
# One kind of side data that PyAV has no name for, such as a JPEG's EXIF, and `side_data` raises ValueError: the matrix beside it is out of reach.
# A frame whose `side_data` was read is not freed when the last name goes: frame and data hold each other, and the picture's memory with
# them, until the garbage collector comes by (75 frames of 1080p: 200 MB).
# We read the first matrix of a four-pixel copy of each frame, keep it until the next, and fall back on `rotation` where `side_data` raises.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq av==18.1.0 numpy==2.4.6
"$work/venv/bin/python" - <<'PYTHON'
import gc
import io
import struct
import sys
from fractions import Fraction
from importlib.metadata import version

import av
import numpy as np
from av.bitstream import BitStreamFilterContext

ONE = 1 << 16


def written(codec, pix_fmt, name, change=lambda index, packet, stream: [packet]):
    sink = io.BytesIO()
    with av.open(sink, "w", format=name) as file:
        stream = file.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, pix_fmt
        packets = []
        for index in range(3):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 90, np.uint8), format="rgb24").reformat(format=pix_fmt)
            frame.pts, frame.time_base = index, Fraction(1, 25)
            packets += stream.encode(frame)
        packets += stream.encode(None)
        file.start_encoding()
        for index, packet in enumerate(packets):
            file.mux(change(index, packet, stream))
    return sink.getvalue()


def oriented(what):
    def change(index, packet, stream):
        return BitStreamFilterContext(f"h264_metadata=display_orientation=insert:{what}", stream).filter(packet) if index == 0 else [packet]
    return change


def with_matrix(mp4, a, b, c, d):
    identity = struct.pack(">9i", ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30)
    place = mp4.index(identity, mp4.index(b"tkhd"))
    return mp4[:place] + struct.pack(">9i", a * ONE, b * ONE, 0, c * ONE, d * ONE, 0, 0, 0, 1 << 30) + mp4[place + len(identity):]


def with_exif(index, packet, stream):
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x02\0\0\0\0\0\0"  # orientation 2: mirrored left-right
    jpeg = bytes(packet)
    new = av.Packet(jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:])
    new.stream, new.pts, new.dts, new.time_base, new.is_keyframe = stream, packet.pts, packet.dts, packet.time_base, True
    return [new]


def read(file):
    with av.open(io.BytesIO(file)) as opened:
        return [(frame.rotation, matrix(frame)) for frame in opened.decode(video=0)]


def matrix(frame):
    try:
        found = frame.side_data.get("DISPLAYMATRIX")
    except ValueError as error:
        return str(error)
    if found is None:
        return None
    a, b, _, c, d = struct.unpack_from("=5i", found)
    return a // ONE, b // ONE, c // ONE, d // ONE


def alive(file, look):
    gc.collect()
    gc.disable()
    with av.open(io.BytesIO(file)) as opened:
        for frame in opened.decode(video=0):
            look(frame)
    del frame
    count = sum(type(thing) is av.VideoFrame for thing in gc.get_objects())
    gc.enable()
    return count


print("PyAV", version("av"))
plain = written("libx264", "yuv420p", "mp4")
seen = {
    "MP4, left-right:": read(with_matrix(plain, -1, 0, 0, 1)),
    "MP4, top-bottom:": read(with_matrix(plain, 1, 0, 0, -1)),
    "H.264, a quarter:": read(written("libx264", "yuv420p", "mp4", oriented("rotate=90"))),
    "H.264, upright:": read(written("libx264", "yuv420p", "mp4", oriented("rotate=0"))),
    "both:": read(with_matrix(written("libx264", "yuv420p", "mp4", oriented("rotate=90")), 1, 0, 0, -1)),
    "JPEG with EXIF:": read(written("mjpeg", "yuvj420p", "avi", with_exif)),
}
for what, frames in seen.items():
    print(f"{what:18}", *frames)
none, flipped = (0, None), (0, (1, 0, 0, -1))
expected = [
    [(-180, (-1, 0, 0, 1))] * 3, [flipped] * 3, [(90, (0, -1, 1, 0)), none, none], [none] * 3, [(0, (0, -1, 1, 0)), flipped, flipped],
    [(-180, "31 is not a valid Type")] * 3,
]
left = [alive(plain, lambda frame: frame.rotation), alive(plain, lambda frame: frame.side_data)]
print(f"of 3 frames not freed: {left[0]} after rotation, {left[1]} after side_data")
if list(seen.values()) != expected or left != [0, 3]:
    sys.exit("No longer so: compare with what is said above.")
PYTHON

# Seen:
#   PyAV 18.1.0
#   MP4, left-right:   (-180, (-1, 0, 0, 1)) (-180, (-1, 0, 0, 1)) (-180, (-1, 0, 0, 1))
#   MP4, top-bottom:   (0, (1, 0, 0, -1)) (0, (1, 0, 0, -1)) (0, (1, 0, 0, -1))
#   H.264, a quarter:  (90, (0, -1, 1, 0)) (0, None) (0, None)
#   H.264, upright:    (0, None) (0, None) (0, None)
#   both:              (0, (0, -1, 1, 0)) (0, (1, 0, 0, -1)) (0, (1, 0, 0, -1))
#   JPEG with EXIF:    (-180, '31 is not a valid Type') (-180, '31 is not a valid Type') (-180, '31 is not a valid Type')
#   of 3 frames not freed: 0 after rotation, 3 after side_data
