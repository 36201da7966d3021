"""Which layout a folder follows, and what is left of its files when copies are out and a fold is taken.

A layout is taken where at least nine in ten of the folder's clips follow it; the others are named. The layouts stand in an order:
first those with a list of labels beside the clips, then those whose names say all, the strictest first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from avemo_core.corpora.layouts.audformat_database import AUDFORMAT
from avemo_core.corpora.layouts.baum1 import BAUM_1
from avemo_core.corpora.layouts.coded_names import CREMA_D, EMO_DB, JAVA_SED, NEMO, SAVEE, TESS
from avemo_core.corpora.layouts.emotion_folders import ENTERFACE, MEAD
from avemo_core.corpora.layouts.iemocap import IEMOCAP
from avemo_core.corpora.layouts.layout import Contents, Layout, Opened, Recording, Request, is_media, without_copies, without_ending
from avemo_core.corpora.layouts.listed_folds import DFEW, MAFW
from avemo_core.corpora.layouts.meld import MELD
from avemo_core.corpora.layouts.mer import MER
from avemo_core.corpora.layouts.msp_improv import MSP_IMPROV
from avemo_core.corpora.layouts.plain import LABEL_NAME, UNLABELLED, says_nothing, unlabelled_hints
from avemo_core.corpora.layouts.ravdess import RAVDESS
from avemo_core.corpora.layouts.split_folders import AFEW, CAER
from avemo_core.corpora.layouts.understood import CorpusFolder, LayoutRow, Understood
from avemo_core.errors import ConfigError

LAYOUTS: Final[tuple[Layout, ...]] = (
    *(AUDFORMAT, IEMOCAP, MELD, MSP_IMPROV, DFEW, MAFW, BAUM_1, MER),
    *(RAVDESS, CREMA_D, JAVA_SED, TESS, NEMO, EMO_DB, SAVEE, MEAD, ENTERFACE, CAER, AFEW),
    *(LABEL_NAME, UNLABELLED),
)
"""Tried in this order."""

IN_TEN: Final = 9
"""How many clips in ten must follow a layout."""

_SAMPLE: Final = 1000
"""Clips on which every layout is tried first: of a million, reading all under twenty layouts takes minutes."""

_SHOWN: Final = 60
"""Folds that a message names before it breaks off: MEAD has 48, one a person."""


class _Reading(NamedTuple):
    """What a layout says of a folder's clips, before copies are out."""

    layout: Layout
    opened: Opened
    recordings: list[tuple[PurePosixPath, Recording]]
    strays: list[PurePosixPath]

    def is_enough(self) -> bool:
        return len(self.recordings) * 10 >= (len(self.recordings) + len(self.strays)) * IN_TEN

    def is_close(self) -> bool:
        """Whether a sample is near enough to nine in ten for all clips to be read."""
        return len(self.recordings) >= 4 * len(self.strays)

    def is_half(self) -> bool:
        return len(self.recordings) >= max(len(self.strays), 1)


