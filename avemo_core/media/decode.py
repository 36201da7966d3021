"""Open a clip for decoding: its bytes, its container, and the range of it that is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from avemo_core.media import container as containers
from avemo_core.media import sound_choice as sound_choices
from avemo_core.media import source
from avemo_core.media.recording import LONGEST_S, Recording
from avemo_core.media.sound_choice import SoundChoice
from avemo_core.media.source import Source
from avemo_core.media.stamps import edit_list


@contextmanager
def opened(
    uri: str,
    *,
    start_s: float | None = None,
    stop_s: float | None = None,
    max_side_px: int | None = None,
    longest_s: float = LONGEST_S,
    sound_choice: SoundChoice = sound_choices.DEFAULT,
) -> Iterator[Recording]:
    """Open a clip's range for one pass.

    Raises:
        MediaError: the file cannot be used; its reason says why.
    """
    with (
        source.opened(uri) as bytes_,
        recording(
            bytes_, start_s=start_s, stop_s=stop_s, max_side_px=max_side_px, longest_s=longest_s, sound_choice=sound_choice
        ) as opened_,
    ):
        yield opened_


@contextmanager
def recording(
    bytes_: Source,
    *,
    start_s: float | None = None,
    stop_s: float | None = None,
    max_side_px: int | None = None,
    longest_s: float = LONGEST_S,
    sound_choice: SoundChoice = sound_choices.DEFAULT,
    with_pictures: bool = True,
) -> Iterator[Recording]:
    """Open a range of a source for one pass; several, one after the other, if there are more.

    Raises:
        MediaError: the file cannot be used; its reason says why.
    """
    bytes_.file.seek(0)
    edits = edit_list.misread(bytes_.file)
    with containers.opened(bytes_.file, reads_edit_lists=not edits) as container:
        yield Recording(
            container,
            bytes_,
            edits=edits,
            start_s=start_s,
            stop_s=stop_s,
            max_side_px=max_side_px,
            longest_s=longest_s,
            sound_choice=sound_choice,
            with_pictures=with_pictures,
        )
