#!/usr/bin/env bash
# Expected: what a label of a TextGrid says comes back from any reader: in Praat's format a text is in quotes, and a quote in it is doubled.
# Two of four readers cut it at " = ", as they cut the file's lines: tgt makes `valenc` of `valence = 3`, praat-textgrids `valence`.
# tgt loses `1 = 1 = 1` with its interval: what is left of it is empty, and empty intervals are left out.
# praat-textgrids leaves doubled quotes as they are, and takes those at the ends off. praatio halves them in intervals, not in points: each
# time a file is read and saved, a point has twice as many.
# pympi reads all of them. We write with praatio, put only names of emotions into points, and read with pympi in the tests.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq praatio==6.2.2 tgt==1.5 praat-textgrids==1.4.0 pympi-ling==1.71 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version
from pathlib import Path

import textgrids
import tgt
from praatio import textgrid
from pympi import TextGrid

GRID = '''File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2
tiers? <exists>
size = 2
item []:
    item [1]:
        class = "IntervalTier"
        name = "emotion"
        xmin = 0
        xmax = 2
        intervals: size = 2
        intervals [1]:
            xmin = 0
            xmax = 1
            text = "{label}"
        intervals [2]:
            xmin = 1
            xmax = 2
            text = "sad"
    item [2]:
        class = "TextTier"
        name = "peaks"
        xmin = 0
        xmax = 2
        points: size = 1
        points [1]:
            number = 0.5
            mark = "{label}"
'''
FILE, SAVED = "given.TextGrid", "saved.TextGrid"


def by_pympi(file):
    emotion, peaks = (TextGrid(file).get_tier(name).get_intervals() for name in ("emotion", "peaks"))
    return [text for *_, text in emotion], [text for _, text in peaks]


def by_praatio(file):
    grid = textgrid.openTextgrid(file, includeEmptyIntervals=True)
    return tuple([entry.label for entry in grid.getTier(name).entries] for name in ("emotion", "peaks"))


def by_tgt(file):
    grid = tgt.read_textgrid(file)
    return tuple([entry.text for entry in grid.get_tier_by_name(name)] for name in ("emotion", "peaks"))


def by_textgrids(file):
    grid = textgrids.TextGrid(file)
    return tuple([str(entry.text) for entry in grid[name]] for name in ("emotion", "peaks"))


def saved(file):
    """What pympi reads after praatio has read the file and saved it, unchanged, twice."""
    for source in (file, SAVED):
        textgrid.openTextgrid(source, includeEmptyIntervals=True).save(SAVED, "long_textgrid", includeBlankSpaces=True)
    return by_pympi(SAVED)


readers = {"pympi-ling": by_pympi, "praatio": by_praatio, "tgt": by_tgt, "praat-textgrids": by_textgrids}
print(*(f"{name} {version(name)}" for name in readers), sep=", ")
seen = {}
for label in ("valence = 3", "1 = 1 = 1", '"Yes" and "No"'):
    Path(FILE).write_text(GRID.format(label=label.replace('"', '""')))
    print("written:            ", ([label, "sad"], [label]))
    for name, read in (readers | {"praatio, twice": saved}).items():
        seen[label, name] = read(FILE)
        print(f"  {name + ':':18}", seen[label, name])
right = {key for key, found in seen.items() if found == ([key[0], "sad"], [key[0]])}
wrong = {(label, name) for label in ("valence = 3", "1 = 1 = 1") for name in ("tgt", "praat-textgrids")}
wrong |= {('"Yes" and "No"', name) for name in ("praatio", "praat-textgrids", "praatio, twice")}
if set(seen) - right != wrong:
    sys.exit("No longer so: compare with what is said above.")
PYTHON

# Seen:
#   pympi-ling 1.71, praatio 6.2.2, tgt 1.5, praat-textgrids 1.4.0
#   written:             (['valence = 3', 'sad'], ['valence = 3'])
#     pympi-ling:        (['valence = 3', 'sad'], ['valence = 3'])
#     praatio:           (['valence = 3', 'sad'], ['valence = 3'])
#     tgt:               (['valenc', 'sad'], ['valenc'])
#     praat-textgrids:   (['valence', 'sad'], ['valence'])
#     praatio, twice:    (['valence = 3', 'sad'], ['valence = 3'])
#   written:             (['1 = 1 = 1', 'sad'], ['1 = 1 = 1'])
#     pympi-ling:        (['1 = 1 = 1', 'sad'], ['1 = 1 = 1'])
#     praatio:           (['1 = 1 = 1', 'sad'], ['1 = 1 = 1'])
#     tgt:               (['sad'], [''])
#     praat-textgrids:   (['1', 'sad'], ['1'])
#     praatio, twice:    (['1 = 1 = 1', 'sad'], ['1 = 1 = 1'])
#   written:             (['"Yes" and "No"', 'sad'], ['"Yes" and "No"'])
#     pympi-ling:        (['"Yes" and "No"', 'sad'], ['"Yes" and "No"'])
#     praatio:           (['"Yes" and "No"', 'sad'], ['""Yes"" and ""No""'])
#     tgt:               (['"Yes" and "No"', 'sad'], ['"Yes" and "No"'])
#     praat-textgrids:   (['Yes"" and ""No', 'sad'], ['Yes"" and ""No'])
#     praatio, twice:    (['"Yes" and "No"', 'sad'], ['""""Yes"""" and """"No""""'])
