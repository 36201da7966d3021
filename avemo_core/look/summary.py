"""The look in a few lines, as the command prints them and the contact sheet bears them."""

from collections.abc import Mapping, Sequence
from typing import Any

from avemo_core.look.document import SeenPicture


def streams_lines(head: Mapping[str, Any]) -> list[str]:
    """Each stream of the file, and which were chosen."""
    return [
        f"stream {stream['index']}: {stream_text(stream)}" + (", chosen" if stream["chosen"] else "")
        for stream in sorted(head["streams"], key=lambda stream: int(stream["index"]))
    ]


def stream_text(stream: Mapping[str, Any]) -> str:
    """One stream in words."""
    sizes = rate = ""
    if stream["kind"] == "video" and stream["width"]:
        sizes = f" {stream['width']}x{stream['height']}"
    if stream["kind"] == "audio" and stream["rate_hz"]:
        sizes = f" {stream['rate_hz']} Hz"
    if stream["fps"]:
        rate = f", {stream['fps']:.4g} fps"
    if stream["channels"]:
        rate = f", {_count(stream['channels'], 'channel')}"
    language = "" if stream["language"] in (None, "und") else f", {stream['language']}"  # und: undetermined, by ISO 639-2
    return f"{stream['kind']} {stream['codec'] or 'of no known codec'}{sizes}{rate}{language}"


def range_line(head: Mapping[str, Any]) -> str:
    """What was decoded, and what was wrong with it."""
    length_s = head["stop_s"] - head["start_s"]
    fault = "no fault" if head["fault"] is None else f"fault: {head['fault']}"
    return f"{head['start_s']:.2f} to {head['stop_s']:.2f} s ({length_s:.2f} s), decoded {100 * head['decoded_share']:.4g} %, {fault}"


def pictures_line(head: Mapping[str, Any], pictures: Sequence[SeenPicture]) -> str:
    """How many pictures, and the faces in them."""
    if not pictures:
        return "no pictures"
    tracks = {face.track for each in pictures for face in each.faces.faces}
    with_face = sum(1 for each in pictures if each.faces.faces)
    main = f", main track {head['main_track']}" if tracks else ""
    size = f"{head['width']}x{head['height']}"
    return f"{_count(len(pictures), 'picture')} {size}, faces in {with_face:,}, {_count(len(tracks), 'track')}{main}"


def sound_line(head: Mapping[str, Any]) -> str:
    """What was listened to."""
    sound = head["sound"]
    if sound is None:
        return "no sound"
    track = f"track {sound['sound_track']}, {sound['channel']}"
    return f"sound from {sound['start_s']:.3f} s, {sound['samples'] / sound['rate']:.2f} s at {sound['rate']} Hz ({track})"


def sheet_lines(head: Mapping[str, Any], pictures: Sequence[SeenPicture]) -> list[str]:
    """Two lines: what was chosen, and what was found."""
    chosen = [stream_text(stream) for stream in head["streams"] if stream["chosen"]]
    return ["   |   ".join([*chosen, range_line(head)]), "   |   ".join([pictures_line(head, pictures), sound_line(head)])]


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}" + ("" if number == 1 else "s")
