"""Folder layouts of the field's corpora: what the files of a folder, and the lists beside them, say about its clips.

`understand` is all that others call. One module a corpus or family of corpora; `layout.py` says what a layout is.
"""

from avemo_core.corpora.layouts.layout import SOUND_SUFFIXES, SPLIT_ALIASES, VIDEO_SUFFIXES
from avemo_core.corpora.layouts.recognition import LAYOUTS, understand
from avemo_core.corpora.layouts.understood import CorpusFolder, LayoutRow, Understood, is_hidden

__all__ = [
    "LAYOUTS",
    "SOUND_SUFFIXES",
    "SPLIT_ALIASES",
    "VIDEO_SUFFIXES",
    "CorpusFolder",
    "LayoutRow",
    "Understood",
    "is_hidden",
    "understand",
]
