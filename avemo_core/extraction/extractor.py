"""From a clip to its rows of the features table: everything that extract computes, in one process."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final

import pyarrow as pa

from avemo_core.appearance.selection import Selection
from avemo_core.audio_sets.pieces import Reach
from avemo_core.corpora.clip import Clip
from avemo_core.errors import MediaError
from avemo_core.extraction import feature_rows, table_schema
from avemo_core.extraction.clip_audio import ClipAudio, RowAudio
from avemo_core.extraction.clip_tables import ClipTables
from avemo_core.extraction.config import ExtractionConfig, feature_set
from avemo_core.extraction.face_reader import FaceReader
from avemo_core.extraction.parts import Parts
from avemo_core.extraction.segments import Segment, Segmenter
from avemo_core.faces.frame_faces import Face, PictureRegion, faces_max, main_track, persistent_tracks
from avemo_core.media import decode
from avemo_core.media import source as sources
from avemo_core.media.recording import LONGEST_S, PADDING_S, Frame, Recording
from avemo_core.media.source import Source
from avemo_core.media.subsampling import subsampled
from avemo_core.own_tables.own_table import OWN
from avemo_core.runtime import threads
from avemo_core.runtime.public import public
from schemas.features import APPEARANCE_WIDTH
from schemas.rejects import Reason

LONGEST_SEGMENTED_S: Final = 24 * 3600.0
"""Longer clips are not divided into segments either."""
MAX_CHIPS: Final = 512
"""So many chips (35 MB) of a segment wait at most for the network; which face is the main one is known only at its end."""
_KNOWN_OF_MAIN_ALONE: Final = {"label": None, "subject": None}
"""What the clips table says is said of one person: the other faces' rows have none of it (docs/decisions/whose-label.md)."""
STAGES: Final = ("decode", "faces", "network", "audio", "encode")


@dataclass(frozen=True, slots=True)
class _Read:
    """What rows of a clip are made of: its file, its rows in tables, or both."""

    clip: Clip
    tables: ClipTables
    sha256: str
    audio: ClipAudio | None = None
    """None where the file is not opened."""
    sound_track: int | None = None


