"""Subtitles that play beside the video: WebVTT for browsers, SubRip for everything else.

Sources: W3C, WebVTT: The Web Video Text Tracks Format (cue timings: section 4; text: section 4.2); SubRip has no standard, players
agree on its blocks of number, times with a comma, text and an empty line.
"""

from html import escape

from avemo_core.export.cues import Cue, cues_of
from avemo_core.export.videos import Video


def webvtt(video: Video) -> str:
    """The video's cues as WebVTT. `&`, `<` and `>` are escaped, so that no text is markup or an arrow."""
    blocks = (f"{_range(cue, '.')}\n{escape(cue.text, quote=False)}\n" for cue in cues_of(video.timelines))
    return "\n".join(["WEBVTT\n", *blocks])


def subrip(video: Video) -> str:
    """The video's cues as SubRip, which knows no escapes: an arrow in a text becomes the character."""
    return "\n".join(_block(number, cue) for number, cue in enumerate(cues_of(video.timelines), 1))


def _block(number: int, cue: Cue) -> str:
    text = cue.text.replace("-->", "\N{RIGHTWARDS ARROW}")
    return f"{number}\n{_range(cue, ',')}\n{text}\n"


def _range(cue: Cue, point: str) -> str:
    return f"{_clock(cue.start_ms, point)} --> {_clock(cue.stop_ms, point)}"


def _clock(time_ms: int, point: str) -> str:
    """Hours, minutes and seconds with three digits behind the point; hours have two digits or more."""
    seconds, rest_ms = divmod(time_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{point}{rest_ms:03}"
