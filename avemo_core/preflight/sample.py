"""What this machine makes of the built-in clip, with the network, device and precision of an extraction."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import torch
from jaxtyping import Bool, Float
from numpy import ndarray

from avemo_core.appearance.selection import Selection
from avemo_core.corpora.clip import Clip
from avemo_core.extraction.config import ExtractionConfig
from avemo_core.extraction.extractor import Extractor
from avemo_core.runtime import threads

CLIP: Final = Path(__file__).with_name("clip.mp4")
"""One second, 8 pictures, a face that speaks; made by make_clip."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The built-in clip's row of the features table as arrays, and what computed it."""

    computed_on: str
    """Device and precision, in words."""
    frame_time_s: Float[ndarray, " t_v"]
    has_face: Bool[ndarray, " t_v"]
    shape: Float[ndarray, "t_v shape_value"]
    """In units of the face's size, as the table has it."""
    appearance: Float[ndarray, "t_v appearance_value"]
    audio_time_s: Float[ndarray, " t_a"]
    audio: Float[ndarray, "t_a audio_value"]


def sample(config: ExtractionConfig, selection: Selection) -> Sample:
    """Decode, detect and map the built-in clip.

    Args:
        config: of the extraction; what it says of other clips is left aside, as `on_the_clip` has it.
        selection: which values of the feature map are kept.

    Raises:
        ConfigError: a model file is missing, or is another one.
        MediaError: the clip cannot be used here.
    """
    row = Extractor(on_the_clip(config), selection).rows(Clip(source_id="preflight", uri=str(CLIP)))
    return Sample(
        computed_on=f"{_name_of(config.device)}, {config.precision}",
        frame_time_s=_array(row, "frame_time_s"),
        has_face=_array(row, "has_face").astype(bool),
        shape=_array(row, "shape"),
        appearance=_array(row, "appearance"),
        audio_time_s=_array(row, "audio_time_s"),
        audio=_array(row, "audio"),
    )


def on_the_clip(config: ExtractionConfig) -> ExtractionConfig:
    """The configuration without what is said of other clips: subsampling, smaller pictures, segments, more faces, sound tracks."""
    return replace(config, fps=None, max_side=None, segment_s=None, stride_s=None, faces="main", sound_track=None, channel="mix")


def reference(config: ExtractionConfig, selection: Selection) -> Sample:
    """The same on this machine's CPU in float32, whatever device and precision the extraction has; threads are left as they were.

    Raises:
        ConfigError, MediaError: as `sample`.
    """
    with threads.kept():
        return sample(replace(config, device="cpu", precision="float32"), selection)


def _array(row: pa.Table, column: str) -> Any:  # noqa: ANN401 - pyarrow ships no annotations
    return np.array(row.column(column)[0].as_py(), np.float64)


def _name_of(device: str) -> str:
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device
