"""From a clip to its rows of the features table: everything that extract computes, in one process."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from time import perf_counter
from typing import Any, Final

import numpy as np
import pyarrow as pa
from jaxtyping import Float16, Float32

from avemo_core.appearance import networks
from avemo_core.appearance.selection import Selection
from avemo_core.audio import energy, framing, yaafe
from avemo_core.corpora.clip import Clip
from avemo_core.errors import MediaError
from avemo_core.extraction import feature_rows
from avemo_core.extraction.config import ExtractionConfig, feature_set
from avemo_core.extraction.feature_rows import AudioFeatures
from avemo_core.extraction.segments import Segment, Segmenter
from avemo_core.faces.detect import Detector
from avemo_core.faces.frame_faces import MAX_FACES, Face, FaceObserver, PictureRegion, faces_max, main_track, persistent_tracks
from avemo_core.faces.mesh import Mesh
from avemo_core.media import decode
from avemo_core.media import source as sources
from avemo_core.media.recording import LONGEST_S, PADDING_S, Frame, Recording
from avemo_core.media.source import Source
from avemo_core.media.subsampling import subsampled
from avemo_core.runtime import threads
from avemo_core.runtime.public import public
from schemas import features
from schemas.audio import AUDIO_WIDTH
from schemas.rejects import Reason

LONGEST_SEGMENTED_S: Final = 24 * 3600.0
"""Longer clips are not divided into segments either."""
MAX_CHIPS: Final = 512
"""So many chips (35 MB) of a segment wait at most for the network; which face is the main one is known only at its end."""
_KNOWN_OF_MAIN_ALONE: Final = {"label": None, "subject": None}
"""What the clips table says is said of one person: the other faces' rows have none of it (docs/decisions/whose-label.md)."""
STAGES: Final = ("decode", "faces", "network", "audio", "encode")


