import io
from pathlib import Path

import av
import numpy as np
import pytest

from avemo_core.media import decode


def surround(layout: str, level: float) -> bytes:
    """A second of a tone of 220 Hz in every channel."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=48_000, layout=layout)
        channels = stream.layout.nb_channels
        tone = level * np.sin(2 * np.pi * 220 * np.arange(48_000) / 48_000)
        frame = av.AudioFrame.from_ndarray(np.repeat(tone, channels).astype(np.float32)[None], format="flt", layout=layout)
        frame.sample_rate = 48_000
        for part in av.AudioResampler(format="fltp", layout=layout, rate=48_000, frame_size=1024).resample(frame):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return file.getvalue()


@pytest.mark.parametrize("layout", ["stereo", "5.1", "7.1"])
def test_as_many_channels_as_there_are_become_one(tmp_path: Path, layout: str):
    path = tmp_path / "clip"
    path.write_bytes(surround(layout, 0.5))

    with decode.opened(str(path)) as recording:
        list(recording.frames())
        sound = recording.sound()

    assert sound is not None
    assert np.abs(sound.samples[2000:-2000]).max() == pytest.approx(0.5, rel=0.05)
