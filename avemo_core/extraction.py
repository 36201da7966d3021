"""From a clip to its row of the features table: everything that extract computes, in one process."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Final

import numpy as np
import pyarrow as pa
from jaxtyping import Float
from numpy import ndarray

from avemo_core import feature_rows, threads
from avemo_core.appearance import networks
from avemo_core.appearance.selection import Selection
from avemo_core.audio import energy, framing, yaafe
from avemo_core.clip import Clip
from avemo_core.errors import ConfigError, MediaError
from avemo_core.faces import landmarks, shape
from avemo_core.faces.detect import Detector
from avemo_core.faces.looks import Eye, Face, Look, faces_max, main_track
from avemo_core.faces.mesh import Mesh
from avemo_core.feature_rows import Sequences
from avemo_core.media import decode
from avemo_core.media.decode import Frame, Recording
from avemo_core.media.sound import Sound
from avemo_core.media.thinning import thinned
from schemas import features
from schemas.rejects import Reason

MAX_CLIP_S: Final = 600.0
"""Longer clips do not become one row."""
BLIND_FPS: Final = 25.0
"""Steps of a clip that has sound and no pictures."""
MAX_CHIPS: Final = 512
"""So many chips (35 MB) wait at most for the network: which face is the main one shows only at the clip's end."""
MIN_SIDE_PX: Final = 64
AUDIO_SET: Final = "yaafe27"
STAGES: Final = ("decode", "faces", "network", "audio", "encode")


@dataclass(frozen=True, kw_only=True, slots=True)
class ExtractionConfig:
    """What changes the values of a features table, beside the selection."""

    network: str = "resnet29"
    """The face-identity network: resnet29 or alexnet."""
    weights: str | None = None
    """Where its weights are, a path or a URL; None: the shipped ones."""
    precision: str = "float32"
    """Of the network: float32, bfloat16 or float16."""
    device: str = "cpu"
    """Where the network runs, as torch names it."""
    fps: float | None = None
    """At most so many frames a second, evenly in time; None: every frame."""
    max_side: int | None = None
    """Larger pictures are shrunk to this longer side (pixels) before faces are looked for."""

    def __post_init__(self) -> None:
        """Refuse rates and sizes that make no sense."""
        if self.fps is not None and not self.fps > 0:
            raise ConfigError(f"--fps must be above 0, not {self.fps}")
        if self.max_side is not None and self.max_side < MIN_SIDE_PX:
            raise ConfigError(f"--max-side must be at least {MIN_SIDE_PX} pixels, not {self.max_side}")


