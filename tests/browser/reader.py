"""A person in front of a report's page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

TIMEOUT_S = 30


class Reader:
    """A person in front of the page."""

    def __init__(self, browser: Chrome, folder: Path) -> None:
        self.browser, self._folder = browser, folder

    def opens(self, view: str) -> None:
        """Load the page at one of its addresses."""
        self.browser.get("about:blank")
        self.browser.get(f"{(self._folder / 'index.html').as_uri()}#{view}")
        self.waits(lambda: self.asks("return document.documentElement.dataset.ready === 'yes'"))
        self.waits(lambda: "overview" in view or self.asks("return document.getElementById('table').dataset.ready === 'yes'"))

    def opens_clip(self, clip_id: str) -> None:
        self.opens(f"clip/{quote(clip_id, safe='')}")
        self.waits(lambda: self.all(".strips .perception"))

    def waits(self, claim: Callable[[], Any]) -> None:
        WebDriverWait(self.browser, TIMEOUT_S, poll_frequency=0.05).until(lambda _: claim())

    def asks(self, script: str, *arguments: object) -> Any:  # noqa: ANN401 - whatever the script returns
        return self.browser.execute_script(script, *arguments)

    def one(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def column(self, name: str) -> list[str]:
        """The visible cells of a column, from the top."""
        script = (
            "return [...document.querySelectorAll(`.tabulator-row [tabulator-field='_${arguments[0]}']`)].map((cell) => cell.textContent)"
        )
        return self.asks(script, name)

    def header(self, name: str) -> WebElement:
        return self.one(f".tabulator-col[tabulator-field='_{name}']")

    def cursor(self) -> float:
        """Where the cursor stands in the strips' width, from 0 to 1."""
        return float(self.asks("return parseFloat(document.querySelector('.cursor').style.left)")) / 100

    def plays(self) -> float:
        return float(self.asks("return document.querySelector('video').currentTime"))

    def errors(self) -> list[str]:
        return [entry["message"] for entry in self.browser.get_log("browser") if entry["level"] in {"SEVERE", "WARNING"}]
