import pytest
from hypothesis import given
from hypothesis import strategies as st

from avemo_core.export.media import media_url
from avemo_core.export.names import LONGEST_BYTES, file_names, safe

texts = st.text(st.characters(codec="utf-8"), max_size=300)


def test_a_file_is_called_as_its_video():
    assert file_names({"/corpus/Łódź 1.2.mp4": "a", "s3://bucket/x/y.mkv": "b"}) == {
        "/corpus/Łódź 1.2.mp4": "Łódź 1.2",
        "s3://bucket/x/y.mkv": "y",
    }


def test_videos_of_one_name_are_called_as_their_clips():
    assert file_names({"/a/1.mp4": "Angry/1", "/b/1.mp4": "Happy/1", "/c/2.mp4": "x"}) == {
        "/a/1.mp4": "Angry_1",
        "/b/1.mp4": "Happy_1",
        "/c/2.mp4": "2",
    }


def test_names_that_differ_in_capitals_alone_are_one_name():
    assert file_names({"/a/One.mp4": "a", "/b/one.mp4": "b"}) == {"/a/One.mp4": "a", "/b/one.mp4": "b"}


def test_clips_of_one_name_are_told_apart_by_a_digest():
    names = file_names({"/a/1.mp4": "x/y", "/b/1.mp4": "x#y", "/c/X_Y.mp4": "z", "/d/1.mp4": "w"})

    assert names["/c/X_Y.mp4"] == "X_Y"
    assert names["/d/1.mp4"] == "w"
    assert all(names[uri].startswith("x_y~") and len(names[uri]) == len("x_y~") + 12 for uri in ("/a/1.mp4", "/b/1.mp4"))
    assert len(set(names.values())) == 4


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..", "_"),
        (".hidden", "hidden"),
        ("-rf", "rf"),
        ("clip#0-4000#1", "clip_0-4000_1"),
        ("C:\\x|y?", "C_x_y_"),
        ("nul", "_nul"),
        ("COM1.old", "_COM1.old"),
        ("a\nb\0c ", "a_b_c"),
        ("ends. ", "ends"),
        ("ꦗꦮ", "ꦗꦮ"),
        ("", "_"),
    ],
)
def test_what_no_file_may_be_called_is_made_safe(text: str, name: str):
    assert safe(text) == name


@given(st.dictionaries(texts, texts, max_size=8))
def test_any_names_become_as_many_files_of_one_folder(source_ids: dict[str, str]):
    names = file_names(source_ids)

    assert names.keys() == source_ids.keys()
    assert len({name.casefold() for name in names.values()}) == len(names)
    assert all(not set(name) & set('/\\:*?"<>|#%\0\n') and name[0] not in ".-" and name.strip() == name for name in names.values())
    assert all(len(name.encode()) <= LONGEST_BYTES + 14 for name in names.values())


@pytest.mark.parametrize(
    ("uri", "folder", "media"),
    [
        ("/corpus/videos/a b.mp4", "/corpus/out", "../videos/a b.mp4"),
        ("/corpus/out/a.mp4", "/corpus/out/", "a.mp4"),
        ("file:///corpus/a.mp4", "/corpus/out", "../a.mp4"),
        ("/corpus/videos/a.mp4", "s3://bucket/out", "a.mp4"),
        ("s3://bucket/a.mp4", "/corpus/out", "s3://bucket/a.mp4"),
    ],
)
def test_a_video_is_named_by_the_way_that_leads_to_it(uri: str, folder: str, media: str):
    assert media_url(uri, folder) == media
