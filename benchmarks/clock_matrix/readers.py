"""Who reads the film: each reader as its manual says, and what comes out of it as flashes and chirps."""

import itertools
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import av
import cv2
import librosa
import numpy as np
from numpy import ndarray

from avemo_core.media import decode
from clock_matrix.measuring import Seen, chirps_s, flashes_s
from schemas.audio import SAMPLE_RATE_HZ

Read = Callable[[Path, float | None], Seen]
"""Takes a file, and from where on to read it; raises anything."""


def avemo(path: Path, start_s: float | None = None) -> Seen:
    """`decode.opened`: frames, then the sound."""
    with decode.opened(str(path), start_s=start_s) as recording:
        flashes, numbers = flashes_s((frame.time_s, frame.picture.bgr()[:, :, 1]) for frame in recording.frames())
        sound = recording.sound()
    chirps = () if sound is None else tuple(sound.start_s + at for at in chirps_s(sound.samples, SAMPLE_RATE_HZ))
    return Seen(flashes_s=flashes, chirps_s=chirps, numbers=numbers)


def pyav(path: Path, start_s: float | None = None) -> Seen:
    """PyAV: pictures by `frame.time`, sound as one array from the first frame's time on; both from the container's start."""
    with av.open(str(path)) as container:
        origin_s = (container.start_time or 0) / av.time_base
        if start_s is not None:
            container.seek(round((start_s + origin_s) * av.time_base))
        frames, sound = _decoded(container)
    flashes, numbers = flashes_s((time_s - origin_s, gray) for time_s, gray in frames)
    if not sound:
        return Seen(flashes_s=flashes, numbers=numbers)
    rate_hz = sound[0].sample_rate
    chirps = chirps_s(np.concatenate([_mono(frame) for frame in sound]), rate_hz)
    return Seen(flashes_s=flashes, chirps_s=tuple((sound[0].time or 0.0) - origin_s + at for at in chirps), numbers=numbers)


def _decoded(container: av.container.InputContainer) -> tuple[list[tuple[float, ndarray]], list[av.AudioFrame]]:
    frames, sound = [], []
    wanted = [*container.streams.video[:1], *container.streams.audio[:1]]
    for packet in container.demux(wanted):
        try:
            decoded = packet.decode()
        except av.FFmpegError:
            continue
        for frame in decoded:
            if isinstance(frame, av.AudioFrame):
                sound.append(frame)
            elif frame.time is not None:
                frames.append((frame.time, frame.to_ndarray(format="gray")))
    return frames, sound


def _mono(frame: av.AudioFrame) -> ndarray:
    values = frame.to_ndarray()
    channels = len(frame.layout.channels)
    apart = values if frame.format.is_planar else values.reshape(-1, channels).T
    return apart.mean(axis=0) / (1 if apart.dtype.kind == "f" else float(np.iinfo(apart.dtype).max))


def opencv(path: Path, start_s: float | None = None) -> Seen:
    """OpenCV: pictures by CAP_PROP_POS_MSEC; it has no sound."""
    video = cv2.VideoCapture(str(path))
    if start_s is not None:
        video.set(cv2.CAP_PROP_POS_MSEC, 1000 * start_s)
    flashes, numbers = flashes_s(_captured(video))
    return Seen(flashes_s=flashes, numbers=numbers)


def _captured(video: cv2.VideoCapture) -> Iterator[tuple[float, ndarray]]:
    while True:
        read, picture = video.read()
        if not read:
            return
        yield video.get(cv2.CAP_PROP_POS_MSEC) / 1000, picture[:, :, 1]


def with_librosa(path: Path, start_s: float | None = None) -> Seen:
    """`librosa.load`: sound, from 0 on; it has no pictures. What libsndfile cannot open goes through the ffmpeg on the PATH."""
    warnings.simplefilter("ignore")  # that it does so
    samples, rate_hz = librosa.load(path, sr=None, mono=True, offset=start_s or 0.0)
    return Seen(chirps_s=tuple((start_s or 0.0) + at for at in chirps_s(samples, round(rate_hz))))


HERE: Final[dict[str, Read]] = {"avemo": avemo, "pyav": pyav, "opencv": opencv, "librosa": with_librosa}
"""Those that run in this process."""


def seen(reader: str, path: Path, start_s: float | None = None) -> Seen:
    """What the reader makes of a file; a fault where it refuses it."""
    try:
        return HERE[reader](path, start_s)
    except Exception as error:  # noqa: BLE001 - whatever a reader does, the table goes on
        return Seen(fault=f"{type(error).__name__}: {error}".splitlines()[0])


def rgb(reader: str, path: Path) -> ndarray:
    """The third picture of a clip, as the reader hands it out: uint8, height x width x 3."""
    if reader == "avemo":
        with decode.opened(str(path)) as recording:
            return next(itertools.islice((frame.picture.bgr() for frame in recording.frames()), 2, None))[:, :, ::-1]
    if reader == "pyav":
        with av.open(str(path)) as container:
            return next(itertools.islice(container.decode(video=0), 2, None)).to_ndarray(format="rgb24")
    video = cv2.VideoCapture(str(path))
    for _ in range(2):
        video.read()
    return np.asarray(video.read()[1])[:, :, ::-1]
