from pathlib import Path

import cv2
import fsspec
import numpy as np
import pytest
from aiohttp import ServerDisconnectedError

from avemo_core.appearance.stills import read_picture, resized, stills_of
from avemo_core.errors import ConfigError, MediaError


def put(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / name), np.full((8, 8, 3), 200, np.uint8))
    return folder


def test_a_folder_for_each_emotion_gives_its_pictures_their_labels(tmp_path: Path):
    folder = put(tmp_path, "Angry/1.png", "Happiness/2.jpg")

    found = [(still.source_id, still.label) for still in stills_of(str(folder))]

    assert found == [("Angry/1.png", "angry"), ("Happiness/2.jpg", "happy")]


def test_of_splits_only_train_is_read(tmp_path: Path):
    folder = put(tmp_path, "Train/Angry/1.png", "Val/Angry/2.png", "test/sad/3.png")

    assert [still.source_id for still in stills_of(str(folder))] == ["Train/Angry/1.png"]


def test_hidden_folders_are_not_read(tmp_path: Path):
    folder = put(tmp_path, "sad/1.png", ".ipynb_checkpoints/2.png", "sad/.cache.png")

    assert [still.source_id for still in stills_of(str(folder))] == ["sad/1.png"]


def test_a_colon_in_a_name_is_a_colon(tmp_path: Path):
    (still,) = stills_of(str(put(tmp_path, "sad/a::b.png")))

    assert read_picture(still.uri).shape == (8, 8, 3)


def test_a_place_that_cannot_be_reached_is_refused():
    with pytest.raises(ConfigError, match="foo://x: cannot be reached"):
        stills_of("foo://x")


def test_a_folder_that_names_no_emotion_is_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match=rf"the folder contempt in {tmp_path}"):
        stills_of(str(put(tmp_path, "contempt/1.png", "sad/2.png")))


def test_a_folder_without_pictures_is_refused_with_the_layout_expected(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"EMOTION/name\.jpg.*found 1 pictures elsewhere"):
        stills_of(str(put(tmp_path, "1.png")))


def test_a_missing_folder_is_named():
    with pytest.raises(ConfigError, match="no folder at /nowhere"):
        stills_of("/nowhere")


def test_a_grey_picture_is_read_in_colour(tmp_path: Path):
    cv2.imwrite(str(tmp_path / "grey.pgm"), np.full((8, 6), 77, np.uint8))

    picture = read_picture(str(tmp_path / "grey.pgm"))

    assert picture.shape == (8, 6, 3)
    assert np.all(picture == 77)


@pytest.mark.parametrize(("name", "reason"), [("broken.jpg", "decode_failed"), ("empty.jpg", "decode_failed"), ("gone.jpg", "missing")])
def test_a_picture_that_cannot_be_read_says_why(tmp_path: Path, name: str, reason: str):
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    (tmp_path / "empty.jpg").write_bytes(b"")

    with pytest.raises(MediaError) as refused:
        read_picture(str(tmp_path / name))

    assert refused.value.reason == reason


def test_an_aligned_face_is_resized_and_turned_to_rgb():
    blue = np.zeros((200, 200, 3), np.uint8)
    blue[..., 0] = 255

    chip = resized(blue, 150)

    assert chip.shape == (150, 150, 3)
    assert chip[75, 75].tolist() == [0, 0, 255]


def test_a_store_that_fails_in_passing_does_not_make_a_picture_missing(monkeypatch: pytest.MonkeyPatch):
    def fail(uri: str, mode: str) -> None:
        raise ServerDisconnectedError(f"{uri} {mode}")

    monkeypatch.setattr(fsspec, "open", fail)

    with pytest.raises(ServerDisconnectedError):
        read_picture("s3://bucket/a.png")
