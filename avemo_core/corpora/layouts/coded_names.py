"""Corpora whose file names say emotion and person, wherever the files lie: CREMA-D, SAVEE, EMO-DB, TESS, nEMO, Java-SED."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from avemo_core.corpora.layouts.layout import BROKEN, Layout, Recording, by_names, is_sound
from avemo_core.corpora.layouts.understood import LayoutRow

_CREMA_D: Final = re.compile(r"(\d{4})_([A-Z]{3})_(ANG|DIS|FEA|HAP|NEU|SAD)_(LO|MD|HI|XX|X)")
_CREMA_D_EMOTIONS: Final = {"ANG": "anger", "DIS": "disgust", "FEA": "fear", "HAP": "happy", "NEU": "neutral", "SAD": "sad"}
_CREMA_D_BROKEN: Final = frozenset({"1076_MTI_NEU_XX", "1076_MTI_SAD_XX", "1064_TIE_SAD_XX", "1064_IEO_DIS_MD"})
_CREMA_D_FIRST_ACTOR: Final = 1001
_CREMA_D_FOLDS: Final = 5
_CREMA_D_ACTORS_A_FOLD: Final = 18
"""The last fold takes the 91st too."""


def _crema_d(path: PurePosixPath) -> Recording | None:
    """Actor_sentence_emotion_level (Cao et al. 2014)."""
    match = _CREMA_D.fullmatch(path.stem)
    if match is None:
        return None
    actor, sentence, emotion, level = match.groups()
    # One name is written with one X in some copies: 1040_ITH_SAD_X.
    performance = "_".join((actor, sentence, emotion, "XX" if level == "X" else level))
    if performance in _CREMA_D_BROKEN:
        return Recording(left_out=BROKEN, performance=performance)
    row = LayoutRow(path=path, label=_CREMA_D_EMOTIONS[emotion], subject=f"crema-d-{actor}")
    return Recording(rows=(row,), performance=performance, fold=crema_d_fold(int(actor)))


def crema_d_fold(actor: int) -> str:
    """Which of the five folds an actor, from 1001, is in: in order, as public code parts them; the corpus itself publishes none."""
    return str(min((actor - _CREMA_D_FIRST_ACTOR) // _CREMA_D_ACTORS_A_FOLD + 1, _CREMA_D_FOLDS))


_SAVEE: Final = re.compile(r"(?:(DC|JE|JK|KL)[_/])(sa|su|a|d|f|h|n)0?(\d{1,2})")
_SAVEE_EMOTIONS: Final = {
    "a": "anger",
    "d": "disgust",
    "f": "fear",
    "h": "happiness",
    "n": "neutral",
    "sa": "sadness",
    "su": "surprise",
}


def _savee(path: PurePosixPath) -> Recording | None:
    """PERSON/emotion and number, or PERSON_emotion and number (Haq and Jackson 2010): videos a1.avi, sound files a01.wav."""
    match = _SAVEE.fullmatch(path.stem) or _SAVEE.fullmatch(f"{path.parent.name}/{path.stem}")
    if match is None:
        return None
    person, emotion, number = match.groups()
    row = LayoutRow(path=path, label=_SAVEE_EMOTIONS[emotion], subject=f"savee-{person}")
    return Recording(rows=(row,), performance=f"{person}/{emotion}{int(number)}", fold=person)


_EMO_DB: Final = re.compile(r"(\d\d)[ab]\d\d([WLEAFTN])[a-z]?")
_EMO_DB_EMOTIONS: Final = {
    "W": "anger",
    "L": "boredom",
    "E": "disgust",
    "A": "fear",
    "F": "happiness",
    "T": "sadness",
    "N": "neutral",
}
"""Letters of the German words, as Wut and Langeweile; the corpus calls A anxiety or fear."""


def _emo_db(path: PurePosixPath) -> Recording | None:
    """Speaker, sentence, emotion, version (Burkhardt et al. 2005); sound alone."""
    match = _EMO_DB.fullmatch(path.stem)
    if match is None or not is_sound(path):
        return None
    row = LayoutRow(path=path, label=_EMO_DB_EMOTIONS[match[2]], subject=f"emo-db-{match[1]}")
    return Recording(rows=(row,), performance=path.stem, fold=match[1])


# One file is named OA_bite_neutral.wav.
_TESS: Final = re.compile(r"(OAF?|YAF)_([a-z]+)_(angry|disgust|fear|happy|neutral|ps|sad)", re.IGNORECASE)


def _tess(path: PurePosixPath) -> Recording | None:
    """Speaker_word_emotion (Pichora-Fuller and Dupuis 2020); sound alone."""
    match = _TESS.fullmatch(path.stem)
    if match is None or not is_sound(path):
        return None
    speaker, label = "YAF" if match[1].upper() == "YAF" else "OAF", match[3].lower()
    row = LayoutRow(path=path, label="pleasant_surprise" if label == "ps" else label, subject=f"tess-{speaker}")
    # Copies hold the whole corpus twice, one folder in another.
    return Recording(rows=(row,), performance=path.stem.lower(), fold=speaker)


_JAVA_SED: Final = re.compile(r"(\d\d)-\d\d-0([1-6])_\d\d")
_JAVA_SED_EMOTIONS: Final = ("neutral", "sad", "happy", "surprise", "fear", "angry")


def _java_sed(path: PurePosixPath) -> Recording | None:
    """Actor-sentence-emotion_take (Arifin et al. 2022)."""
    match = _JAVA_SED.fullmatch(path.stem)
    if match is None:
        return None
    row = LayoutRow(path=path, label=_JAVA_SED_EMOTIONS[int(match[2]) - 1], subject=f"java-sed-{match[1]}")
    return Recording(rows=(row,), performance=path.stem, fold=match[1])


_NEMO: Final = re.compile(r"([A-Z]{2}\d)_(anger|fear|happiness|neutral|sadness|surprised)_\d+")


def _nemo(path: PurePosixPath) -> Recording | None:
    """Speaker_emotion_sentence (Christop 2024); sound alone."""
    match = _NEMO.fullmatch(path.stem)
    if match is None or not is_sound(path):
        return None
    row = LayoutRow(path=path, label=match[2], subject=f"nemo-{match[1]}")
    return Recording(rows=(row,), performance=path.stem, fold=match[1])


CREMA_D: Final[Layout] = by_names("CREMA-D", _crema_d)
SAVEE: Final[Layout] = by_names("SAVEE", _savee)
EMO_DB: Final[Layout] = by_names("EMO-DB", _emo_db)
TESS: Final[Layout] = by_names("TESS", _tess)
NEMO: Final[Layout] = by_names("nEMO", _nemo)
JAVA_SED: Final[Layout] = by_names("Java-SED", _java_sed)
