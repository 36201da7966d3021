"""How clip.mp4 and known.npz beside this file were made: one second of the demo corpus, every third picture of it, and what it gives.

    python -m avemo_core.preflight.make_clip

The clip is shipped, not made where it is needed: another FFmpeg would encode it otherwise, and all nodes must read the same bytes. One
that is there is kept. known.npz is made anew: after a change of what is extracted, which its test tells.
"""

from pathlib import Path
from typing import Final

from avemo_core.appearance import networks
from avemo_core.appearance.selection import Selection
from avemo_core.extraction.config import ExtractionConfig
from avemo_core.preflight.known import KNOWN, keep
from avemo_core.preflight.sample import CLIP, reference
from avemo_core.synthetic import clip_file, corpus
from avemo_core.synthetic.frames import frames
from avemo_core.synthetic.plans import FPS, plan
from schemas.audio import SAMPLE_RATE_HZ

_ACTED: Final = "happy"
_START: Final = 12
"""The first picture taken: the mouth moves from there on."""
_EVERY: Final = 3
_PICTURES_FPS: Final = 8


def make(path: Path) -> None:
    """Write the clip: 8 pictures of 320 x 240 in a second of speech.

    Raises:
        ConfigError: a face model file is missing.
    """
    acted = next(one for one in plan() if one.label == _ACTED)
    pictures = [frame.picture for frame in frames(acted)][_START : _START + FPS]
    start, stop = (round(index / FPS * SAMPLE_RATE_HZ) for index in (_START, _START + FPS))
    clip_file.write(path, pictures[::_EVERY][:_PICTURES_FPS], _PICTURES_FPS, corpus.sound(acted)[start:stop], SAMPLE_RATE_HZ)


if __name__ == "__main__":
    if not CLIP.exists():
        make(CLIP)
    keep(reference(ExtractionConfig(), Selection.all(networks.load())), KNOWN)
