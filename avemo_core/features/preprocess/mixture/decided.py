"""What normalisation by subject made of each person of a corpus, in numbers and in words."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from avemo_core.features.preprocess.config import SubjectNormalisation
from avemo_core.features.preprocess.mixture.normaliser import MixtureNormaliser
from avemo_core.features.preprocess.subjects import SubjectStatistics

_OPTION = "--subject-normalisation"


@dataclass(frozen=True, kw_only=True)
class Decided:
    """How many people were read to show how many emotions."""

    how: SubjectNormalisation
    people: int
    clips_of_nobody: int
    """Clips without a subject: left as they are by auto, each measured by itself by on."""
    by_number: dict[int, int]
    """People by the most probable number of emotions; empty unless `how` is auto."""
    emotions: int = 0
    """That the model tells apart; 0 unless `how` is auto."""
    can_read: bool = True
    """Whether the model could do auto."""
    knows_people: bool = True
    """Whether it was trained on people of several clips, and can tell what clips have in common from what they show."""

    @classmethod
    def of(
        cls, how: SubjectNormalisation, subjects: SubjectStatistics, normaliser: MixtureNormaliser | None, clips_of_nobody: int
    ) -> "Decided":
        """From the statistics that a corpus is scored with."""
        people = len(subjects.subjects)
        if how != "auto" or normaliser is None:
            # Of one emotion alone nothing was fitted to read by, and people are normalised as by on.
            how = "on" if how == "auto" else how
            return cls(how=how, people=people, clips_of_nobody=clips_of_nobody, by_number={}, can_read=normaliser is not None)
        mixtures = [normaliser.mixture(person) for person in subjects.subjects.values()]
        numbers = Counter(int(np.argmax(mixture.numbers)) + 1 for mixture in mixtures if mixture is not None)
        emotions = len(normaliser.estimator.means)
        knows_people, by_number = normaliser.estimator.knows_people, dict(sorted(numbers.items()))
        return cls(
            how=how,
            people=people,
            clips_of_nobody=clips_of_nobody,
            by_number=by_number if knows_people else {},
            emotions=emotions,
            knows_people=knows_people,
        )

    def facts(self) -> dict[str, Any]:
        """As the run record keeps it."""
        numbers = {"people_by_number_of_emotions": {str(number): people for number, people in self.by_number.items()}}
        said = {"how": self.how, "people": self.people, "clips_of_nobody": self.clips_of_nobody, "in_words": self.lines()}
        return said | (numbers if self.how == "auto" else {})

    def lines(self) -> list[str]:
        """As a user reads it; a warning where most people are read to show one emotion, or nothing is asked."""
        match self.how:
            case "auto":
                return [*self._auto_lines(), *self._nobody("left as they are")]
            case "on":
                remedy = f"{_OPTION} auto reads what they show" if self.can_read else "train again for a model that reads what they show"
                told = f"{self.people:,} people, each as if it showed all emotions: one who shows few is misread; {remedy}"
                return [f"normalisation by subject on: {told}", *self._nobody("each measured by itself")] if self.people else []
            case "off":
                return ["normalisation by subject off: clips are left as they are"]

    def _auto_lines(self) -> list[str]:
        one, every = self.by_number.get(1, 0), self.by_number.get(self.emotions, 0)
        told = f"{every:,} are read to show all {self.emotions} emotions, {self.people - one - every:,} some, {one:,} one alone"
        if not self.people:
            return []
        if not self.knows_people:
            why = "the model was not trained on two people of several clips each, and cannot read what people show"
            told = f"their clips are left as they are; if you know that they show all emotions, say so with {_OPTION} on"
            return [f"normalisation by subject: of {self.people:,} people none are normalised: {why}; {told}"]
        kept = "this stays in their clips, and what else a person's clips have in common is taken away"
        lines = [f"normalisation by subject: of {self.people:,} people {told}; {kept}"]
        if 2 * one > self.people:
            lines.append(f"most people are read to show one emotion alone; if you know that they show all, say so with {_OPTION} on")
        return lines

    def _nobody(self, done: str) -> list[str]:
        return [f"{self.clips_of_nobody:,} clips of nobody known are {done}"] if self.clips_of_nobody else []
