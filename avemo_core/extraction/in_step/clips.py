"""Many clips, so many of them in step: the next frames of each are decoded on the CPU's cores while the device is at work.

at once: 2      clip 0 [block][block][end)
clip 1 [block][block][block][block][end)
clip 2               [block][block]...       takes the place of clip 0
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from itertools import islice

from avemo_core.errors import MediaError
from avemo_core.extraction.in_step import stepper
from avemo_core.extraction.in_step.stepper import BLOCK, ClipFaces, DeviceNetworks
from avemo_core.faces.frame_faces import FrameFaces
from avemo_core.media.recording import Frame


@dataclass(frozen=True, kw_only=True, eq=False)
class OpenClip:
    """A clip whose frames are decoded as they are asked for, by one thread at a time."""

    name: str
    """No other clip has it."""
    frames: Iterator[Frame]
    faces: ClipFaces


@dataclass(frozen=True, kw_only=True, eq=False)
class ClipBlock:
    """What comes of a clip next."""

    name: str
    seen: Sequence[FrameFaces]
    """Its next frames; empty where there are none."""
    is_last: bool
    error: MediaError | None = None
    """Why it ends, where it cannot be used."""


@dataclass(kw_only=True, eq=False)
class _Coming:
    """A clip, and its next frames, which are being decoded."""

    clip: OpenClip
    frames: "Future[list[Frame]]" = field(repr=False)


def blocks_of(networks: DeviceNetworks, clips: Iterable[OpenClip], *, at_once: int, pool: Executor) -> Iterator[ClipBlock]:
    """The blocks of all clips, each clip's in order of time; a clip that ends gives its place to the next.

    Args:
        networks: on the device.
        clips: opened as their turn comes, where this is a generator.
        at_once: so many clips are in step.
        pool: threads that decode.
    """
    waiting = iter(clips)
    coming = [_asked(clip, pool) for clip in islice(waiting, at_once)]
    while coming:
        there, going_on = list[tuple[OpenClip, list[Frame]]](), list[_Coming]()
        for each in coming:
            try:
                frames = each.frames.result()
            except MediaError as error:
                yield ClipBlock(name=each.clip.name, seen=(), is_last=True, error=error)
                continue
            there.append((each.clip, frames))
            if len(frames) == BLOCK:
                going_on.append(_asked(each.clip, pool))
        coming = [*going_on, *(_asked(clip, pool) for clip in islice(waiting, at_once - len(going_on)))]
        for block in _observed(networks, there):
            if block.error is not None:
                coming = [each for each in coming if each.clip.name != block.name]
            yield block


def _asked(clip: OpenClip, pool: Executor) -> _Coming:
    return _Coming(clip=clip, frames=pool.submit(lambda: list(islice(clip.frames, BLOCK))))


def _observed(networks: DeviceNetworks, there: Sequence[tuple[OpenClip, list[Frame]]]) -> Iterator[ClipBlock]:
    """The clips' blocks in one go; that of a clip that ended with the block before is empty."""
    filled = [(clip.faces, frames) for clip, frames in there if frames]
    seen = iter(stepper.observe(networks, filled) if filled else [])
    for clip, frames in there:
        of_clip = next(seen) if frames else []
        if isinstance(of_clip, MediaError):
            yield ClipBlock(name=clip.name, seen=(), is_last=True, error=of_clip)
        else:
            yield ClipBlock(name=clip.name, seen=of_clip, is_last=len(frames) < BLOCK)
