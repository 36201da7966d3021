"""The report in headless Chromium, opened from disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.support.ui import Select

from tests.browser.conftest import MARKUP
from tests.browser.reader import Reader

pytestmark = pytest.mark.slow


@pytest.fixture
def reader(browser: Chrome, report: Path) -> Iterator[Reader]:
    browser.set_window_size(1440, 1000)
    browser.get_log("browser")
    yield Reader(browser, report)
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    browser.execute_script("try { localStorage.clear() } catch (error) { return }")


def test_the_overview_opens_from_disk_without_an_error(reader: Reader, artefacts: Path):
    reader.opens("overview")

    assert len(reader.all(".plate svg")) == 10
    assert reader.one("h1").text == "Browser test"
    reader.browser.save_screenshot(str(artefacts / "overview.png"))
    assert reader.errors() == []


def test_a_click_on_a_heading_sorts(reader: Reader):
    reader.opens("clips")

    reader.header("Confidence").click()

    reader.waits(lambda: reader.header("Confidence").get_attribute("aria-sort") == "descending")
    shares = [int(cell.removesuffix(" %")) for cell in reader.column("Confidence")]
    assert shares == sorted(shares, reverse=True)
    assert len(set(shares)) > 5


def test_search_and_choices_filter_the_clips(reader: Reader, artefacts: Path):
    reader.opens("clips")

    reader.one("#f-text").send_keys("actor 2")
    Select(reader.one("#f-outcome")).select_by_value("wrong")

    reader.waits(lambda: " of 60 clips" in reader.one("#shown").text)
    reader.waits(lambda: set(reader.column("")) == {"✗"})
    assert set(reader.column("Subject")) == {"actor 2"}
    reader.browser.save_screenshot(str(artefacts / "filtered.png"))


def test_clips_with_a_fault_can_be_listed_and_are_marked(reader: Reader, artefacts: Path):
    reader.opens("clips")

    Select(reader.one("#f-fault")).select_by_visible_text("breaks off")

    reader.waits(lambda: reader.one("#shown").text == "9 of 60 clips")
    reader.waits(lambda: set(reader.column("Fault")) == {"breaks off"})
    reader.one(".tabulator-row").click()
    reader.waits(lambda: "breaks off, 60 % decoded" in reader.one("#clip .facts").text)
    reader.browser.save_screenshot(str(artefacts / "faults.png"))
    assert reader.errors() == []


def test_clearing_the_filters_brings_all_clips_back(reader: Reader):
    reader.opens("clips")
    reader.one("#f-text").send_keys("no such clip")
    reader.waits(lambda: reader.one("#shown").text == "0 of 60 clips")

    reader.one("#filters button[type=reset]").click()

    reader.waits(lambda: reader.one("#shown").text == "60 clips")
    assert reader.one("#f-text").get_attribute("value") == ""


def test_a_cell_of_the_confusion_matrix_lists_its_clips(reader: Reader):
    reader.opens("overview")
    happy = "(_, row) => avemo.index.counted[row] && avemo.index.label[row] === 3 && avemo.index.predicted[row] === 3"
    counted = reader.asks(f"return avemo.index.id.filter({happy})")

    reader.asks("document.getElementById('confusion-happy-happy').dispatchEvent(new MouseEvent('click', { bubbles: true }))")

    reader.waits(lambda: sorted(reader.column("Clip")) == sorted(counted))
    assert counted


def test_a_clip_opens_with_its_video_strips_weights_and_thumbnails(reader: Reader, artefacts: Path):
    reader.opens("clips")

    reader.one(".tabulator-row").click()

    reader.waits(lambda: reader.all(".strips .alignment"))
    reader.waits(lambda: reader.asks("return document.querySelector('video').readyState") >= 2)
    assert reader.one("#clip h2").text == reader.column("Clip")[0]
    assert len(reader.all(".bars dd")) == len(reader.all(".names:not(.offsets) span")) == 7
    assert sum(int(each.text.removesuffix(" %")) for each in reader.all(".weights em")) in range(98, 103)
    assert all(reader.asks("return arguments[0].naturalWidth", image) for image in reader.all(".thumb img"))
    reader.browser.save_screenshot(str(artefacts / "clip.png"))
    assert reader.errors() == []


def test_the_strips_show_the_weights_of_the_table(reader: Reader):
    reader.opens_clip("clip-00004")
    script = """
      const canvas = document.querySelector(".strips .perception");
      const pixel = (x, row) => [...canvas.getContext("2d").getImageData(x * canvas.width, ((row + 0.5) * canvas.height) / 7, 1, 1).data];
      return avemo.clip(avemo.rowOf.get("clip-00004")).then((clip) => {
        const row = clip.perception.slice(0, clip.times.length);
        const step = row.indexOf(255);
        return [pixel((step + 0.25) / clip.times.length, 0), step];
      });
    """
    reader.waits(lambda: reader.asks("return document.querySelector('.strips .perception').width") > 300)

    colour, _ = reader.asks(script)

    assert colour == [254, 232, 56, 255]


def test_a_click_on_the_strips_seeks(reader: Reader):
    reader.opens_clip("clip-00001")
    reader.waits(lambda: reader.asks("return document.querySelector('video').readyState") >= 2)
    over = reader.one(".over")

    ActionChains(reader.browser).move_to_element_with_offset(over, int(over.size["width"] * 0.25), 0).click().perform()

    assert reader.cursor() == pytest.approx(0.75, abs=0.01)
    reader.waits(lambda: abs(reader.plays() - 1.5) < 0.03)


def test_the_cursor_follows_the_playback(reader: Reader):
    reader.opens_clip("clip-00001")
    reader.waits(lambda: reader.asks("return document.querySelector('video').readyState") >= 2)

    reader.one(".play").click()

    reader.waits(lambda: reader.cursor() > 0.2)
    reader.asks("document.querySelector('video').pause()")
    reader.waits(lambda: reader.cursor() == pytest.approx(reader.plays() / 2.0, abs=0.03))
    assert reader.cursor() > 0.2


def test_arrow_keys_step_through_the_clip_and_through_the_table(reader: Reader):
    reader.opens_clip("clip-00001")

    reader.one(".strips").send_keys(Keys.ARROW_RIGHT * 5)
    at = reader.one(".transport output").text
    reader.one("#table").send_keys(Keys.ARROW_DOWN)

    assert "step 6 of 50" in at
    reader.waits(lambda: reader.one("#clip h2").text == "clip-00002")
    assert len(reader.all(".tabulator-row.open")) == 1


def test_a_slash_searches_and_escape_closes(reader: Reader):
    reader.opens_clip("clip-00001")

    reader.one("#table").send_keys("/")
    focused = reader.asks("return document.activeElement.id")
    reader.browser.switch_to.active_element.send_keys(Keys.ESCAPE)

    assert focused == "f-text"
    reader.waits(lambda: reader.browser.current_url.endswith("#clips"))


def test_markup_in_a_clips_name_does_nothing(reader: Reader, artefacts: Path):
    reader.opens_clip(MARKUP)

    reader.waits(lambda: reader.one("#clip h2").text == MARKUP)
    reader.waits(lambda: reader.column("Clip"))
    assert reader.asks("return window.broken") is None
    reader.browser.save_screenshot(str(artefacts / "markup.png"))
    assert reader.errors() == []


def test_the_page_is_dark_where_the_system_is_and_where_the_reader_says(reader: Reader, artefacts: Path):
    ground = "return getComputedStyle(document.body).backgroundColor"
    reader.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    reader.opens_clip("clip-00001")
    dark = reader.asks(ground)
    reader.browser.save_screenshot(str(artefacts / "dark.png"))

    reader.one("#theme").click()

    assert dark == "rgb(19, 22, 25)"
    assert reader.asks(ground) == "rgb(247, 247, 245)"


@pytest.mark.parametrize("view", ["overview", "clips", "clip/clip-00001"])
def test_a_phones_width_is_enough(reader: Reader, artefacts: Path, view: str):
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    reader.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)

    reader.opens(view)

    assert reader.asks("return document.documentElement.scrollWidth") == 390
    reader.browser.save_screenshot(str(artefacts / f"phone-{view.partition('/')[0]}.png"))


def test_ten_thousand_clips_stay_fluent(browser: Chrome, large_report: Path):
    reader = Reader(browser, large_report)
    reader.opens("clips")
    reader.asks("location.hash = '#clip/clip-09990'")
    reader.waits(lambda: reader.all(".strips .perception"))
    reader.waits(lambda: "clip-09990" in reader.column("Clip"))

    drawn, used = reader.asks("return [document.querySelectorAll('.tabulator-row').length, performance.memory.usedJSHeapSize]")

    assert drawn < 200
    assert used < 300e6
