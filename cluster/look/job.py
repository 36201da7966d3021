"""Look at a clip: open it as extraction does, and put what was seen in the target's place."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from avemo_core.errors import ConfigError, MediaError
from avemo_core.faces.detect import Detector
from avemo_core.faces.mesh import Mesh
from avemo_core.look.build import Looked, build, write_contact_sheet
from avemo_core.media import decode
from avemo_core.media.recording import Recording
from avemo_core.media.sound_choice import Channel, SoundChoice
from avemo_core.runtime import threads
from avemo_core.runtime.public import public
from avemo_core.runtime.store_errors import unreachable
from cluster.look.output import check_output, replaced
from cluster.ray.session import resolve
from schemas.rejects import Reason


@dataclass(frozen=True, kw_only=True)
class LookOptions:
    """Options of `look`."""

    clip: str
    """The clip: a path, s3:// or another URL."""
    out: str
    """Folder for what was seen; an earlier look there is replaced."""
    start: float | None = None
    """Start of the range in seconds on the file's clock; none given: the file's start."""
    stop: float | None = None
    """Its end, exclusive; none given: the file's end, ten minutes from the start at most."""
    sound_track: str | None = None
    """A sound track by its number from 0, or by its language, such as eng; none given: the file's default, then most channels."""
    channel: Channel = "mix"
    """Of the sound: the mean of the channels, one of them, or the one whose sound stands out most from its noise."""

    def __post_init__(self) -> None:
        """Refuse ranges that hold nothing.

        Raises:
            ConfigError: what was given, and what is expected.
        """
        for name, time_s in (("--start", self.start), ("--stop", self.stop)):
            if time_s is not None and not 0 <= time_s < math.inf:
                raise ConfigError(f"{name} {time_s}: expected seconds from the file's start, 0 or more")
        if self.stop is not None and self.stop <= (self.start or 0.0):
            raise ConfigError(f"--stop {self.stop:g}: expected more than --start, which is {self.start or 0.0:g}")


def look(options: LookOptions) -> Looked:
    """Write what was seen and heard of the clip.

    Raises:
        ConfigError: a sound track that makes no sense, an output that holds something else, or a model file that is missing.
        MediaError: the clip cannot be used.
    """
    choice = SoundChoice.parse(options.sound_track, options.channel)
    target = resolve(options.out)
    check_output(target)
    threads.use_one()
    detector, mesh = Detector(), Mesh()
    with _opened(options, choice) as recording, replaced(target) as folder:
        clip = public(resolve(options.clip))
        looked = build(recording, folder, clip=clip, channel=choice.channel, detector=detector, mesh=mesh)
        write_contact_sheet(looked, folder)
        return looked


@contextmanager
def _opened(options: LookOptions, choice: SoundChoice) -> Iterator[Recording]:
    """The clip's range; whatever a store says that does not give it is this clip's error."""
    with ExitStack() as stack:
        opening = decode.opened(resolve(options.clip), start_s=options.start, stop_s=options.stop, sound_choice=choice)
        try:
            recording = stack.enter_context(opening)
        except unreachable() as error:
            detail = f"{public(options.clip)}: {type(error).__name__}: {public(str(error))}"
            raise MediaError(Reason.MISSING, "read", detail) from error
        yield recording
