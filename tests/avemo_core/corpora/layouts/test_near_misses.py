"""Corpora as they lie on people's disks: a folder deeper, a stray file beside, a part of it, without the list of labels."""

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from avemo_core.corpora.layouts import CorpusFolder, Understood, understand
from avemo_core.errors import ConfigError
from tests.avemo_core.corpora.layouts.made import folder, left_out


class Corpus(NamedTuple):
    """Names of ten clips or more, and lists of labels."""

    layout: str
    clips: list[str]
    lists: Mapping[str, str]
    fold: str | None = None
    subjects: int = 0


TEN = range(1, 11)
MELD = "Speaker,Emotion,Dialogue_ID,Utterance_ID\n"
CORPORA = [
    Corpus("RAVDESS", [f"Actor_{n:02}/01-01-05-01-01-01-{n:02}.mp4" for n in TEN], {}, "1", 10),
    Corpus("CREMA-D", [f"VideoFlash/10{n:02}_DFA_ANG_XX.flv" for n in TEN], {}, "1", 10),
    Corpus("Java-SED", [f"clips/{n:02}-01-06_01.mp4" for n in TEN], {}, "01", 10),
    Corpus("TESS", [f"OAF_angry/OAF_{word}_angry.wav" for word in "abcdefghij"], {}, "OAF", 1),
    Corpus("nEMO", [f"samples/AB{n}_anger_{n}.wav" for n in range(10)], {}, "AB1", 10),
    Corpus("EMO-DB", [f"wav/{n:02}a01Wa.wav" for n in TEN], {}, "01", 10),
    Corpus("SAVEE", [f"AudioVisualClip/DC/a{n}.avi" for n in TEN], {}, "DC", 1),
    Corpus("MEAD", [f"M{n:03}/video/front/angry/level_1/001.mp4" for n in TEN], {}, "M001", 10),
    Corpus("eNTERFACE'05", [f"subject {n}/anger/sentence 1/s{n}_an_1.avi" for n in TEN], {}, "01", 10),
    Corpus("CAER", [f"CAER/{split}/Anger/00{n:02}.avi" for split in ("train", "validation", "test") for n in TEN], {}),
    Corpus("AFEW", [f"{split}_AFEW/Angry/0{n:02}.avi" for split in ("Train", "Val") for n in TEN], {}),
    Corpus("label/name", [f"Anger/{n}.wav" for n in TEN], {}),
    Corpus(
        "DFEW",
        [f"Clip/original/{n}.mp4" for n in TEN],
        {f"EmoLabel_DataSplit/{part}(single-labeled)/set_1.csv": "video_name,label\n" + _ for part, _ in (("train", ""), ("test", ""))}
        | {"EmoLabel_DataSplit/train(single-labeled)/set_2.csv": "video_name,label\n" + "".join(f"{n},4\n" for n in TEN)},
        "2",
    ),
    Corpus(
        "MAFW",
        [f"data/clips/{n:05}.mp4" for n in TEN],
        {"Train & Test Set/single/no_caption/set_1/train.txt": "".join(f"{n:05}.mp4 anger\n" for n in TEN)},
        "1",
    ),
    Corpus(
        "MELD",
        [f"train_splits/dia{n}_utt0.mp4" for n in TEN],
        {"train_sent_emo.csv": MELD + "".join(f"Ross,anger,{n},0\n" for n in TEN)},
        None,
        1,
    ),
    Corpus(
        "IEMOCAP",
        [f"Session1/dialog/avi/DivX/Ses01F_impro{n:02}.avi" for n in TEN],
        {
            f"Session1/dialog/EmoEvaluation/Ses01F_impro{n:02}.txt": f"[1.5 - 2.5]\tSes01F_impro{n:02}_F000\tang\t[2.5, 2.5, 2.5]\n"
            for n in TEN
        },
        "1",
        1,
    ),
    Corpus(
        "MSP-IMPROV",
        [f"session1/S01A/P/MSP-IMPROV-S01A-F01-P-FM{n:02}.avi" for n in TEN],
        {"Evaluation.txt": "".join(f"UTD-IMPROV-S01A-F01-P-FM{n:02}.avi; A; A:5; V:2\n" for n in TEN)},
        "1",
        1,
    ),
    Corpus(
        "BAUM-1",
        [f"BAUM1s_MP4 - All/s{n:03}/S{n:03}_001.mp4" for n in TEN],
        {"Annotations_BAUM1s.csv": "Clip;Emotion\n" + "".join(f"S{n:03}_001;Anger\n" for n in TEN)},
        "001",
        10,
    ),
    Corpus(
        "MER",
        [f"train/sample_{n:08}.avi" for n in TEN],
        {"train-label.csv": "name,discrete,valence\n" + "".join(f"sample_{n:08},angry,-1\n" for n in TEN)},
    ),
]
LISTED = [corpus for corpus in CORPORA if corpus.lists and corpus.layout != "MER"]  # MER's names say nothing without its lists

every = pytest.mark.parametrize("corpus", CORPORA, ids=lambda corpus: corpus.layout)


def made(corpus: Corpus, *others: str, above: str = "") -> CorpusFolder:
    clips = [above + clip for clip in corpus.clips]
    return folder(*clips, *others, lists={above + name: text for name, text in corpus.lists.items()})


def is_whole(corpus: Corpus, understood: Understood) -> bool:
    labels = {str(row.label).lower()[:3] for row in understood.rows}
    people = {row.subject for row in understood.rows} - {None}
    return (understood.layout, len(understood.rows), labels, len(people)) == (corpus.layout, len(corpus.clips), {"ang"}, corpus.subjects)


@every
def test_a_corpus_is_read_where_it_lies(corpus: Corpus):
    understood = understand(made(corpus), fold=corpus.fold)

    assert is_whole(corpus, understood)
    assert set(map(str, understood.lists)) == set(corpus.lists)
    assert (corpus.fold is None) or "test" in {row.split for row in understood.rows} or corpus.layout in {"DFEW", "MAFW"}


@every
def test_a_corpus_is_read_from_the_folder_above_it(corpus: Corpus):
    assert is_whole(corpus, understand(made(corpus, above="My downloads/"), fold=corpus.fold))


@every
def test_one_stray_file_is_left_out_by_name_and_changes_nothing(corpus: Corpus):
    understood = understand(made(corpus, "holiday.mp4"), fold=corpus.fold)

    strays = [path for paths in left_out(understood).values() for path in paths]
    kept = {str(row.path): row.label for row in understood.rows}
    assert strays == ["holiday.mp4"] or (corpus.layout == "MER" and kept["holiday.mp4"] is None)
    assert understood.layout == corpus.layout


@every
def test_a_part_of_a_corpus_is_read_as_that_corpus(corpus: Corpus):
    part = corpus._replace(clips=corpus.clips[:2])

    understood = understand(made(part), fold=corpus.fold)

    assert understood.layout == corpus.layout
    assert {str(row.path) for row in understood.rows} == set(part.clips)


@pytest.mark.parametrize("corpus", LISTED, ids=lambda corpus: corpus.layout)
def test_a_corpus_without_its_list_is_refused_with_the_list_and_the_way_without_labels(corpus: Corpus):
    with pytest.raises(ConfigError, match=f"(?s)named as those of {corpus.layout}, but .* is not in the folder.*--layout unlabelled"):
        understand(folder(*corpus.clips))
