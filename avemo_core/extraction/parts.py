"""What a row is made of beside the face network: audio sets, and tables of one's own."""

from dataclasses import dataclass

from avemo_core.audio_sets import built_in
from avemo_core.audio_sets.audio_features import AudioFeatures
from avemo_core.own_tables.own_table import OwnTable
from schemas.audio_sets import YAAFE, AudioSet


@dataclass(frozen=True, kw_only=True, eq=False)
class Parts:
    """The parts of a table, loaded."""

    has_yaafe: bool = True
    further: tuple[AudioFeatures, ...] = ()
    """Audio sets beside the 27 features."""
    audio_table: OwnTable | None = None
    face_table: OwnTable | None = None

    @classmethod
    def load(
        cls, audio: tuple[str, ...], speech: str | None, audio_table: str | None, face_table: str | None, *, device: str = "cpu"
    ) -> "Parts":
        """The parts of these settings (avemo_core.extraction.config.ExtractionConfig).

        Raises:
            ConfigError: what a set needs is not installed, or a file is missing or not valid.
        """
        return cls(
            has_yaafe=YAAFE in audio,
            further=built_in.further(audio, speech, device),
            audio_table=None if audio_table is None else _read(audio_table, faces=False),
            face_table=None if face_table is None else _read(face_table, faces=True),
        )

    @property
    def audio_sets(self) -> tuple[AudioSet, ...]:
        """What the table says of its audio sets beside the 27 features."""
        own = () if self.audio_table is None else (self.audio_table.audio_set,)
        return (*(each.audio_set for each in self.further), *own)

    @property
    def audio_agreement(self) -> str:
        """The audio sets in a feature_set; empty where there is none."""
        own = [] if self.audio_table is None else [self.audio_table.agreement]
        return "+".join([YAAFE] * self.has_yaafe + [each.agreement for each in self.further] + own)


def _read(location: str, *, faces: bool) -> OwnTable:
    from avemo_core.own_tables import reading  # noqa: PLC0415 - 40 MB of pandas, in every worker

    return reading.read(location, faces=faces)
