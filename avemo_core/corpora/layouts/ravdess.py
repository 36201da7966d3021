"""RAVDESS (Livingstone and Russo 2018): seven numbers in the name, and every performance up to three times.

01-01-06-01-02-01-12.mp4
|  |  |  |  |  |  actor, 1 to 24
|  |  |  |  |  repetition
|  |  |  |  statement
|  |  |  intensity
|  |  emotion
|  01 speech, 02 song
01 picture and sound, 02 picture alone, 03 sound alone
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from avemo_core.corpora.layouts.layout import COPY, Contents, Layout, Opened, Recording, Request
from avemo_core.corpora.layouts.understood import LayoutRow

_NAME: Final = re.compile(r"0(?P<modality>[123])-(?P<performance>0(?P<channel>[12])-0(?P<emotion>[1-8])-\d\d-\d\d-\d\d-(?P<actor>\d\d))")
_EMOTIONS: Final = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
_SONG: Final = "2"
_SILENT: Final = "2"

_GROUPS: Final = ((2, 5, 14, 15, 16), (3, 6, 7, 13, 18), (10, 11, 12, 19, 20), (8, 17, 21, 23, 24), (1, 4, 9, 22))
"""Five folds of actors, the most used: Luna-Jimenez et al. 2021, "Multimodal Emotion Recognition on RAVDESS Dataset Using Transfer
Learning". The corpus itself publishes none."""
FOLDS: Final = {actor: str(fold) for fold, actors in enumerate(_GROUPS, 1) for actor in actors}
"""Actor -> fold."""


def _open(_contents: Contents, request: Request) -> Opened:
    def recording(path: PurePosixPath) -> Recording | None:
        return _recording(path, with_songs=request.song)

    return Opened(recording=recording)


def _recording(path: PurePosixPath, *, with_songs: bool) -> Recording | None:
    match = _NAME.fullmatch(path.stem)
    if match is None:
        return None
    if match["channel"] == _SONG and not with_songs:
        return Recording(left_out="a song (channel 02); --song reads songs too")
    actor = match["actor"]
    return Recording(
        rows=(LayoutRow(path=path, label=_EMOTIONS[int(match["emotion"]) - 1], subject=f"ravdess-{actor}"),),
        performance=match["performance"],
        rank=int(match["modality"]),
        copy_rule="a silent copy (02) of a performance with sound" if match["modality"] == _SILENT else COPY,
        fold=FOLDS.get(int(actor)),
    )


RAVDESS: Final = Layout(name="RAVDESS", open=_open, has_songs=True)
