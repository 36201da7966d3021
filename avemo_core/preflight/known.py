"""What the built-in clip gave where avemo was measured, for a machine that stands alone and has no driver to be held against.

known.npz holds an excerpt of the sample: every 32nd appearance value and every 8th audio value, 20 KB. It is of the shipped network,
and made with the clip: python -m avemo_core.preflight.make_clip
"""

from dataclasses import fields, replace
from pathlib import Path
from typing import Final

import numpy as np

from avemo_core.extraction.config import ExtractionConfig
from avemo_core.preflight.sample import Sample, on_the_clip

KNOWN: Final = Path(__file__).with_name("known.npz")
_APPEARANCE_EVERY: Final = 32
_AUDIO_EVERY: Final = 8


def is_known(config: ExtractionConfig) -> bool:
    """Whether known.npz is of this network, these landmarks, and what else makes values."""
    made_with = ExtractionConfig()
    alike = replace(on_the_clip(config), device=made_with.device, precision=made_with.precision, max_faces=made_with.max_faces)
    return alike == made_with


def known() -> Sample:
    """The sample as it was there, an excerpt."""
    with np.load(KNOWN) as kept:
        return Sample(computed_on=str(kept["computed_on"]), **{name: kept[name] for name in kept.files if name != "computed_on"})


def excerpt(sample: Sample) -> Sample:
    """The part of a sample of the whole feature map that known.npz holds."""
    return replace(sample, appearance=sample.appearance[:, ::_APPEARANCE_EVERY], audio=sample.audio[:, ::_AUDIO_EVERY])


def keep(sample: Sample, path: Path) -> None:
    """Write a sample of the whole feature map: its excerpt."""
    kept = excerpt(sample)
    values = {field.name: getattr(kept, field.name) for field in fields(kept)}
    single = {name: values[name].astype(np.float32) for name in ("shape", "appearance", "audio")}
    np.savez_compressed(path, **{**values, **single})
