"""The report of clips of sound alone in headless Chromium: nothing of faces, and the sound plays."""

from pathlib import Path

import numpy as np
import pytest
import scipy.io.wavfile
from selenium.webdriver import Chrome

from avemo_core.report.build import build
from avemo_core.report.inputs import Media, ReportInputs
from schemas.audio import SAMPLE_RATE_HZ
from tests.avemo_core.report import made
from tests.browser.reader import Reader

pytestmark = pytest.mark.slow

CLIPS = 6


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of six clips that are one wav file of two seconds."""
    root = tmp_path_factory.mktemp("sound")
    tone = 0.3 * np.sin(2 * np.pi * 220 * np.arange(2 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ)
    scipy.io.wavfile.write(root / "voice.wav", SAMPLE_RATE_HZ, tone.astype(np.float32))
    table = made.predictions(CLIPS, steps=(50, 51), uris=[str(root / "voice.wav")] * CLIPS)
    table = made.replaced(table, face_coverage=np.zeros(CLIPS, np.float32))
    build(ReportInputs(predictions=table, model=made.model(), title="Sound alone"), root / "report", Media.SHOWN, media_clips=CLIPS)
    return root / "report"


@pytest.fixture
def reader(browser: Chrome, folder: Path) -> Reader:
    browser.set_window_size(1440, 1000)
    browser.get_log("browser")
    return Reader(browser, folder)


def test_the_list_of_clips_has_no_column_and_no_question_about_faces(reader: Reader):
    reader.opens("clips")

    titles = [header.text for header in reader.all(".tabulator-col-title") if header.is_displayed()]
    assert "Sound" in titles
    assert "Face" not in titles
    assert not reader.one("#l-face").is_displayed()


def test_a_clip_plays_its_sound_below_no_empty_picture(reader: Reader):
    reader.opens_clip("clip-00000")

    assert not reader.all("#clip video")
    assert reader.one(".media").text == "A clip of sound alone."
    assert "face in" not in reader.one("#clip .facts").text
    reader.one(".play").click()
    reader.waits(lambda: reader.asks("return document.querySelector('#clip audio').currentTime > 0.2"))
    assert reader.all(".strips .perception")
    assert reader.all(".strips .alignment")
    assert reader.errors() == []