class Extractor:
    """Turns clips into rows; made once a process, on one thread.

    Args:
        config: what to compute.
        selection: the values of the network's map to keep; None: all of them.

    Raises:
        ConfigError: a model file is missing; the selection was made for another network.
    """

    def __init__(self, config: ExtractionConfig, selection: Selection | None = None) -> None:
        threads.use_one()
        self._config = config
        self._network = networks.load(config.network, config.weights, device=config.device, precision=config.precision)
        self._selection = selection or Selection.all(self._network)
        self._selection.check(self._network)
        self._detector, self._mesh = Detector(), Mesh()
        self.schema = features.schema(len(self._selection.indices), features.AUDIO_WIDTH)
        self.feature_set = feature_set(config, self._selection)
        self.seconds = dict.fromkeys(STAGES, 0.0)
        """Spent in each stage since this Extractor was made."""

    def rows(self, clip: Clip) -> pa.Table:
        """The clip's row of the features table.

        Raises:
            MediaError: the clip cannot be used; its reason says why.
        """
        with decode.opened(clip.uri, start_s=clip.start_s, stop_s=clip.stop_s, max_side_px=self._config.max_side) as recording:
            if recording.expected_s is not None:
                _refuse_long(recording.expected_s)
            looks = list(self._looks(recording))
            with self._timed("decode"):
                sound = recording.sound()
        return self._row(clip, recording, looks, sound)

    def _looks(self, recording: Recording) -> Iterator[Look]:
        eye, waiting = Eye(self._detector, self._mesh, chip_px=self._network.input_px), list[Face]()
        frames = thinned(recording.frames(), self._config.fps)
        while (frame := self._next(frames)) is not None:
            _refuse_long(frame.time_s - recording.start_s)
            with self._timed("faces"):
                look = eye.look(frame)
            waiting += look.faces
            if len(waiting) >= MAX_CHIPS:
                self._read(waiting)
                waiting = []
            yield look

    def _next(self, frames: Iterator[Frame]) -> Frame | None:
        with self._timed("decode"):
            return next(frames, None)

    def _read(self, faces: Sequence[Face]) -> None:
        """Let the network see the chips that still wait; each gives way to its appearance."""
        unread = [face for face in faces if face.chip is not None]
        if unread:
            with self._timed("network"):
                maps = self._network.map(np.stack([face.chip for face in unread if face.chip is not None]))
                kept = self._selection.of(maps).numpy().astype(np.float16)
            for face, appearance in zip(unread, kept, strict=True):
                face.chip, face.appearance = None, appearance

    def _row(self, clip: Clip, recording: Recording, looks: Sequence[Look], sound: Sound | None) -> pa.Table:
        if not looks and sound is None:
            raise MediaError(Reason.TOO_SHORT, "decode", f"neither a frame nor a sample in [{recording.start_s:g}, {recording.stop_s:g}) s")
        main = main_track(looks)
        shown = [look.face(main) for look in looks]
        self._read([face for face in shown if face is not None])
        with self._timed("audio"):
            audio = yaafe.extract(np.zeros(0, np.float32) if sound is None else sound.samples)
            audible = energy.audible(audio)
        if main is None and not audible.any():
            raise MediaError(Reason.NO_FACE_NO_AUDIO, "faces", f"no face in {len(looks)} frames, and no sound above silence")
        with self._timed("encode"):
            frame_time_s = np.array([look.time_s for look in looks]) if looks else _blind_steps_s(sound)
            sequences = Sequences(
                frame_time_s=frame_time_s,
                audio_time_s=framing.step_time_s(len(audio)) + (0.0 if sound is None else sound.start_s),
                audio=audio,
                **self._visual(shown or [None] * len(frame_time_s)),
            )
            scalars = self._scalars(clip, recording) | {
                "face_coverage": sequences.has_face.mean(),
                "audio_coverage": audible.mean() if len(audible) else 0.0,
                "faces_max": faces_max(looks),
            }
            return feature_rows.table(sequences, scalars, self.schema)

    def _visual(self, shown: Sequence[Face | None]) -> dict[str, ndarray]:
        has_face = np.array([face is not None for face in shown])
        points = np.zeros((len(shown), 49, 2), np.float32)
        appearance = np.zeros((len(shown), len(self._selection.indices)), np.float16)
        for step, face in enumerate(shown):
            if face is not None and face.appearance is not None:
                points[step], appearance[step] = face.landmarks, face.appearance
        return {"has_face": has_face, "shape": shape.normalised(points, has_face), "appearance": appearance}

    def _scalars(self, clip: Clip, recording: Recording) -> dict[str, object]:
        return {
            "clip_id": clip.source_id,
            "source_id": clip.source_id,
            "uri": clip.uri,
            "label": clip.label,
            "split": clip.split,
            "subject": clip.subject,
            "start_s": recording.start_s,
            "stop_s": recording.end_s if clip.stop_s is None else clip.stop_s,
            "duration_s": recording.end_s - recording.start_s,
            "content_sha256": recording.sha256,
            "feature_set": self.feature_set,
        }

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        start_s = perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += perf_counter() - start_s


def feature_set(config: ExtractionConfig, selection: Selection) -> str:
    """What a model must agree with to read the features: network and map, selection, landmarks, audio set, thinning."""
    frames = "every frame" if config.fps is None else f"{config.fps:g} fps"
    network = f"{selection.network} {selection.network_sha256[:12]}"
    return f"{network} / {len(selection.indices)} values {selection.digest[:12]} / {landmarks.SCHEME} / {AUDIO_SET} / {frames}"


def _refuse_long(length_s: float) -> None:
    if length_s > MAX_CLIP_S:
        raise MediaError(
            Reason.TOO_LONG, "decode", f"{length_s:.0f} s; a row holds at most {MAX_CLIP_S:.0f} s: cut the clip with start_s and stop_s"
        )


def _blind_steps_s(sound: Sound | None) -> Float[ndarray, " t_v"]:
    """Times of the steps of a clip without pictures, from the start of its sound to its end."""
    if sound is None:
        return np.zeros(0)
    return sound.start_s + np.arange(max(1, int((sound.stop_s - sound.start_s) * BLIND_FPS))) / BLIND_FPS
