"""What this machine makes of the built-in clip, with the network, device and precision of an extraction."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
from avemo_core.features.parts import audio_sets, parts_in
from avemo_core.runtime import threads
from schemas.audio_sets import YAAFE, values_column

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
    """The 27 features."""
    other_audio: Mapping[str, Float[ndarray, "_ _"]] = field(default_factory=dict)
    """The other audio sets by name, a row a step; of what is not extracted there is nothing, here and above."""


def sample(config: ExtractionConfig, selection: Selection | None) -> Sample:
    """Decode, detect and map the built-in clip.

    Args:
        config: of the extraction; what it says of other clips is left aside, as `on_the_clip` has it.
        selection: which values of the feature map are kept; None: there is no network.

    Raises:
        ConfigError: a model file is missing, or is another one.
        MediaError: the clip cannot be used here.
    """
    row = Extractor(on_the_clip(config), selection).rows(Clip(source_id="preflight", uri=str(CLIP)))
    return Sample(
        computed_on=f"{_name_of(config.device)}, {config.precision}",
        frame_time_s=_array(row, "frame_time_s"),
        has_face=_array(row, "has_face").astype(bool),
        shape=_vectors(row, "shape"),
        appearance=_vectors(row, "appearance"),
        audio_time_s=_array(row, "audio_time_s"),
        audio=_vectors(row, "audio"),
        other_audio={name: _vectors(row, values_column(name)) for name in audio_sets(parts_in(row.column_names)) if name != YAAFE},
    )


def on_the_clip(config: ExtractionConfig) -> ExtractionConfig:
    """The configuration without what is said of other clips: subsampling, smaller pictures, segments, more faces, sound tracks, tables."""
    plain = replace(config, fps=None, max_side=None, segment_s=None, stride_s=None, faces="main", sound_track=None, channel="mix")
    return replace(plain, face_table=None, audio_table=None)


def reference(config: ExtractionConfig, selection: Selection | None) -> Sample:
    """The same on this machine's CPU in float32, whatever device and precision the extraction has; threads are left as they were.

    Raises:
        ConfigError, MediaError: as `sample`.
    """
    with threads.kept():
        return sample(replace(config, device="cpu", precision="float32"), selection)


def _array(row: pa.Table, column: str) -> Any:  # noqa: ANN401 - pyarrow ships no annotations
    return np.array(row.column(column)[0].as_py() if column in row.column_names else [], np.float64)


def _vectors(row: pa.Table, column: str) -> Any:  # noqa: ANN401 - pyarrow ships no annotations
    values = _array(row, column)
    return values.reshape(len(values), -1 if values.size else 0)


def _name_of(device: str) -> str:
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device