class Extractor:
    """Turns clips into rows; made once a process, on one thread.

    Args:
        config: what to compute.
        selection: which values of the network's feature map to use; None: all of them, or there is no network.

    Raises:
        ConfigError: a model file is missing; the selection was made for another network.
    """

    def __init__(self, config: ExtractionConfig, selection: Selection | None = None) -> None:
        threads.use_one()
        self._config = config
        self._faces = FaceReader(config, selection) if config.has_faces else None
        self._parts = Parts.load(config.audio, config.speech, config.audio_table, config.face_table, device=config.device)
        chosen = None if self._faces is None else self._faces.selection
        self.schema = table_schema.of(chosen, self._parts)
        self._selected = APPEARANCE_WIDTH if chosen is None else len(chosen.indices)
        self.feature_set = feature_set(config, chosen, self._parts)
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
        tables = ClipTables(self._parts, clip)
        if not self._config.opens_files:
            for segment in tables.segments(self._config.segment_s, self._config.stride_s):
                yield from self._rows_of(_Read(clip, tables, tables.sha256), segment)
            return
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
                with_pictures=self._faces is not None,
            ) as recording,
        ):
            _refuse_long(recording, longest_s)
            segments = rows = 0
            read = _Read(clip, tables, recording.sha256, ClipAudio(self._parts), recording.sound_track)
            for segment in self._segments(recording, clip.region):
                segments += not segment.is_empty
                for row in self._rows_of(read, segment):
                    rows += 1
                    yield row
            tables.check_times(recording.end_s)
        if not segments:
            raise MediaError(Reason.TOO_SHORT, "decode", f"neither a frame nor a sample in [{recording.start_s:g}, {recording.stop_s:g}) s")
        if not rows:
            where = "in any frame" if clip.region is None else f"in the region {', '.join(f'{share:g}' for share in clip.region)}"
            missing = [f"no face {where}"] * self._config.has_faces + ["no sound above silence"] * self._config.has_audio
            raise MediaError(Reason.NO_FACE_NO_AUDIO, "faces", ", and ".join(missing))

    def _segments(self, recording: Recording, region: PictureRegion | None) -> Iterator[Segment]:
        """The segments of a recording, as they become complete; the chips that wait for the network are kept few."""
        segmenter = Segmenter(recording, self._config.segment_s, self._config.stride_s, Reach(sets=self._parts.further))
        observer, chips = None if self._faces is None else self._faces.observer(region), 0
        frames = subsampled(recording.frames(), self._config.fps)
        while (frame := self._next(frames)) is not None and observer is not None:
            with self._timing("faces"):
                frame_faces = observer.observe(frame)
            yield from segmenter.add(frame_faces)
            chips += len(frame_faces.faces)
            if chips > MAX_CHIPS:
                self._read([face for each in segmenter.frames for face in each.faces])
                chips = 0
        yield from segmenter.rest()

    def _next(self, frames: Iterator[Frame]) -> Frame | None:
        with self._timing("decode"):
            return next(frames, None)

    def _read(self, faces: Sequence[Face]) -> None:
        """Run the network on the chips that still wait; each face's appearance replaces its chip."""
        unread = [face for face in faces if face.chip is not None]
        if unread and self._faces is not None:
            with self._timing("network"):
                self._faces.read(unread)

    def _rows_of(self, read: _Read, segment: Segment) -> Iterator[pa.Table]:
        clip, tables = read.clip, read.tables
        with self._timing("audio"):
            audio = RowAudio.nothing() if read.audio is None else read.audio.of(segment)
            steps, from_table = dict(audio.steps), tables.audio_steps(segment.start_s, segment.stop_s)
            if from_table is not None:
                steps[OWN] = from_table
        has_rows = from_table is not None and len(from_table.time_s) > 0
        for place, track in enumerate(self._tracks(segment, clip.region)):
            track_faces = [frame.face(track) for frame in segment.frames]
            self._read([face for face in track_faces if face is not None])
            with self._timing("encode"):
                sequences = tables.sequences(segment.start_s, segment.stop_s)
                if sequences is None:
                    sequences = feature_rows.sequences(segment, track_faces, self._selected)
                has_face = sequences.has_face
                if track is None and not (audio.is_of_use or has_face.any() or has_rows):
                    continue
                # Of a file without sound, or one that is not opened, the table alone says whether there is something to hear.
                coverage = audio.coverage if len(audio.audible) else float(has_rows)
                scalars = (
                    self._scalars(read, segment)
                    | (_KNOWN_OF_MAIN_ALONE if place else {})
                    | {
                        "clip_id": self._row_id(clip, segment, place),
                        "face_coverage": has_face.mean() if len(has_face) else 0.0,
                        "audio_coverage": coverage,
                        "faces_max": int(has_face.any()) if tables.has_faces else faces_max(segment.frames),
                    }
                )
                row = feature_rows.table(sequences, steps, scalars, self.schema)
            yield row

    def _tracks(self, segment: Segment, region: PictureRegion | None) -> Sequence[int | None]:
        """The faces that get a row: the main one first, which is None where there is none, or none in the region."""
        main = main_track(segment.frames, region)
        others = [track for track in persistent_tracks(segment.frames) if track != main]
        return [main] if self._config.faces == "main" else [main, *others][: self._config.max_faces]

    def _row_id(self, clip: Clip, segment: Segment, face: int) -> str:
        span = "" if self._config.segment_s is None else f"#{round(1000 * segment.start_s)}-{round(1000 * segment.stop_s)}"
        return clip.source_id + span + ("" if self._config.faces == "main" else f"#{face}")

    def _scalars(self, read: _Read, segment: Segment) -> dict[str, Any]:
        clip, condition = read.clip, segment.condition
        return {
            "source_id": clip.source_id,
            "uri": public(clip.uri),
            "label": clip.label,
            "split": clip.split,
            "subject": clip.subject,
            "start_s": segment.start_s,
            "stop_s": segment.stop_s,
            "duration_s": segment.decoded_s,
            "content_sha256": read.sha256,
            "decoded_share": condition and condition.decoded_share,
            "fault": condition and condition.fault,
            "sound_track": read.sound_track,
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
