"""Who writes the film: PyAV in this process, and the ffmpeg programs at hand."""

import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import av.error
import numpy as np

from clock_matrix import film
from clock_matrix.pairs import Audio, Pair, Video
from tests import scheduling

STATIC: Final = "imageio-ffmpeg==0.8.1"
PROGRAM_S: Final = 120


class NotWritten(Exception):  # noqa: N818 - no fault: writers differ in what they can
    """This writer has not got what the cell needs."""


@dataclass(frozen=True)
class Program:
    """An ffmpeg program."""

    name: str
    path: str

    def __call__(self, *arguments: object, out: Path) -> Path:
        """Run it.

        Raises:
            NotWritten: it ended with an error; the message is its last line.
        """
        command = [self.path, "-hide_banner", "-loglevel", "error", "-nostdin", "-y", *map(str, arguments), str(out)]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, timeout=PROGRAM_S)  # noqa: S603 - the writers
        if done.returncode or not out.exists() or not out.stat().st_size:
            out.unlink(missing_ok=True)
            raise NotWritten((done.stderr.strip() or f"ended with {done.returncode}").splitlines()[-1])
        return out

    def pair(self, pair: Pair, folder: Path, raw: film.Raw) -> Path:
        """The film as one pair of codecs.

        Raises:
            NotWritten: no such encoder.
        """
        return self(*raw.inputs(), *encoding(pair, self.encoders()), out=folder / file_name(pair.name, pair.extension))

    def encoders(self) -> frozenset[str]:
        """Names of what it encodes."""
        listed = subprocess.run([self.path, "-hide_banner", "-encoders"], capture_output=True, text=True, check=True).stdout  # noqa: S603
        return frozenset(line.split()[1] for line in listed.splitlines() if len(line.split()) > 1)


def file_name(cell: str, extension: str) -> str:
    """A cell's name without spaces."""
    return f"{cell.replace(' ', '_')}.{extension}"


def encoding(pair: Pair, encoders: frozenset[str]) -> list[str]:
    """Arguments of ffmpeg that encode and wrap."""
    video = ["-c:v", _chosen(pair.video, encoders), "-pix_fmt", pair.video.pix_fmt]
    audio = ["-c:a", _chosen(pair.audio, encoders), "-ar", str(pair.audio.rate_hz), "-ac", str(pair.audio.channels)]
    size = ["-s", "{}x{}".format(*pair.video.size)] if pair.video.size else []
    of_video = [part for key, value in pair.video.options.items() for part in (f"-{key}:v", value)]
    of_audio = [part for key, value in pair.audio.options.items() for part in (f"-{key}:a", value)]
    of_file = [part for key, value in pair.options.items() for part in (f"-{key}", value)]
    return [*video, *size, *of_video, *audio, *of_audio, "-threads", "1", *of_file, "-f", pair.format]


def _chosen(stream: Video | Audio, encoders: frozenset[str]) -> str:
    chosen = next((name for name in stream.encoders if name in encoders), None)
    if chosen is None:
        raise NotWritten(f"no encoder {' or '.join(stream.encoders)}")
    return chosen


def programs() -> dict[str, Program | str]:
    """The ffmpeg programs at hand, by name; or why one is not."""
    system = shutil.which("ffmpeg")
    found: dict[str, Program | str] = {"ffmpeg": Program("ffmpeg", system) if system else "no ffmpeg on the PATH: apt-get install ffmpeg"}
    static = _static()
    found["ffmpeg-static"] = Program("ffmpeg-static", static) if static else f"pip install {STATIC} --target FOLDER, and PYTHONPATH=FOLDER"
    return found


def _static() -> str | None:
    try:
        import imageio_ffmpeg  # noqa: PLC0415 - not among this project's packages
    except ImportError:
        return os.environ.get("STATIC_FFMPEG")
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def version(program: Program) -> str:
    """What it calls itself."""
    done = subprocess.run([program.path, "-version"], capture_output=True, text=True, check=True)  # noqa: S603 - the writers
    return done.stdout.split()[2]


class PyAV:
    """PyAV, as its manual writes files: encode, mux."""

    name = "pyav"

    def pair(self, pair: Pair, folder: Path, raw: film.Raw) -> Path:
        """The film as one pair of codecs.

        Raises:
            NotWritten: PyAV's wheel lacks an encoder, or the container refuses the pair.
        """
        out = folder / file_name(pair.name, pair.extension)
        del raw
        try:
            write(out, pair)
        except (av.error.FFmpegError, ValueError, OSError) as error:
            out.unlink(missing_ok=True)
            raise NotWritten(str(error)) from error
        return out


def write(out: Path, pair: Pair, periods: int = 1) -> None:
    """Write the film by PyAV.

    Raises:
        NotWritten: no encoder.
        av.error.FFmpegError: the container refuses the pair.
    """
    with scheduling.kept(), av.open(str(out), "w", format=pair.format, options=pair.options) as file:
        video = file.add_stream(_chosen(pair.video, frozenset(av.codecs_available)), rate=film.FPS, options=_private(pair.video.options))
        video.width, video.height = pair.video.size or (film.WIDTH_PX, film.HEIGHT_PX)
        video.pix_fmt = pair.video.pix_fmt
        video.codec_context.thread_count = 1
        layout = {1: "mono", 2: "stereo"}[pair.audio.channels]
        audio = file.add_stream(
            _chosen(pair.audio, frozenset(av.codecs_available)),
            rate=pair.audio.rate_hz,
            layout=layout,
            options=_private(pair.audio.options),
        )
        for number, (picture, sound) in enumerate(
            itertools.zip_longest(_video_frames(pair.video, periods), _audio_frames(pair.audio, periods))
        ):
            if picture is not None:
                picture.pts, picture.time_base = number, Fraction(1, film.FPS)
                file.mux(video.encode(picture))
            if sound is not None:
                file.mux(audio.encode(sound))
        file.mux(video.encode(None))
        file.mux(audio.encode(None))


def _private(options: dict[str, str]) -> dict[str, str]:
    """Without the program's own spelling of a quality."""
    return {{"q": "qscale"}.get(key, key): value for key, value in options.items()}


def _video_frames(video: Video, periods: int) -> Iterator[av.VideoFrame]:
    width, height = video.size or (film.WIDTH_PX, film.HEIGHT_PX)
    for picture in film.pictures(periods):
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        yield frame.reformat(width, height, video.pix_fmt)


def _audio_frames(audio: Audio, periods: int) -> Iterator[av.AudioFrame]:
    """A frame's length of sound for each picture."""
    step = audio.rate_hz // film.FPS
    samples = film.sound(periods, audio.rate_hz)
    for at in range(0, len(samples), step):
        part = np.repeat(samples[None, at : at + step], audio.channels, axis=0)
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout={1: "mono", 2: "stereo"}[audio.channels])
        frame.sample_rate, frame.pts, frame.time_base = audio.rate_hz, at, Fraction(1, audio.rate_hz)
        yield frame
