"""The results as Markdown tables: every trial on both halves of the people, differences of some, attention on spliced moments."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from avemo_core.evaluation.in_words import estimate
from avemo_core.evaluation.intervals import Clusters, Estimate, estimates
from network_search.corpora import CORPORA
from network_search.running import POOLED

Rows = Sequence[Mapping[str, Any]]

HALVES = ("A", "B")
FUSION_WEIGHT = 0.85

_SHORT_NAMES = {"attention_loss": "taught", "batch_clips": "batch", "learning_rate": "rate"}


def trials_table(rows: Rows) -> Iterator[str]:
    """A line a trial: accuracy by half and corpus, their mean, the same fused with the pooled model, attention, CPU seconds."""
    short = {"java-sed-sound": "sound", "nemo-sound": "nEMO", "java-sed": "video"}
    columns = [f"{half}: {name}" for half in HALVES for name in ("mean", *(short[corpus] for corpus in CORPORA), "fused")]
    yield "| trial | what is changed beside | " + " | ".join(columns) + " | attention | CPU s |"
    yield "|---" * (len(columns) + 4) + "|"
    for name in dict.fromkeys(row["trial"] for row in rows):
        own = [row for row in rows if row["trial"] == name]
        cells = [cell for half in HALVES for cell in _half(own, rows, half)]
        attention = ", ".join(_number(_attention(_of_half(own, half)), ".1f") for half in HALVES)
        cpu_s = sum(row["cpu_s"] for row in own)
        config = _changed(name, own[0]["config"])
        yield f"| {name} | {config} | " + " | ".join(cells) + f" | {attention} | {cpu_s:.0f} |"


def differences_table(rows: Rows, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    """A line a pair of trials and half: the difference in accuracy over all corpora, paired, with its interval over people."""
    yield "| | half A | half B |"
    yield "|---|---|---|"
    for one, other in pairs:
        cells = [_difference(_of_half(rows, half), one, other) for half in HALVES]
        yield f"| {one} - {other} | " + " | ".join(cells) + " |"


def attention_table(rows: Rows, trials: Sequence[str]) -> Iterator[str]:
    """A line a trial and corpus: attention on the moment over its share of time, as recorded and with its level matched."""
    yield "| | corpus | splices | people | ceiling | as recorded | level matched | called by the moment's emotion |"
    yield "|---|---|---|---|---|---|---|---|"
    for name in trials:
        for corpus in CORPORA:
            found = [splice for row in rows if row["trial"] == name and row["corpus"] == corpus for splice in row["splices"]]
            plain, matched = ([splice for splice in found if splice["level_matched"] is wanted] for wanted in (False, True))
            if plain:
                ceiling = np.mean([splice["ceiling"] for splice in plain])
                people = len({splice["person"] for splice in plain})
                cells = [_with_interval(_localised(part)) for part in (plain, matched)]
                right = np.mean([splice["right"] for splice in plain])
                yield f"| {name} | {corpus} | {len(plain)} | {people} | {ceiling:.1f} | {' | '.join(cells)} | {right:.2f} |"


def _of_half(rows: Rows, half: str) -> Rows:
    return [row for row in rows if row["group"].startswith(half)]


def _right(rows: Rows) -> dict[tuple[str, str], float]:
    """By corpus and clip; over seeds the mean."""
    found: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        for clip, said, label in zip(row["clips"], row["probabilities"], row["labels"], strict=True):
            found.setdefault((row["corpus"], clip), []).append(float(np.argmax(said) == label))
    return {key: float(np.mean(values)) for key, values in found.items()}


def _half(own: Rows, rows: Rows, half: str) -> list[str]:
    right = _right(_of_half(own, half))
    by_corpus = [[value for (where, _), value in right.items() if where == corpus] for corpus in CORPORA]
    accuracies = [float(np.mean(values)) if values else np.nan for values in by_corpus]
    return [_number(value) for value in (np.mean(accuracies), *accuracies, _fused(_of_half(own, half), _of_half(rows, half)))]


def _fused(own: Rows, rows: Rows) -> float:
    """Mean over the corpora of the accuracy of late fusion with the pooled linear model, by the preset's weight."""
    pooled = {(row["corpus"], row["group"]): np.array(row["probabilities"]) for row in rows if row["trial"] == POOLED}
    found: dict[str, list[float]] = {}
    for row in own:
        both = [np.log(np.maximum(each, 1e-4)) for each in (np.array(row["probabilities"]), pooled[row["corpus"], row["group"]])]
        said = ((1 - FUSION_WEIGHT) * both[0] + FUSION_WEIGHT * both[1]).argmax(1)
        found.setdefault(row["corpus"], []).extend(said == np.array(row["labels"]))
    return float(np.mean([np.mean(found[corpus]) if corpus in found else np.nan for corpus in CORPORA]))


def _difference(rows: Rows, one: str, other: str) -> str:
    right = [_right([row for row in rows if row["trial"] == name]) for name in (one, other)]
    shared = sorted(right[0].keys() & right[1].keys())
    if not shared:
        return "-"
    about = {(row["corpus"], clip): (row["people"][i], row["labels"][i]) for row in rows for i, clip in enumerate(row["clips"])}
    difference = np.array([[right[0][key] - right[1][key] for key in shared]])
    # An actor is the same person in java-sed and in java-sed-sound.
    clusters = Clusters.of([about[key][0] for key in shared])
    return _with_interval(estimates(difference, np.array([about[key][1] for key in shared]), clusters).accuracy, "+.3f")


def _localised(splices: Rows) -> Estimate:
    values = np.array([[splice["localisation"] for splice in splices]])
    clusters = Clusters.of([splice["person"] for splice in splices])
    return estimates(values, np.array([splice["label"] for splice in splices]), clusters).accuracy


def _attention(rows: Rows) -> float:
    values = [splice["localisation"] for row in rows for splice in row["splices"] if not splice["level_matched"]]
    return float(np.mean(values)) if values else np.nan


def _with_interval(found: Estimate, form: str = ".2f") -> str:
    return estimate(found.mean, found[1:], form)


def _number(value: float, form: str = ".3f") -> str:
    return "-" if np.isnan(value) else f"{value:{form}}".removeprefix("0")


def _changed(trial: str, config: Mapping[str, Any]) -> str:
    """A trial's fields, those of its model and fit among the others, but for what its name says."""
    flat = {_SHORT_NAMES.get(name, name): value for name, value in config.items() if name not in ("model", "fit", "short", "thirds")}
    flat |= {_SHORT_NAMES.get(name, name): value for part in ("model", "fit") for name, value in config.get(part, {}).items()}
    form = [] if config.get("short", True) else ["full"]
    told = (
        name if value is True else f"{name} {value:g}" if isinstance(value, int | float) else f"{name} {value}"
        for name, value in flat.items()
    )
    return ", ".join([*form, *(field for field in told if field not in trial and " ".join(reversed(field.split())) not in trial)])
