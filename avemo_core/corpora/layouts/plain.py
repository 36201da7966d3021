"""Folders of no corpus: a folder an emotion, and clips without labels."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath
from typing import Final

from avemo_core.corpora.labels import ALIASES
from avemo_core.corpora.layouts.layout import Contents, Layout, Opened, Recording, Request
from avemo_core.corpora.layouts.understood import LayoutRow

_TABLES: Final = frozenset({".csv", ".tsv", ".parquet"})
_SHOWN: Final = 3


def _label_name(contents: Contents, request: Request) -> Opened | None:
    """Label/name, at any one depth; found only where a folder names an emotion: `monday/a.mp4` has no label monday."""
    if request.is_forced:
        return Opened(recording=_in_any_folder)
    above = Counter(path.parent.parent for path in contents.media if _is_emotion(path.parent.name))
    if not above:
        return None
    top = above.most_common(1)[0][0]
    return Opened(recording=lambda path: _in_any_folder(path) if path.parent.parent == top else None)


def _in_any_folder(path: PurePosixPath) -> Recording | None:
    return Recording(rows=(LayoutRow(path=path, label=path.parent.name),)) if len(path.parts) > 1 else None


def _is_emotion(name: str) -> bool:
    return name.strip().lower() in ALIASES


def _unlabelled(contents: Contents, request: Request) -> Opened | None:
    """Clips that lie in the folder itself, unless a table beside them may say more; any clips, where the user says so."""
    if request.is_forced:
        return Opened(recording=lambda path: Recording(rows=(LayoutRow(path=path),)))
    if _clips_tables(contents):
        return None
    return Opened(recording=lambda path: Recording(rows=(LayoutRow(path=path),)) if len(path.parts) == 1 else None)


def _clips_tables(contents: Contents) -> list[str]:
    """Tables beside the clips that are named as clips tables are."""
    return [
        path.name for path in contents.lists if len(path.parts) == 1 and path.suffix.lower() in _TABLES and path.stem.lower() == "clips"
    ]


def says_nothing(contents: Contents) -> bool:
    """Whether no folder above any clip names an emotion, and no clips table lies beside them."""
    folders = {name for path in contents.media for name in path.parts[:-1]}
    return not (any(map(_is_emotion, folders)) or _clips_tables(contents))


def unlabelled_hints(contents: Contents) -> str:
    """What else the user may have meant, for the message that no layout fits."""
    if tables := _clips_tables(contents):
        return f"\n  The folder holds {tables[0]}: is that the table? Give it, not its folder."
    names = sorted({path.parent.name for path in contents.media} - {""})
    if emotions := sorted(filter(_is_emotion, names)):
        shown = ", ".join(emotions[:_SHOWN])
        return (
            f"\n  Folders name emotions ({shown}): --layout label/name takes the folder that a clip lies in for its label, "
            "--layout unlabelled reads all clips without labels."
        )
    if not names or not says_nothing(contents):
        return "\n  --layout unlabelled reads all clips without labels."
    shown = ", ".join([*names[:_SHOWN], *(["..."] if len(names) > _SHOWN else [])])
    return (
        f"\n  Its folders ({shown}) name no emotion: --layout unlabelled reads all clips without labels, --layout label/name takes the "
        "folders' names for labels."
    )


LABEL_NAME: Final = Layout(name="label/name", open=_label_name)
UNLABELLED: Final = Layout(name="unlabelled", open=_unlabelled)
