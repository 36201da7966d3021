"""What a report of many clips costs: seconds to write it, its size, and the page's seconds and memory in headless Chromium.

    python benchmarks/report.py [--clips 10000]

Predictions are made up; no pictures are taken, since these depend on the videos. Needs Chromium and its driver (make browser).
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

import psutil
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

sys.path.insert(0, str(Path(__file__).parents[1]))

from avemo_core.report.build import build
from avemo_core.report.inputs import Media, ReportInputs
from tests.avemo_core.report import made

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--window-size=1440,1000"),
)
READY = "return document.querySelectorAll('.tabulator-row').length > 0"


def main() -> None:
    """Write the report, open it, print what both cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=10_000)
    clips = parser.parse_args().clips
    table = made.predictions(clips, (60, 95))
    with tempfile.TemporaryDirectory() as folder:
        started_s = time.monotonic()
        built = build(ReportInputs(predictions=table, model=made.model()), Path(folder, "report"), Media.NONE, 0)
        print(f"written  {time.monotonic() - started_s:6.1f} s, {built.size_bytes / 1e6:.1f} MB for {clips:,} clips")
        browse(Path(folder, "report", "index.html"), folder)


def browse(page: Path, profile: str) -> None:
    """Open the page at its table, then fifty clips, and print seconds and the renderer's memory."""
    driver = _chromium(profile)
    try:
        started_s = time.monotonic()
        driver.get(f"file://{page}#clips")
        while not driver.execute_script(READY):
            time.sleep(0.01)
        print(f"ready    {time.monotonic() - started_s:6.2f} s, renderer {_renderer_bytes(driver) / 1e6:.0f} MB")
        for number in range(0, 3000, 60):
            driver.execute_script(f"location.hash = '#clip/' + encodeURIComponent(avemo.index.id[{number}])")
            time.sleep(0.05)
        print(f"50 clips opened, renderer {_renderer_bytes(driver) / 1e6:.0f} MB")
    finally:
        driver.quit()


def _chromium(profile: str) -> webdriver.Chrome:
    options = Options()
    options.binary_location = shutil.which("chromium") or ""
    for flag in (*FLAGS, f"--user-data-dir={profile}/profile"):
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver") or ""))


def _renderer_bytes(driver: webdriver.Chrome) -> int:
    """Unshared memory of the largest renderer."""
    processes = psutil.Process(driver.service.process.pid).children(recursive=True)
    return max(process.memory_full_info().uss for process in processes if "--type=renderer" in process.cmdline())


if __name__ == "__main__":
    main()
