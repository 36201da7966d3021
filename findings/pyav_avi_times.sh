#!/usr/bin/env bash
# Expected: `frame.time` of a decoded picture is when it is shown, whatever the container.
# AVI has times of decoding alone. PyAV sets FFmpeg's flag GENPTS, by which the demuxer makes up times of display from them: without
# B-pictures H.264 comes a picture late, with them pictures come in their order with times that go back and forth.
# Without the flag pictures have no times at all: what is left are the packets' times of decoding.
# We take the order in which pictures come out, and give each the next of these times, less the decoder's delay.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq av==18.1.0 numpy==2.4.6
"$work/venv/bin/python" - <<'PYTHON'
import io
import sys
from fractions import Fraction
from importlib.metadata import version

import av
import numpy as np

GENPTS = 1


def written(name, b_pictures):
    sink = io.BytesIO()
    with av.open(sink, "w", format=name) as file:
        options = {"preset": "ultrafast", "bf": str(b_pictures), "x264-params": "b-adapt=0"}
        stream = file.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(8):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64), 25 * number + 20, np.uint8), format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return sink.getvalue()


def times(file, generates=True):
    """Number of each picture by its brightness, and its time in pictures."""
    with av.open(io.BytesIO(file)) as opened:
        if not generates:
            opened.flags &= ~GENPTS
        opened.streams.video[0].codec_context.thread_count = 1
        frames = list(opened.decode(video=0))
    numbers = [round((frame.to_ndarray(format="gray").mean() - 20) / 25) for frame in frames]
    return numbers, [None if frame.time is None else round(frame.time * 25) for frame in frames]


print("PyAV", version("av"), "FFmpeg", av.ffmpeg_version_info)
seen = {}
for b_pictures in (0, 2):
    for name, generates in (("matroska", True), ("avi", True), ("avi", False)):
        what = f"{name}, {b_pictures} B-pictures{'' if generates else ', no GENPTS'}"
        numbers, seen[what] = times(written(name, b_pictures), generates)
        print(f"{what:36} pictures {numbers} at {seen[what]}")
right = list(range(8))
avi = [found for what, found in seen.items() if what.startswith("avi")]
if any(found != right for what, found in seen.items() if what.startswith("matroska")) or all(found == right for found in avi):
    sys.exit("No longer so: pictures in AVI have their times.")
PYTHON

# Seen:
#   PyAV 18.1.0 FFmpeg 8.1.2
#   matroska, 0 B-pictures               pictures [0, 1, 2, 3, 4, 5, 6, 7] at [0, 1, 2, 3, 4, 5, 6, 7]
#   avi, 0 B-pictures                    pictures [0, 1, 2, 3, 4, 5, 6, 7] at [1, 2, 3, 4, 5, 6, 7, 8]
#   avi, 0 B-pictures, no GENPTS         pictures [0, 1, 2, 3, 4, 5, 6, 7] at [None, None, None, None, None, None, None, None]
#   matroska, 2 B-pictures               pictures [0, 1, 2, 3, 4, 5, 6, 7] at [0, 1, 2, 3, 4, 5, 6, 7]
#   avi, 2 B-pictures                    pictures [0, 1, 2, 3, 4, 5, 6, 7] at [1, 3, 4, 2, 6, 7, 5, 8]
#   avi, 2 B-pictures, no GENPTS         pictures [0, 1, 2, 3, 4, 5, 6, 7] at [None, None, None, None, None, None, None, None]
