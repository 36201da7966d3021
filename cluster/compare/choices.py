"""What the models of a comparison read: once for all of them, or several choices that are put side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from avemo_core.errors import ConfigError
from avemo_core.evaluation.comparison import ENCODINGS, Row
from avemo_core.evaluation.folds import Fold
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.parts import PAPER, audio_sets, is_of_both
from avemo_core.features.preprocess.config import Modalities
from avemo_core.features.preprocess.modalities import ALONE
from avemo_core.model.config import Encoding
from avemo_core.training.config import Recipe
from avemo_core.training.inputs import input_lines


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Parts of the features, and what of them there is to read."""

    inputs: tuple[str, ...]
    modalities: Modalities
    is_ranked: bool = True
    """Whether the first of the appearance values are the most important ones."""

    @property
    def name(self) -> str:
        """As the user writes it."""
        return ",".join(self.inputs)

    @property
    def reads_appearance(self) -> bool:
        """Whether appearance values are read."""
        return "appearance" in self.inputs and self.modalities != "sound"

    def recipe(self, preset: Callable[[Encoding], Recipe], encoding: Encoding) -> Recipe:
        """The preset for an encoding, reading these parts."""
        return preset(encoding).reading(self.modalities, self.inputs, is_ranked=self.is_ranked)


def rows_of(choice: Choice, rows: Sequence[Row]) -> list[Row]:
    """The rows of a choice that is alone; the paper's figures stand beside those that read its parts, or some of them."""
    return list(rows) if set(choice.inputs) <= set(PAPER) else [replace(row, encoding=None) for row in rows]


def check_learnable(choices: Sequence[Choice], clips: Sequence[ClipFeatures], folds: Sequence[Fold]) -> None:
    """Refuse an audio set of which a fold has nothing to learn from: its models would fail there, after hours of others.

    Args:
        choices: what the models read.
        clips: all of them.
        folds: indices into the clips.

    Raises:
        ConfigError: names the set and the fold.
    """
    having = {
        name: np.array([name in clip.audio_by_name and len(clip.audio_by_name[name].values) > 0 for clip in clips])
        for name in dict.fromkeys(name for choice in choices if choice.modalities != "face" for name in audio_sets(choice.inputs))
    }
    for name, has in having.items():
        if bare := [fold.name for fold in folds if not has[fold.parts["train"]].any()]:
            held_out = f"with {bare[0]} held out, " if len(folds) > 1 else ""
            raise ConfigError(
                f"--inputs: {held_out}no clip that is learned from has any of {name}, {int(has.sum()):,} of {len(clips):,} have"
            )


def choice_lines(asked: Sequence[str], choices: Sequence[Choice], held: Sequence[str]) -> list[str]:
    """What the models read, where it is not what all of them have always read, and which row of Table 1 is left out for it.

    Args:
        asked: `--inputs`.
        choices: what came of it.
        held: the parts that the features have values of.
    """
    if len(choices) > 1:
        return [f"compare: reads {choice.name}{_alone(choice)}" for choice in choices]
    (one,) = choices
    said = [f"compare: {ALONE[one.modalities].replace('a model', 'models')}"] if _lacks_modality(one) else []
    said += input_lines("compare", asked[0] if asked else None, [part for part in one.inputs if part in held], held)
    if one.reads_appearance:
        return said
    why = "no clip has a face" if one.modalities == "sound" and "appearance" not in held and not asked else "it is not read"
    return [*said, f"compare: left out: {ENCODINGS['appearance']}, as {why}"]


def _alone(choice: Choice) -> str:
    return f"; {ALONE[choice.modalities].replace('a model', 'models')}" if _lacks_modality(choice) else ""


def _lacks_modality(choice: Choice) -> bool:
    """Whether the clips lack a modality that is named; one that is not named is left out by choice."""
    return choice.modalities in ALONE and is_of_both(choice.inputs)
