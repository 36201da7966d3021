"""More streams than any recording has."""

import io
from fractions import Fraction

import av

from tests.avemo_core.media.hostile import clips


def sounds(count: int, container_name: str) -> bytes:
    """So many sound streams of a tenth of a second."""
    file = io.BytesIO()
    with av.open(file, "w", format=container_name) as container:
        streams = [container.add_stream("pcm_s16le", rate=8_000, layout="mono") for _ in range(count)]
        for stream in streams:
            frame = clips.tone(8_000, 0.1)
            container.mux(stream.encode(frame))
    return file.getvalue()


def tracks(count: int) -> bytes:
    """A QuickTime movie that describes the same track again and again."""
    data = clips.clip("mov.rle")
    header = data.index(b"moov") - 4
    first = data.index(b"trak", header) - 4
    track = data[first : first + int.from_bytes(data[first : first + 4])]
    size = int.from_bytes(data[header : header + 4]) + (count - 1) * len(track)
    return data[:header] + size.to_bytes(4) + data[header + 4 : first] + track * count + data[first + len(track) :]


def chapters(count: int) -> bytes:
    """An honest clip with so many chapters and a long title."""
    file, source = io.BytesIO(), av.open(io.BytesIO(clips.clip("mkv")))
    with source, av.open(file, "w", format="matroska") as container:
        container.metadata["title"] = "x" * 100_000
        container.set_chapters(
            [{"id": at + 1, "start": at, "end": at + 1, "time_base": Fraction(1, 1000), "metadata": {"title": "y"}} for at in range(count)]
        )
        stream = container.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                container.mux(packet)
    return file.getvalue()
