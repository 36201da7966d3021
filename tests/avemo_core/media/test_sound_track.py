import av
import pytest

from avemo_core.errors import MediaError
from avemo_core.media.sound_choice import SoundChoice
from schemas.rejects import Reason
from tests.avemo_core.media import films

MKV = films.film("matroska")


def _two_tracks() -> bytes:
    """The film with its sound in English, and once more in German, a quarter of a second late."""
    with (
        films.file_of(MKV) as english_file,
        films.file_of(MKV) as german_file,
        av.open(english_file) as english,
        av.open(german_file) as german,
        films.NamedTemporaryFile() as file,
        av.open(file.name, "w", format="matroska") as output,
    ):
        streams = [output.add_stream_from_template(stream) for stream in (*english.streams, german.streams.audio[0])]
        streams[1].metadata["language"], streams[2].metadata["language"] = "eng", "ger"
        for packet in english.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                output.mux(packet)
        for packet in german.demux(audio=0):
            if packet.dts is not None:
                packet.pts, packet.dts, packet.stream = packet.pts + 250, packet.dts + 250, streams[2]
                output.mux(packet)
        output.close()
        return file.read()


@pytest.mark.parametrize(("track", "place", "late_ms"), [(None, 0, 0), (0, 0, 0), (1, 1, 250), ("eng", 0, 0), ("ger", 1, 250)])
def test_a_sound_track_is_chosen_by_its_place_or_its_language(track: int | str | None, place: int, late_ms: float):
    seen = films.seen(_two_tracks(), sound_choice=SoundChoice(track=track))

    assert seen.sound_track == place
    assert seen.offsets_ms == pytest.approx([late_ms, late_ms], abs=1)


@pytest.mark.parametrize("track", [2, "fra"])
def test_a_sound_track_that_is_not_there_is_missing_and_those_there_are_named(track: int | str):
    with pytest.raises(MediaError, match=rf"--sound-track {track}: the file has the sound tracks 0 \(eng\), 1 \(ger\)") as error:
        films.seen(_two_tracks(), sound_choice=SoundChoice(track=track))

    assert error.value.reason == Reason.MISSING
