import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from avemo_core.media import source
from avemo_core.report.build import build
from avemo_core.report.inputs import Media, ReportInputs
from avemo_core.report.media.video import Range, write_video
from tests.avemo_core.report import made

MARKUP = "<script>window.broken = 1</script><img src=x onerror='window.broken = 1'>"
ARTEFACTS = Path(os.environ.get("AVEMO_ARTEFACTS", "artefacts")) / "browser"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Headless Chromium with a profile of its own, ended with its tests: even at rest it takes a core from those that follow."""
    programs = [shutil.which(name) for name in ("chromium", "chromedriver")]
    if None in programs:
        pytest.fail("these tests need Chromium and its driver: make browser (Debian: apt-get install chromium chromium-driver)")
    options = Options()
    options.binary_location = programs[0]
    profile = tmp_path_factory.mktemp("profile")
    for argument in (
        *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
        *("--disable-background-networking", "--disable-component-update", "--mute-audio", "--hide-scrollbars"),
        *("--autoplay-policy=no-user-gesture-required", "--window-size=1440,1000", f"--user-data-dir={profile}"),
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(programs[1]))
    driver.set_script_timeout(60)
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of 60 clips, one of them with markup for a name; all have the same short video, which gets brighter."""
    folder = tmp_path_factory.mktemp("browser")
    clip = _clip(folder)
    ids = [f"clip-{place:05d}" for place in range(59)] + [MARKUP]
    table = made.predictions(60, steps=(50, 51), ids=ids, uris=[str(clip)] * 60)
    build(ReportInputs(predictions=table, model=made.model(), title="Browser test"), folder / "report", Media.SHOWN, media_clips=60)
    return folder / "report"


@pytest.fixture(scope="session")
def large_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of 10,000 clips without media."""
    folder = tmp_path_factory.mktemp("large")
    table = made.predictions(10_000, steps=(12, 20))
    build(ReportInputs(predictions=table, model=made.model(), title="Ten thousand"), folder, Media.NONE, media_clips=0)
    return folder


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where screenshots are kept."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    return ARTEFACTS


def _clip(folder: Path) -> Path:
    """Two seconds of grey that gets brighter, with a tone."""
    import av  # noqa: PLC0415 - spares the import to runs without a browser

    raw, path = folder / "raw.mkv", folder / "clip.mp4"
    with av.open(str(raw), "w") as file:
        stream = file.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for place in range(50):
            picture = np.full((120, 160, 3), 5 * place, np.uint8)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        file.mux(stream.encode(None))
    with source.opened(str(raw)) as file:
        write_video(file, Range(start_s=0.0, stop_s=2.0), path)
    return path
