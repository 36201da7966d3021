#!/usr/bin/env bash
# Expected: FFmpeg writes sound and pictures that begin together so that its own reader gives them back together.
# An encoder of MP3 comes out 1105 samples late, 23 ms. FFmpeg stamps its first block -23 ms; AVI has no stamps, and counts blocks from 0.
# So that nothing is negative FFmpeg's muxer moves the pictures by as much, and AVI counts those too: by a whole one, 40 ms at 25 a
# second, all but the first. On reading the sound comes 23 ms late, the pictures 40 ms: 17 ms apart, with a hole after the first picture.
# We take off both: the delay by a table, the picture where the file's first two stamps are 0 and 2 and its software is Lavf.
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

FPS, RATE_HZ = 25, 48_000


def written(name, codec):
    """Two seconds; at 1 s a picture is white, and a click begins."""
    sink = io.BytesIO()
    with av.open(sink, "w", format=name) as file:
        pictures, sound = file.add_stream("mpeg4", rate=FPS), file.add_stream(codec, rate=RATE_HZ, layout="mono")
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        packets = []
        for number in range(2 * FPS):
            luma = np.full((48, 64), 235 if number == FPS else 60, np.uint8)
            frame = av.VideoFrame.from_ndarray(luma, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            packets += pictures.encode(frame)
        samples = np.zeros((1, 2 * RATE_HZ), np.float32)
        samples[0, RATE_HZ : RATE_HZ + 480] = 0.5 * np.sin(2 * np.pi * 3000 * np.arange(480) / RATE_HZ) * np.hanning(480)
        for start in range(0, 2 * RATE_HZ, 1152):
            part = np.ascontiguousarray(samples[:, start : start + 1152])
            frame = av.AudioFrame.from_ndarray(part if codec == "libmp3lame" else (part * 32767).astype(np.int16),
                                               format="fltp" if codec == "libmp3lame" else "s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, start, Fraction(1, RATE_HZ)
            packets += sound.encode(frame)
        packets += pictures.encode(None) + sound.encode(None)
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            file.mux(packet)
    return sink.getvalue()


def read(file):
    """Times of the first three pictures, of the white one and of the click's middle less half its length, in ms."""
    with av.open(io.BytesIO(file)) as opened:
        frames = [(frame.time, frame.to_ndarray(format="gray").mean()) for frame in opened.decode(video=0)]
    with av.open(io.BytesIO(file)) as opened:
        parts = [(frame.time, frame.to_ndarray().astype(float).reshape(-1)) for frame in opened.decode(audio=0)]
    energy = np.concatenate([part for _, part in parts]) ** 2
    click = parts[0][0] + (np.arange(len(energy)) @ energy / energy.sum() - 240) / RATE_HZ
    white = next(time for time, level in frames if level > 150)
    return [round(1000 * time) for time, _ in frames[:3]], round(1000 * white), round(1000 * click)


print("PyAV", version("av"), "FFmpeg", av.ffmpeg_version_info)
seen = {}
for name, codec in (("matroska", "libmp3lame"), ("avi", "pcm_s16le"), ("avi", "libmp3lame")):
    first, white, click = seen[name, codec] = read(written(name, codec))
    print(f"{name:8} {codec:10}  first pictures {first} ms, white one {white} ms, click {click} ms")
if seen["avi", "libmp3lame"][1:] == (1000, 1000) or seen["matroska", "libmp3lame"][1:] != (1000, 1000):
    sys.exit("No longer so: sound and picture of AVI with MP3 come back together.")
PYTHON

# Seen:
#   PyAV 18.1.0 FFmpeg 8.1.2
#   matroska libmp3lame  first pictures [0, 40, 80] ms, white one 1000 ms, click 1000 ms
#   avi      pcm_s16le   first pictures [0, 40, 80] ms, white one 1000 ms, click 1000 ms
#   avi      libmp3lame  first pictures [0, 80, 120] ms, white one 1040 ms, click 1023 ms
