#!/usr/bin/env bash
# Expected: pictures of an MP4 come when its edit list says: composition time, less the edit's media time (ISO/IEC 14496-12, 8.6.6).
# Where the edit begins before the first picture, FFmpeg gives that picture the edit's beginning: all come early by its composition offset.
# The sound stays where it is. Adobe's encoders write such files; all videos of RAVDESS are.
# All that reads by FFmpeg does so: players, OpenCV, PyAV, torchcodec. `ignore_editlist` gives the media's own times, which are right here.
# We read the edit list ourselves where it begins with no picture, and leave all other files to FFmpeg.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq av==18.1.0 numpy==2.4.6
"$work/venv/bin/python" - <<'PYTHON'
import io
import struct
import sys
from fractions import Fraction
from importlib.metadata import version

import av
import numpy as np

PICTURES, FPS = 10, 25


def written():
    """Pictures with B-pictures between: the first one's composition time is 2 / 25 s."""
    sink = io.BytesIO()
    with av.open(sink, "w", format="mp4") as file:
        stream = file.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "bf": "2", "x264-params": "b-adapt=0"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(PICTURES):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64), 20 * number + 20, np.uint8), format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return bytearray(sink.getvalue())


def times(file, **options):
    """The times of all pictures, in pictures."""
    with av.open(io.BytesIO(file), container_options=options) as opened:
        return [round(frame.time * FPS) for frame in opened.decode(video=0)]


mp4 = written()
entry = mp4.rindex(b"elst") + 12
movie_hz = struct.unpack_from(">I", mp4, mp4.rindex(b"mvhd") + 16)[0]
length, media = struct.unpack_from(">Ii", mp4, entry)
print("PyAV", version("av"), "FFmpeg", av.ffmpeg_version_info)
print("as FFmpeg wrote it, from the first picture on:", times(mp4))
struct.pack_into(">Ii", mp4, entry, length + 2 * movie_hz // FPS, 0)
print("from media time 0 on, two pictures longer:    ", early := times(mp4))
print("the same without its edit list:               ", right := times(mp4, ignore_editlist="1"))
if early == right:
    sys.exit("No longer so: the first picture comes when the file says.")
PYTHON

# Seen:
#   PyAV 18.1.0 FFmpeg 8.1.2
#   as FFmpeg wrote it, from the first picture on: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
#   from media time 0 on, two pictures longer:     [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
#   the same without its edit list:                [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
