"""Which pairs of codecs in which containers: what people's programs and cameras write."""

from dataclasses import dataclass
from typing import Final

Options = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Video:
    """A picture codec as FFmpeg's encoders are called, with their options."""

    encoders: tuple[str, ...]
    """The first that a writer has is used."""
    options: Options
    pix_fmt: str = "yuv420p"
    size: tuple[int, int] | None = None
    """Width and height; None: the film's own."""


@dataclass(frozen=True, kw_only=True)
class Audio:
    """A sound codec, and the rate and channels it asks for."""

    encoders: tuple[str, ...]
    rate_hz: int = 48_000
    channels: int = 1
    options: Options
    sample_fmt: str | None = None


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A cell of the matrix: one way to write the film."""

    name: str
    extension: str
    format: str
    video: Video
    audio: Audio
    options: Options


_GOP: Final = {"g": "12"}
_X264: Final = {**_GOP, "preset": "ultrafast", "crf": "20"}
VIDEO: Final = {
    "h264": Video(encoders=("libx264",), options={**_X264, "bf": "0"}),
    "h264b": Video(encoders=("libx264",), options={**_X264, "bf": "2", "x264-params": "b-adapt=0"}),
    "h264i": Video(encoders=("libx264",), options={**_X264, "x264-params": "tff=1:weightp=0"}),
    "hevc": Video(
        encoders=("libx265",), options={**_GOP, "preset": "ultrafast", "x265-params": "log-level=none:bframes=2:b-adapt=0:pools=1"}
    ),
    "mpeg4": Video(encoders=("mpeg4",), options={**_GOP, "b": "800k"}),
    "mpeg4b": Video(encoders=("mpeg4",), options={**_GOP, "b": "800k", "bf": "2"}),
    "mpeg2": Video(encoders=("mpeg2video",), options={**_GOP, "b": "1M", "bf": "2"}),
    "mpeg1": Video(encoders=("mpeg1video",), options={**_GOP, "b": "1M", "bf": "2"}),
    "mjpeg": Video(encoders=("mjpeg",), options={"q": "3", "strict": "-1"}),
    "vp8": Video(encoders=("libvpx",), options={"b": "600k", "deadline": "realtime", "cpu-used": "8"}),
    "vp9": Video(encoders=("libvpx-vp9",), options={"b": "600k", "deadline": "realtime", "cpu-used": "8"}),
    "av1": Video(encoders=("libsvtav1",), options={"preset": "8", "crf": "12", "svtav1-params": "lp=1"}),
    "wmv1": Video(encoders=("wmv1",), options={"b": "800k"}),
    "wmv2": Video(encoders=("wmv2",), options={"b": "800k"}),
    "theora": Video(encoders=("libtheora",), options={"q": "7", "b": "1M"}),
    "prores": Video(encoders=("prores_ks",), options={"profile": "0"}, pix_fmt="yuv422p10le"),
    "dv": Video(encoders=("dvvideo",), options={}, size=(720, 576)),
    "ffv1": Video(encoders=("ffv1",), options={"level": "3"}),
    "h263": Video(encoders=("h263",), options={"b": "600k"}),
    "rv20": Video(encoders=("rv20",), options={"b": "600k"}),
}
AUDIO: Final = {
    "aac": Audio(encoders=("aac",), options={"b": "96k"}),
    "mp3": Audio(encoders=("libmp3lame",), options={"b": "96k"}),
    "mp2": Audio(encoders=("mp2",), options={"b": "128k"}),
    "ac3": Audio(encoders=("ac3",), options={"b": "128k"}),
    "eac3": Audio(encoders=("eac3",), options={"b": "128k"}),
    "dts": Audio(encoders=("dca",), channels=2, options={"b": "768k", "strict": "-2"}),
    "amr": Audio(encoders=("libopencore_amrnb",), rate_hz=8000, options={"b": "12200"}),
    "opus": Audio(encoders=("libopus",), options={"b": "64k"}),
    "vorbis": Audio(encoders=("libvorbis", "vorbis"), channels=2, options={"b": "96k", "strict": "-2"}),
    "flac": Audio(encoders=("flac",), options={}),
    "pcm": Audio(encoders=("pcm_s16le",), options={}),
    "pcm2": Audio(encoders=("pcm_s16le",), channels=2, options={}),
    "dvd": Audio(encoders=("pcm_dvd",), channels=2, options={}),
    "wma": Audio(encoders=("wmav2",), options={"b": "96k"}),
    "wma1": Audio(encoders=("wmav1",), options={"b": "96k"}),
    "alac": Audio(encoders=("alac",), options={}),
}
_X264_SOUNDS: Final = "h264+aac h264b+aac h264i+aac hevc+aac"
_CONTAINERS: Final[dict[str, tuple[str, str, Options, tuple[str, ...]]]] = {
    # name: extension, format, options, pairs
    "mp4": (
        *("mp4", "mp4", {}),
        (
            *(_X264_SOUNDS, "mpeg4+aac mpeg4b+aac av1+aac av1+opus vp9+opus h264b+mp3 h264b+ac3 h264b+eac3"),
            "h264b+dts h264b+flac h264b+alac h264b+opus",
        ),
    ),
    "mp4-faststart": ("mp4", "mp4", {"movflags": "+faststart"}, ("h264b+aac",)),
    "mp4-fragments": ("mp4", "mp4", {"movflags": "+frag_keyframe"}, ("h264+aac h264b+aac",)),
    "mp4-empty-moov": ("mp4", "mp4", {"movflags": "+frag_keyframe+empty_moov"}, ("h264+aac h264b+aac",)),
    "mp4-delay-moov": ("mp4", "mp4", {"movflags": "+frag_keyframe+empty_moov+default_base_moof+delay_moov"}, ("h264b+aac",)),
    "mov": ("mov", "mov", {}, ("h264b+aac h264b+pcm h264b+alac prores+pcm mjpeg+pcm dv+pcm2 hevc+aac",)),
    "mkv": (
        *("mkv", "matroska", {}),
        (
            *(_X264_SOUNDS, "ffv1+pcm ffv1+flac mpeg4b+mp3 mpeg2+mp2 h264b+ac3 h264b+eac3 h264b+dts h264b+mp3"),
            "h264b+opus h264b+vorbis h264b+flac h264b+pcm av1+opus",
        ),
    ),
    "webm": ("webm", "webm", {}, ("vp8+vorbis vp8+opus vp9+opus vp9+vorbis av1+opus",)),
    "avi": (
        *("avi", "avi", {}),
        (
            "mpeg4+mp3 mpeg4+pcm mpeg4b+mp3 mpeg4b+pcm mpeg4+mp2 mpeg4+ac3 mjpeg+pcm ffv1+pcm dv+pcm2",
            "h264+pcm h264+mp3 h264b+pcm h264b+mp3 h264b+aac h264b+ac3",
        ),
    ),
    "flv": ("flv", "flv", {}, ("h264+aac h264b+aac h264b+mp3",)),
    "ts": ("ts", "mpegts", {}, (_X264_SOUNDS, "h264b+mp2 h264b+ac3 h264b+eac3 hevc+opus mpeg2+mp2 mpeg2+ac3 mpeg2+dts")),
    "ps": ("mpg", "mpeg", {}, ("mpeg1+mp2 mpeg2+mp2",)),
    "vob": ("vob", "vob", {}, ("mpeg2+ac3 mpeg2+mp2 mpeg2+dts mpeg2+dvd",)),
    "wmv": ("wmv", "asf", {}, ("wmv1+wma1 wmv2+wma",)),
    "ogg": ("ogv", "ogg", {}, ("theora+vorbis theora+flac theora+opus",)),
    "nut": ("nut", "nut", {}, ("mpeg4b+mp2 ffv1+pcm h264b+aac",)),
    "mxf": ("mxf", "mxf", {}, ("mpeg2+pcm",)),
    "dv": ("dv", "dv", {}, ("dv+pcm2",)),
    "3gp": ("3gp", "3gp", {}, ("h263+amr mpeg4+amr h264+aac",)),
    "rm": ("rm", "rm", {}, ("rv20+ac3",)),
}


def pairs() -> list[Pair]:
    """Every pair in its container, by name as `mp4 h264b+aac`."""
    return [
        Pair(name=f"{container} {pair}", extension=extension, format=format_, options=options, video=VIDEO[video], audio=AUDIO[audio])
        for container, (extension, format_, options, names) in _CONTAINERS.items()
        for pair in " ".join(names).split()
        for video, audio in [pair.split("+")]
    ]