def understand(folder: CorpusFolder, *, layout: str | None = None, fold: str | None = None, song: bool = False) -> Understood:
    """Find the layout that a folder follows, and read it.

    Args:
        folder: the names of all its files.
        layout: the name of a layout, whatever its case and punctuation; None: the first that nine in ten clips follow.
        fold: one of the corpus's published folds, by which splits are made: its own list of train and test, or, where folds are groups of
            people, that group as test and all others as train.
        song: read the songs of RAVDESS too.

    Raises:
        ConfigError: no layout, with the one that most clips follow and the first clip that does not; a layout that does not fit, or lacks
            its list of labels; a fold that is needed, unknown, or of another corpus; songs of a corpus that has none; no clip left.
    """
    media = [path for path in folder.paths if is_media(path)]
    if not media:
        found = f", found {len(folder.paths):,} other files, such as {folder.paths[0]}" if folder.paths else ", found nothing"
        raise ConfigError(f"no clip in the folder: expected at least one video or sound file{found}")
    contents = Contents(media=media, lists=[path for path in folder.paths if not is_media(path)], read=folder.read)
    request = Request(fold=fold, song=song, is_forced=layout is not None)
    sampled = media[:: max(len(media) // _SAMPLE, 1)]
    samples: list[_Reading] = []
    for candidate in LAYOUTS if layout is None else (_named(layout),):
        opened = candidate.open(contents, request)
        if opened is None:
            _check_side_file(candidate, sampled, is_forced=request.is_forced)
            continue
        sample = _read(candidate, opened, sampled)
        # Labels are never given up for a few strays: where half of the clips bear a corpus's names, the folder is that corpus, or refused.
        if sample.is_close() and not (candidate is UNLABELLED and any(earlier.is_half() for earlier in samples)):
            reading = _read(candidate, opened, media)
            if reading.is_enough():
                return _understood(reading, request)
        samples.append(sample)
    if not (layout or fold or any(sample.recordings for sample in samples if sample.layout is not UNLABELLED)) and says_nothing(contents):
        return understand(folder, layout=UNLABELLED.name, song=song)
    raise _no_layout(samples, contents, request)


def _named(name: str) -> Layout:
    def plain(text: str) -> str:
        return "".join(filter(str.isalnum, text.casefold()))

    if found := [layout for layout in LAYOUTS if plain(layout.name) == plain(name)]:
        return found[0]
    raise ConfigError(f"--layout {name}: expected one of {', '.join(layout.name for layout in LAYOUTS)}")


def _check_side_file(layout: Layout, media: Sequence[PurePosixPath], *, is_forced: bool) -> None:
    following = [] if layout.follows is None else [path for path in media if layout.follows(path)]
    if not is_forced and len(following) * 10 < len(media) * IN_TEN:
        return
    files = f"its files are named as those of {layout.name}" if following else f"asked to read it as {layout.name}"
    raise ConfigError(
        f"{files}, but {layout.side_file} is not in the folder\n"
        "  Give the folder that holds both, or read the clips without labels: --layout unlabelled"
    )


def _read(layout: Layout, opened: Opened, media: Sequence[PurePosixPath]) -> _Reading:
    recordings, strays = [], []
    for path in media:
        recording = opened.recording(path)
        if recording is None:
            strays.append(path)
        else:
            recordings.append((path, recording))
    return _Reading(layout, opened, recordings, strays)


def _no_layout(samples: Sequence[_Reading], contents: Contents, request: Request) -> ConfigError:
    closest = max(samples, key=_closeness, default=None)
    if closest is not None and (closest.recordings or request.is_forced):
        closest = _read(closest.layout, closest.opened, contents.media)
        said = (
            f"{len(closest.recordings):,} of its {len(contents.media):,} clips follow {closest.layout.name}, nine in ten are needed; "
            f"the first that does not is {closest.strays[0]}"
        )
    else:
        names = ", ".join(layout.name for layout in LAYOUTS)
        said = f"none of its {len(contents.media):,} clips, such as {contents.media[0]}, is named as in {names}"
    hints = "" if request.is_forced else unlabelled_hints(contents)
    return ConfigError(
        f"the folder follows no layout: {said}\n"
        f"  Move away what is none of the corpus, or give a table with the columns clip_id, path, label.{hints}"
    )


def _closeness(reading: _Reading) -> tuple[bool, int]:
    """How near a folder is to a layout; that clips lie in the folder itself is the weakest likeness."""
    return bool(reading.recordings) and reading.layout is not UNLABELLED, len(reading.recordings)


def _understood(reading: _Reading, request: Request) -> Understood:
    name, opened = reading.layout.name, reading.opened
    if request.song and not reading.layout.has_songs:
        raise ConfigError(f"--song is for corpora with songs (RAVDESS); this folder was read as {name}")
    kept, left_out = _kept(reading)
    if not kept:
        counts = "; ".join(f"{len(paths):,}: {rule}" for rule, paths in left_out.items())
        raise ConfigError(f"no clip in the folder is left, read as {name}: {counts}")
    folds = _folds(reading, kept)
    _check_fold(name, folds, request.fold, is_needed=opened.fold_is_needed)
    fold = request.fold
    rows = [
        # A fold that is listed was taken when the list was read; one that is a group of people is taken here.
        row if fold is None or opened.folds else replace(row, split="test" if recording.fold == fold else "train")
        for _, recording in kept
        for row in recording.rows
    ]
    return Understood(layout=name, rows=_apart(rows), left_out=left_out, folds=folds, fold=fold, lists=opened.lists)


def _apart(rows: Sequence[LayoutRow]) -> list[LayoutRow]:
    """The rows, where files of one name and two endings keep their endings in their ids."""
    names = [without_ending(row.path) if row.clip_id is None else None for row in rows]
    counts = Counter(names)
    return [
        row if name is None or counts[name] == 1 else replace(row, clip_id=str(row.path)) for name, row in zip(names, rows, strict=True)
    ]


def _kept(reading: _Reading) -> tuple[list[tuple[PurePosixPath, Recording]], dict[str, list[PurePosixPath]]]:
    """The recordings that give clips, and the files that each rule left out; what a list names and nobody has is among them."""
    kept, left_out = without_copies(reading.recordings)
    if reading.strays:
        left_out = {f"does not follow the layout {reading.layout.name}": list(reading.strays)} | left_out
    if missing := set(reading.opened.listed) - _names(reading.recordings):
        left_out["listed with a label, but not in the folder"] = sorted(map(PurePosixPath, missing))
    return kept, left_out


def _names(recordings: Sequence[tuple[PurePosixPath, Recording]]) -> set[str | None]:
    """What the folder holds of what its lists name."""
    return {recording.performance for _, recording in recordings} | {row.clip_id for _, recording in recordings for row in recording.rows}


def _folds(reading: _Reading, kept: Sequence[tuple[PurePosixPath, Recording]]) -> list[str]:
    groups = {recording.fold for _, recording in kept if recording.fold is not None}
    return list(reading.opened.folds) or sorted(groups)


def _check_fold(layout: str, folds: Sequence[str], fold: str | None, *, is_needed: bool) -> None:
    names = ", ".join([*folds[:_SHOWN], *(["..."] if len(folds) > _SHOWN else [])])
    if fold is None and is_needed:
        raise ConfigError(f"{layout} has {len(folds)} published folds, each of all clips: say which one with --fold, one of {names}")
    if fold is not None and not folds:
        raise ConfigError(f"--fold {fold}: {layout} has no published folds")
    if fold is not None and fold not in folds:
        raise ConfigError(f"--fold {fold}: expected one of the folds of {layout} in this folder: {names}")
