"""Clips to measure with: a talking face of the demo corpus, at any size and of any length."""

import dataclasses
import itertools
from pathlib import Path

import av
import cv2

from avemo_core.synthetic import corpus, frames, plans
from avemo_core.synthetic.faces.actors import Actor, actor
from avemo_core.synthetic.scene import Placement, Shot
from schemas.audio import SAMPLE_RATE_HZ


def made(folder: Path, width: int, height: int, seconds: float, every: int = 1, *, two: bool = False) -> Path:
    """A clip in H.264 and AAC at 25 fps, or every so many of its frames, whose face fills as much of the picture as in the demo corpus.

    Args:
        folder: where it is written.
        width: of the picture, in pixels.
        height: likewise.
        seconds: how long it is.
        every: of its frames, every so many are kept.
        two: whether two people are seen, each half as large.
    """
    plan = dataclasses.replace(plans.plan(clips=21)[0], duration_s=seconds)
    if two:
        plan = dataclasses.replace(plan, shots=(_both(plan.actor),))
    sound, path = corpus.sound(plan), folder / f"{width}x{height}{'-two' if two else ''}.mp4"
    with av.open(str(path), "w") as file:
        video = file.add_stream("libx264", rate=plans.FPS // every, options={"preset": "veryfast"})
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        audio = file.add_stream("aac", rate=SAMPLE_RATE_HZ, layout="mono")
        for frame in itertools.islice(frames.frames(plan), 0, None, every):
            picture = cv2.resize(frame.picture, (width, height), interpolation=cv2.INTER_CUBIC)
            file.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        samples = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
        samples.sample_rate = SAMPLE_RATE_HZ
        file.mux(audio.encode(samples))
        for stream in (video, audio):
            file.mux(stream.encode(None))
    return path


def _both(speaker: Actor) -> Shot:
    """The speaker on the left and a listener on the right."""
    half, there = (0.5, 0.5), (75.0, 75.0)
    left = Placement(actor=speaker, zoom=half, right_px=(-there[0], -there[1]))
    return Shot(faces=(left, Placement(actor=actor(1), zoom=half, right_px=there)))


def repeated(path: Path, times: int, out: Path) -> Path:
    """The clip so many times over, packet for packet: long files without encoding."""
    with av.open(str(path)) as source, av.open(str(out), "w") as file:
        streams = {stream.index: file.add_stream_from_template(stream) for stream in source.streams}
        length_s = source.duration / av.time_base
        for number in range(times):
            source.seek(0)
            for packet in source.demux():
                if packet.dts is not None:
                    shift = round(number * length_s / packet.time_base)
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = streams[packet.stream.index]
                    file.mux(packet)
    return out