class Extractor:
    """Turns clips into rows; made once a process, on one thread.

    Args:
        config: what to compute.
        selection: which values of the network's feature map to use; None: all of them.

    Raises:
        ConfigError: a model file is missing; the selection was made for another network.
    """

    def __init__(self, config: ExtractionConfig, selection: Selection | None = None) -> None:
        threads.use_one()
        self._config = config
        self._network = networks.load(config.network, config.weights, device=config.device, precision=config.precision)
        self._selection = selection or Selection.all(self._network)
        self._selection.check(self._network)
        self._detector, self._mesh = Detector(), Mesh(config.landmarks)
        self.schema = features.schema(len(self._selection.indices), AUDIO_WIDTH)
        self.feature_set = feature_set(config, self._selection)
        self.seconds = dict.fromkeys(STAGES, 0.0)
        """Spent in each stage since this Extractor was made."""

    def rows(self, clip: Clip) -> pa.Table:
        """All rows of the clip.

        Raises:
            MediaError: the clip cannot be used; its reason says why.
        """
        return pa.concat_tables(self.each_row(clip))

    def each_row(self, clip: Clip, source: Source | None = None) -> Iterator[pa.Table]:
        """The clip's rows one at a time, each as soon as the segment after its own is complete; at least one.

        Args:
            clip: what to extract.
            source: its file, where it is open already, as for the next range of one file; None: the file is opened for this clip alone.

        Raises:
            MediaError: the clip cannot be used. When rows came before it, a limit is passed further on.
        """
        longest_s = LONGEST_S if self._config.segment_s is None else LONGEST_SEGMENTED_S
        with (
            nullcontext(source) if source else sources.opened(clip.uri) as bytes_,
            decode.recording(
                bytes_,
                start_s=clip.start_s,
                stop_s=clip.stop_s,
                max_side_px=self._config.max_side,
                longest_s=longest_s,
                sound_choice=self._config.sound_choice,
            ) as recording,
        ):
            _refuse_long(recording, longest_s)
            segments = rows = 0
            for segment in self._segments(recording, clip.region):
                segments += not segment.is_empty
                for row in self._rows_of(clip, recording, segment):
                    rows += 1
                    yield row
        if not segments:
            raise MediaError(Reason.TOO_SHORT, "decode", f"neither a frame nor a sample in [{recording.start_s:g}, {recording.stop_s:g}) s")
        if not rows:
            where = "in any frame" if clip.region is None else f"in the region {', '.join(f'{share:g}' for share in clip.region)}"
            raise MediaError(Reason.NO_FACE_NO_AUDIO, "faces", f"no face {where}, and no sound above silence")

    def _segments(self, recording: Recording, region: PictureRegion | None) -> Iterator[Segment]:
        """The segments of a recording, as they become complete; the chips that wait for the network are kept few."""
        segmenter = Segmenter(recording, self._config.segment_s, self._config.stride_s)
        observer, chips = self._observer(region), 0
        frames = subsampled(recording.frames(), self._config.fps)
        while (frame := self._next(frames)) is not None:
            with self._timing("faces"):
                frame_faces = observer.observe(frame)
            yield from segmenter.add(frame_faces)
            chips += len(frame_faces.faces)
            if chips > MAX_CHIPS:
                self._read([face for each in segmenter.frames for face in each.faces])
                chips = 0
        yield from segmenter.rest()

    def _observer(self, region: PictureRegion | None) -> FaceObserver:
        """Faces beside the leading ones are looked for where they may get a row, or where one of them may be the main face."""
        max_faces = self._config.max_faces if self._config.faces == "all" else None
        if region is not None:
            max_faces = max(max_faces or 0, MAX_FACES)
        return FaceObserver(self._detector, self._mesh, chip_px=self._network.input_px, max_faces=max_faces)

    def _next(self, frames: Iterator[Frame]) -> Frame | None:
        with self._timing("decode"):
            return next(frames, None)

    def _read(self, faces: Sequence[Face]) -> None:
        """Run the network on the chips that still wait; each face's appearance replaces its chip."""
        unread = [face for face in faces if face.chip is not None]
        if unread:
            with self._timing("network"):
                feature_maps = self._network.feature_map(np.stack([face.chip for face in unread if face.chip is not None]))
                selected = _rounded(self._selection.of(feature_maps).numpy())
            for face, appearance in zip(unread, selected, strict=True):
                face.chip, face.appearance = None, appearance

    def _rows_of(self, clip: Clip, recording: Recording, segment: Segment) -> Iterator[pa.Table]:
        with self._timing("audio"):
            audio_features = _audio_features(segment)
        for place, track in enumerate(self._tracks(segment, clip.region)):
            if track is None and not audio_features.audible.any():
                continue
            track_faces = [frame.face(track) for frame in segment.frames]
            self._read([face for face in track_faces if face is not None])
            with self._timing("encode"):
                sequences = feature_rows.sequences(segment, track_faces, audio_features, len(self._selection.indices))
                scalars = (
                    self._scalars(clip, recording, segment)
                    | (_KNOWN_OF_MAIN_ALONE if place else {})
                    | {
                        "clip_id": self._row_id(clip, segment, place),
                        "face_coverage": sequences.has_face.mean() if len(sequences.has_face) else 0.0,
                        "audio_coverage": audio_features.audible.mean() if len(audio_features.audible) else 0.0,
                        "faces_max": faces_max(segment.frames),
                    }
                )
                row = feature_rows.table(sequences, scalars, self.schema)
            yield row

    def _tracks(self, segment: Segment, region: PictureRegion | None) -> Sequence[int | None]:
        """The faces that get a row: the main one first, which is None where there is none, or none in the region."""
        main = main_track(segment.frames, region)
        others = [track for track in persistent_tracks(segment.frames) if track != main]
        return [main] if self._config.faces == "main" else [main, *others][: self._config.max_faces]

    def _row_id(self, clip: Clip, segment: Segment, face: int) -> str:
        span = "" if self._config.segment_s is None else f"#{round(1000 * segment.start_s)}-{round(1000 * segment.stop_s)}"
        return clip.source_id + span + ("" if self._config.faces == "main" else f"#{face}")

    def _scalars(self, clip: Clip, recording: Recording, segment: Segment) -> dict[str, Any]:
        return {
            "source_id": clip.source_id,
            "uri": public(clip.uri),
            "label": clip.label,
            "split": clip.split,
            "subject": clip.subject,
            "start_s": segment.start_s,
            "stop_s": segment.stop_s,
            "duration_s": segment.decoded_s,
            "content_sha256": recording.sha256,
            "decoded_share": segment.condition.decoded_share,
            "fault": segment.condition.fault,
            "sound_track": recording.sound_track,
            "feature_set": self.feature_set,
        }

    @contextmanager
    def _timing(self, stage: str) -> Iterator[None]:
        start_s = perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += perf_counter() - start_s


def _refuse_long(recording: Recording, longest_s: float) -> None:
    if recording.expected_s is not None and recording.expected_s > longest_s + PADDING_S:
        detail = f"{recording.expected_s:.0f} s; at most {longest_s:.0f} s make one row: divide it into segments with --segment"
        raise MediaError(Reason.TOO_LONG, "decode", detail)


def _audio_features(segment: Segment) -> AudioFeatures:
    samples, start_s = (np.zeros(0, np.float32), 0.0) if segment.sound is None else (segment.sound.samples, segment.sound.start_s)
    audio = yaafe.extract(samples)
    return AudioFeatures(time_s=start_s + framing.step_time_s(len(audio)), audio=audio, audible=energy.audible(audio))


def _rounded(appearance: Float32[np.ndarray, "face selected"]) -> Float16[np.ndarray, "face selected"]:
    """Rounded to float16: the map moves by more than that when a clip is compressed a little.

    Raises:
        MediaError: `failed` for NaN, and for values that float16 cannot hold (docs/decisions/split-float32-bytes.md).
    """
    with np.errstate(over="ignore"):
        rounded = appearance.astype(np.float16)
    if not np.isfinite(rounded).all():
        detail = f"the network's values reach {np.abs(appearance).max():g}: expected numbers up to {np.finfo(np.float16).max:g}"
        raise MediaError(Reason.FAILED, "faces", detail)
    return rounded
