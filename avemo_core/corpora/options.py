"""How a user wants clips to be read: the same options for every command that reads them."""

from __future__ import annotations

from dataclasses import dataclass

from avemo_core.corpora.labels import emotion
from avemo_core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """How a clips table or a corpus folder is read."""

    layout: str | None = None
    """The corpus folder's layout, by name; none given: the one that its files follow."""
    fold: str | None = None
    """Which of the corpus's published folds gives the splits."""
    song: bool = False
    """Read the songs of RAVDESS as well as its speech."""
    map_label: tuple[str, ...] = ()
    """WORD=EMOTION: take the corpus's word for one of the seven emotions, as calm=neutral; may be given several times."""
    skip_other_labels: bool = False
    """Leave out clips whose label is none of the seven emotions."""
    same_people_in_splits: bool = False
    """Allow one person in several splits; what is measured then says less about people never seen."""

    def __post_init__(self) -> None:
        """Refuse a mapping that is none."""
        self.label_map()

    def label_map(self) -> dict[str, str]:
        """The corpus's words, lower case, and the emotions they stand for.

        Raises:
            ConfigError: not WORD=EMOTION, an emotion outside the seven, or two emotions for one word.
        """
        mapped: dict[str, str] = {}
        for pair in self.map_label:
            word, equals, target = pair.rpartition("=")
            if not equals or not word.strip():
                raise ConfigError(f"--map-label: expected WORD=EMOTION, as calm=neutral, found {pair!r}")
            known = emotion(target)
            if mapped.setdefault(word.strip().lower(), known) != known:
                raise ConfigError(f"--map-label: {word.strip()!r} is to be both {mapped[word.strip().lower()]} and {known}")
        return mapped

    def about(self) -> dict[str, object]:
        """What was asked for beyond the defaults, for run records and model cards."""
        facts = {
            "layout": self.layout,
            "fold": self.fold,
            "song": self.song,
            "map_label": self.label_map(),
            "skip_other_labels": self.skip_other_labels,
            "same_people_in_splits": self.same_people_in_splits,
        }
        return {name: fact for name, fact in facts.items() if fact}
