#!/usr/bin/env bash
# Expected: two channels made one are as loud in whatever samples they come out; integers and floats differ by rounding alone.
# FFmpeg adds 0.71 of left and 0.71 of right. Where integers come out it scales that down to half of each, where floats come out it does
# not: sound that is alike on both sides is 3 dB louder then, and goes above full scale. What went in makes no difference.
# `-ac 1` on the command line is the same, by what the encoder takes: one stereo file made mono Ogg is 3 dB louder than made mono WAV.
# Loudness and energy learned from one are wrong for the other.
# We take the mean of the decoded channels ourselves, and give the resampler one channel.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq av==18.1.0 numpy==2.4.6 imageio-ffmpeg==0.8.1
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import subprocess
import sys
from importlib.metadata import version

import av
import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe

RATE_HZ, PEAK = 16_000, 0.9


def write(file, codec, sample):
    """A second of one tone, the same on both sides; without loss, or nearly."""
    tone = PEAK * np.sin(2 * np.pi * 200 * np.arange(RATE_HZ) / RATE_HZ)
    both = np.repeat(tone, 2)[None]
    values = both.astype(np.float32) if sample == "flt" else (both * 32767).astype(np.int16)
    with av.open(file, "w") as opened:
        stream = opened.add_stream(codec, rate=RATE_HZ, layout="stereo")
        frame = av.AudioFrame.from_ndarray(values, format=sample, layout="stereo")
        frame.sample_rate = RATE_HZ
        opened.mux(stream.encode(frame))
        opened.mux(stream.encode(None))


def peak(frames):
    """The highest value away from the ends; 1 is full scale."""
    sound = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
    scale = np.iinfo(sound.dtype).max if sound.dtype.kind == "i" else 1
    return round(float(sound[2000:-2000].max()) / scale, 2)


def resampled(file, sample):
    """The peak of the file as one channel, by PyAV."""
    resampler = av.AudioResampler(format=sample, layout="mono", rate=RATE_HZ)
    with av.open(file) as opened:
        frames = [out for frame in opened.decode(audio=0) for out in resampler.resample(frame)]
    return peak(frames + resampler.resample(None))


def converted(file, to):
    """The peak of what the command writes, whatever it writes."""
    subprocess.run([get_ffmpeg_exe(), "-v", "error", "-y", "-i", file, "-ac", "1", to], check=True)
    with av.open(to) as opened:
        return peak(list(opened.decode(audio=0)))


command = subprocess.run([get_ffmpeg_exe(), "-version"], capture_output=True, text=True, check=True).stdout.split()[2]
print("PyAV", version("av"), "FFmpeg", av.ffmpeg_version_info, "and the command", command)
write("int.wav", "pcm_s16le", "s16")
write("float.wav", "pcm_f32le", "flt")
by_resampler = {(file, sample): resampled(file, sample) for file in ("int.wav", "float.wav") for sample in ("s16p", "fltp")}
by_command = {to: converted("int.wav", to) for to in ("one.wav", "one.flac", "one.ogg")}
for (file, sample), found in by_resampler.items():
    print(f"PyAV, {file:9} to {sample}:     {found}")
for to, found in by_command.items():
    print(f"ffmpeg -ac 1 to {to + ':':13}{found}")
print(f"both channels:               {PEAK}")
if set(by_resampler.values()) != {0.9, 1.27} or by_resampler["float.wav", "s16p"] != PEAK or by_command["one.ogg"] < 1.2:
    sys.exit("No longer so: floats come out as loud as integers.")
PYTHON

# Seen:
#   PyAV 18.1.0 FFmpeg 8.1.2 and the command n9.0.2-17-g2a571b6068-20260930
#   PyAV, int.wav   to s16p:     0.9
#   PyAV, int.wav   to fltp:     1.27
#   PyAV, float.wav to s16p:     0.9
#   PyAV, float.wav to fltp:     1.27
#   ffmpeg -ac 1 to one.wav:     0.9
#   ffmpeg -ac 1 to one.flac:    0.9
#   ffmpeg -ac 1 to one.ogg:     1.3
#   both channels:               0.9
