"""faces.mp4 of `look` in headless Chromium, opened from disk."""

import base64
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from scipy.io import wavfile
from selenium.webdriver import Chrome

from cluster.look.job import LookOptions, look

pytestmark = pytest.mark.slow

PLAY = """
const [url, done] = arguments;
const video = document.createElement('video'), times = [];
const note = (_, facts) => { times.push(facts.mediaTime); video.requestVideoFrameCallback(note); };
video.requestVideoFrameCallback(note);
const end = () => done({
  error: video.error && video.error.message, duration: video.duration, size: [video.videoWidth, video.videoHeight], times,
  sound_bytes: video.webkitAudioDecodedByteCount,
});
video.onended = end; video.onerror = end;
document.body.append(video);
video.src = url; video.playbackRate = 0.5;
video.play().catch((error) => done({error: String(error)}));
"""
LISTEN = """
const [content, done] = arguments;
const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
new OfflineAudioContext(1, 16000, 16000).decodeAudioData(bytes.buffer).then((sound) => {
  const samples = sound.getChannelData(0);
  done(samples.findIndex((value) => Math.abs(value) > 0.3) / sound.sampleRate);
}, (error) => done(String(error)));
"""
CLICK_S = 1.1


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A look at a clip of variable rate, whose pictures start at 0.2 s, whose sound starts at 0.5 s, in a range from 0.1 s on."""
    folder = tmp_path_factory.mktemp("looked")
    path = folder / "clip.mkv"
    times_s = 0.2 + np.cumsum([0, *np.tile([0.02, 0.06, 0.1], 10)])
    sound = np.zeros(48_000, np.float32)
    sound[round((CLICK_S - 0.5) * 48_000) :][:2400] = 0.9 * np.sin(np.arange(2400) / 8)
    with av.open(str(path), "w") as file:
        pictures = file.add_stream("ffv1", rate=25)
        pictures.width, pictures.height, pictures.pix_fmt = 176, 144, "yuv420p"
        pictures.codec_context.time_base = Fraction(1, 1000)
        sounds = file.add_stream("pcm_s16le", rate=48_000, layout="mono")
        # The first sample of all is at 0: the file's clock starts there.
        for at, samples in ((0.0, sound[:480]), (0.5, sound)):
            frame = av.AudioFrame.from_ndarray((samples[None] * 32767).astype(np.int16), format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 48_000, round(at * 48_000), Fraction(1, 48_000)
            file.mux(sounds.encode(frame))
        for place, time_s in enumerate(times_s):
            frame = av.VideoFrame.from_ndarray(np.full((144, 176, 3), 8 * place, np.uint8), format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = round(time_s * 1000), Fraction(1, 1000)
            file.mux(pictures.encode(frame))
        file.mux(pictures.encode(None))
    look(LookOptions(clip=str(path), out=str(folder / "look"), start=0.1))
    return folder / "look"


def asked(browser: Chrome, script: str, argument: str) -> Any:  # noqa: ANN401 - whatever the script says
    browser.get("about:blank")
    return browser.execute_async_script(script, argument)


def test_the_video_plays_to_its_end_with_every_picture_at_its_time(browser: Chrome, looked: Path):
    found = json.loads((looked / "look.json").read_text())
    page = looked / "page.html"
    page.write_text("<body>")
    browser.get(page.as_uri())

    played = browser.execute_async_script(PLAY, (looked / "faces.mp4").as_uri())

    assert played["error"] is None
    assert played["size"] == [176, 144]
    assert played["duration"] == pytest.approx(found["stop_s"] - found["start_s"], abs=0.07)
    expected_s = np.array([picture["time_s"] for picture in found["pictures"]]) - found["start_s"]
    assert expected_s[0] == pytest.approx(0.1)
    shown_s = np.unique(played["times"])
    assert len(shown_s) > len(expected_s) / 2
    assert np.abs(expected_s[:, None] - shown_s).min(axis=0).max() < 1e-3
    assert played["sound_bytes"] > 0


def test_the_browser_hears_the_click_when_it_was(browser: Chrome, looked: Path):
    found = json.loads((looked / "look.json").read_text())
    _, samples = wavfile.read(looked / "sound.wav")
    seen_s = found["sound"]["start_s"] + np.argmax(np.abs(samples) > 0.3) / 16_000

    heard_s = asked(browser, LISTEN, base64.b64encode((looked / "faces.mp4").read_bytes()).decode())

    assert seen_s == pytest.approx(CLICK_S, abs=3e-3)
    assert found["start_s"] + heard_s == pytest.approx(seen_s, abs=2e-3)
