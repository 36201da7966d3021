"""The settings of an extraction, and the feature_set that they make."""

import math
from dataclasses import dataclass
from typing import Final, Literal, get_args

from avemo_core.appearance.selection import Selection
from avemo_core.errors import ConfigError
from avemo_core.extraction import media_version
from avemo_core.extraction.parts import Parts
from avemo_core.extraction.segments import MIN_TAIL_S
from avemo_core.faces.frame_faces import MAX_FACES
from avemo_core.faces.landmarks import SCHEME, LandmarkScheme
from avemo_core.media.recording import LONGEST_S
from avemo_core.media.sound_choice import Channel, SoundChoice
from schemas.audio_sets import YAAFE

MIN_SIDE_PX: Final = 64
_WHOLE_MS: Final = 1e-6
"""What a length may be off a whole number of milliseconds by the rounding of floats."""
AUDIO_SET: Final = YAAFE
NO_NETWORK: Final = "none"
NO_AUDIO: Final = "no audio"


@dataclass(frozen=True, kw_only=True, slots=True)
class ExtractionConfig:
    """What changes the values of a features table, beside the selection."""

    network: str = "resnet29"
    """The face-identity network: resnet29 or alexnet; none: pictures are not looked at."""
    weights: str | None = None
    """Its weights, a file local or s3://; None: the shipped ones."""
    precision: str = "float32"
    """Of the network: float32, bfloat16, float16 or int8."""
    device: str = "cpu"
    """Where the network runs, as torch names it."""
    landmarks: LandmarkScheme = SCHEME
    """By which network faces are followed: it moves the shape, and the chips of the appearance with it."""
    fps: float | None = None
    """At most so many frames a second, evenly in time; None: every frame."""
    max_side: int | None = None
    """Larger pictures are shrunk to this longer side (pixels) before faces are detected."""
    segment_s: float | None = None
    """Divide clips into segments of this length, a row each; None: a clip is one segment."""
    stride_s: float | None = None
    """From one segment's start to the next; None: segment_s."""
    faces: Literal["main", "all"] = "main"
    """A row for the segment's main face, or for every persistent one."""
    max_faces: int = MAX_FACES
    """Of `all`: at most so many faces are tracked at once, and have rows of a segment; which is the main one does not hang on it."""
    sound_track: int | str | None = None
    """Which of a file's sound tracks, as avemo_core.media.sound_choice.SoundChoice has it; None: the file's default."""
    channel: Channel = "mix"
    """Which of the track's channels."""
    audio: tuple[str, ...] = (YAAFE,)
    """The audio sets that are computed, of avemo_core.audio_sets.built_in.NAMES and in their order; empty: none."""
    speech: str | None = None
    """A speech encoder beside them, as hf:FOLDER[:layers=a..b]."""
    audio_table: str | None = None
    """A table of one's own features as a further audio set, local or whatever fsspec opens."""
    face_table: str | None = None
    """A table of one's own in the place of what a network would see; then the network is none."""

    def __post_init__(self) -> None:
        """Refuse rates, sizes and lengths that make no sense."""
        if self.fps is not None and not (math.isfinite(self.fps) and self.fps > 0):
            raise ConfigError(f"--fps must be a number above 0, not {self.fps}")
        if self.max_side is not None and self.max_side < MIN_SIDE_PX:
            raise ConfigError(f"--max-side must be at least {MIN_SIDE_PX} pixels, not {self.max_side}")
        if self.segment_s is not None and not MIN_TAIL_S <= self.segment_s <= LONGEST_S:
            raise ConfigError(f"--segment must be {MIN_TAIL_S:g} to {LONGEST_S:g} s, not {self.segment_s}")
        if self.max_faces < 1:
            raise ConfigError(f"--max-faces must be at least 1, not {self.max_faces}")
        for name, length_s in (("--segment", self.segment_s), ("--stride", self.stride_s)):
            if length_s is not None and abs(1000 * length_s - round(1000 * length_s)) > _WHOLE_MS:
                raise ConfigError(f"{name} must be whole milliseconds, which name the rows, not {length_s} s")
        if self.stride_s is not None and (self.segment_s is None or not 0 < self.stride_s <= self.segment_s):
            raise ConfigError(f"--stride must be above 0 and at most --segment ({self.segment_s} s), not {self.stride_s}")
        if self.has_faces and self.face_table is not None:
            raise ConfigError(f"--face-table with --network {self.network}: expected one of them, as both say what is seen of a face")
        if not self.has_faces and not self.has_audio and self.face_table is None:
            raise ConfigError("--network none --audio none: nothing is left to extract; name one of them")
        _ = self.sound_choice

    @property
    def has_audio(self) -> bool:
        """Whether sound is described, by us or by a table."""
        return self.hears or self.audio_table is not None

    @property
    def hears(self) -> bool:
        """Whether sound is listened to."""
        return bool(self.audio) or self.speech is not None

    @property
    def opens_files(self) -> bool:
        """Whether clips are decoded; else tables say all."""
        return self.has_faces or self.hears

    @property
    def has_faces(self) -> bool:
        """Whether faces are looked for."""
        return self.network != NO_NETWORK

    @property
    def sound_choice(self) -> SoundChoice:
        """Which sound is listened to.

        Raises:
            ConfigError: there is no such track or channel.
        """
        return SoundChoice(track=self.sound_track, channel=self.channel)


def feature_set(config: ExtractionConfig, selection: Selection | None, parts: Parts | None = None) -> str:
    """What a model must agree with: network and feature map, selection, landmarks, audio sets, subsampling, media version.

    Which face, track or channel a row is about is no part of it: such rows differ in what was recorded, not in how it is measured.

    Args:
        config: the settings.
        selection: of the network's values; None: no faces are looked for.
        parts: what else a row is made of; None: the 27 features alone, where the settings have them.
    """
    parts = parts or Parts(has_yaafe=YAAFE in config.audio)
    frames = "every frame" if config.fps is None else f"{config.fps:g} fps"
    faces = "no network / no values / no landmarks"
    if selection is not None:
        network = f"{selection.network} {selection.network_sha256[:12]}"
        faces = f"{network} / {len(selection.indices)} values {selection.digest[:12]} / {config.landmarks}"
    if parts.face_table is not None:
        faces = f"{parts.face_table.agreement} / {len(parts.face_table.columns)} values / no landmarks"
    return f"{faces} / {parts.audio_agreement or NO_AUDIO} / {frames}{media_version.part()}"


def landmarks_in(feature_set: str) -> LandmarkScheme | None:
    """The landmark scheme that a feature_set names; None where it names none that this version knows."""
    parts = feature_set.split(" / ")
    return next((scheme for scheme in get_args(LandmarkScheme) if scheme in parts), None)
