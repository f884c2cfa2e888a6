"""A real browser, without a window: what it shows of a page, and what it complains of."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_core_python.selenium import Axe
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

DESKTOP, PHONE = 1280, 390


def _program(name: str, package: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is missing: install Debian's package {package}"
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium, and end it."""
    options = ChromeOptions()
    options.binary_location = _program("chromium", "chromium")
    # Root has no sandbox, and a container's /dev/shm may be small.
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chrome(options=options, service=Service(_program("chromedriver", "chromium-driver")))
    try:
        yield Browser(driver)
    finally:
        driver.quit()


class Browser:
    """Looks at one page after the other."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def show(self, page: Path, *, width: int = DESKTOP, dark: bool = False, media: str = "screen") -> None:
        """Open a page at a width, in light or dark, as a screen or paper shows it."""
        self._command(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._command("Emulation.setEmulatedMedia", media=media, features=[scheme])
        self._logs()
        self.driver.get(page.as_uri())

    def script(self, text: str) -> Any:
        """Run a script in the page."""
        return self.driver.execute_script(text)

    def complaints(self) -> list[str]:
        """Return what the console says since the page was opened."""
        return [entry["message"] for entry in self._log("browser")]

    def requests(self) -> set[str]:
        """Return what the page has asked for since it was opened."""
        said = (json.loads(entry["message"])["message"] for entry in self._log("performance"))
        return {
            item["params"]["request"]["url"] for item in said if item["method"] == "Network.requestWillBeSent"
        }

    def violations(self) -> list[str]:
        """Return what axe-core finds that keeps people from using the page."""
        found = Axe().run(self.driver)["violations"]
        return [f"{item['id']}: {[node['target'] for node in item['nodes']]}" for item in found]

    def tab_stops(self) -> list[str]:
        """Press Tab until the page ends, and return what has had the focus, by its outer HTML's beginning."""
        body = self.driver.find_element(By.TAG_NAME, "body")
        stops: list[str] = []
        for _ in range(2000):
            self.driver.switch_to.active_element.send_keys(Keys.TAB)
            now = self.driver.switch_to.active_element
            if now == body:
                break
            stops.append(str(now.get_attribute("outerHTML"))[:80])
        return stops

    def first_paint(self) -> float:
        """Return the milliseconds until something was shown."""
        return float(
            self.driver.execute_async_script(
                "const done = arguments[0];"
                "new PerformanceObserver(list => done(list.getEntries()[0].startTime))"
                ".observe({type: 'paint', buffered: true});"
            )
        )

    def is_wider_than_the_window(self) -> bool:
        """Whether the page scrolls sideways."""
        return bool(
            self.script("const page = document.documentElement; return page.scrollWidth > page.clientWidth")
        )

    def picture(self, height: int, scale: float = 1) -> bytes:
        """Return the page as PNG, down to ``height`` pixels, made smaller or larger by ``scale``."""
        clip = {"x": 0, "y": 0, "width": self.script("return innerWidth"), "height": height, "scale": scale}
        shot = self._command("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        return base64.b64decode(shot["data"])

    def printed(self) -> bytes:
        """Return the page as PDF."""
        return base64.b64decode(self._command("Page.printToPDF")["data"])

    def grant(self, *permissions: str) -> None:
        """Let pages do what a person would be asked for."""
        self._command("Browser.grantPermissions", permissions=list(permissions))

    def _command(self, name: str, **parameters: object) -> dict[str, Any]:
        return dict(self.driver.execute_cdp_cmd(name, parameters) or {})

    def _logs(self) -> None:
        """Forget what was said before."""
        self._log("browser")
        self._log("performance")

    def _log(self, name: str) -> list[dict[str, Any]]:
        return list(self.driver.get_log(name))  # type: ignore[no-untyped-call]
