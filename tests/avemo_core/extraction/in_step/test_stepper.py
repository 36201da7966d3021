from collections.abc import Sequence

import av
import cv2
import numpy as np
import pytest
from numpy import ndarray

from avemo_core.errors import MediaError
from avemo_core.extraction.in_step import stepper
from avemo_core.extraction.in_step.stepper import BLOCK, ClipFaces, DeviceNetworks
from avemo_core.faces.detect import Detector
from avemo_core.faces.frame_faces import FaceObserver, FrameFaces
from avemo_core.faces.mesh import Mesh
from avemo_core.media import picture as pictures
from avemo_core.media.recording import Frame

COVERED = range(8, 11)
"""In these frames of one clip the face is not to be seen."""


Stepped = tuple[list[ClipFaces], list[list[FrameFaces]]]


@pytest.fixture(scope="module")
def clips(talking: list[ndarray]) -> list[list[Frame]]:
    """A face that stays, one that is covered for a while in a clip of another size, and none in a short one."""
    larger = [cv2.resize(picture, (480, 360)) for picture in talking[5:22]]
    for frame in COVERED:
        larger[frame][:] = (90, 110, 140)
    return [[_frame(number, picture) for number, picture in enumerate(each)] for each in (talking[:17], larger, [larger[8]] * 3)]


@pytest.fixture(scope="module")
def stepped(clips: list[list[Frame]], on_device: DeviceNetworks) -> Stepped:
    faces: list[ClipFaces] = [ClipFaces(Detector(), Mesh()) for _ in clips]
    seen: list[list[FrameFaces]] = [[] for _ in clips]
    for start in range(0, max(map(len, clips)), BLOCK):
        there = [place for place, clip in enumerate(clips) if start < len(clip)]
        blocks = stepper.observe(on_device, [(faces[place], clips[place][start : start + BLOCK]) for place in there])
        for place, block in zip(there, blocks, strict=True):
            assert not isinstance(block, MediaError)
            seen[place] += block
    return faces, seen


@pytest.fixture(scope="module")
def one_by_one(clips: list[list[Frame]]) -> list[list[FrameFaces]]:
    return [_observed(clip) for clip in clips]


def test_the_tracks_of_clips_in_step_are_those_of_each_clip_alone(stepped: Stepped, one_by_one: list[list[FrameFaces]]):
    assert [_tracks(seen) for seen in stepped[1]] == [_tracks(seen) for seen in one_by_one]
    assert _tracks(one_by_one[0]) == [[0]] * 17
    assert _tracks(one_by_one[1])[8:11] == [[]] * 3
    assert _tracks(one_by_one[2]) == [[]] * 3


def test_landmarks_in_step_are_on_average_within_a_tenth_of_a_pixel_of_each_clip_alone(
    stepped: Stepped, one_by_one: list[list[FrameFaces]]
):
    here, there = (
        np.stack([face.landmarks for seen in clips for frame in seen for face in frame.faces]) for clips in (stepped[1], one_by_one)
    )

    assert np.linalg.norm(here - there, axis=2).mean() < 0.1


def test_the_appearance_is_that_of_the_chips(stepped: Stepped, one_by_one: list[list[FrameFaces]], on_device: DeviceNetworks):
    chips = [face.chip for frame in one_by_one[0][:16:5] for face in frame.faces]
    expected = on_device.backbone.feature_map(np.stack(chips)).flatten(1).numpy()

    found = np.stack([face.appearance for frame in stepped[1][0][:16:5] for face in frame.faces])

    assert found.dtype == np.float16
    assert np.abs(found - expected).mean() < 0.02 * np.abs(expected).mean()


def test_only_where_a_face_was_lost_or_new_the_cpu_computes_it(stepped: Stepped):
    steady, covered, _ = stepped[0]

    assert (steady.mesh.replayed, steady.mesh.computed) == (18, 0)
    assert covered.mesh.computed > 0


def _frame(number: int, bgr: ndarray) -> Frame:
    return Frame(time_s=number / 25, picture=pictures.of(av.VideoFrame.from_ndarray(np.ascontiguousarray(bgr), format="bgr24")))


def _observed(frames: Sequence[Frame]) -> list[FrameFaces]:
    observer = FaceObserver(Detector(), Mesh())
    return [observer.observe(frame) for frame in frames]


def _tracks(seen: Sequence[FrameFaces]) -> list[list[int]]:
    return [[face.track for face in frame.faces] for frame in seen]
