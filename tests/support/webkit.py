"""Somebody at WebKitGTK, the nearest to Safari on Linux: driven by Selenium, on a screen that nobody sees."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from selenium import webdriver
from selenium.common.exceptions import (
    NoSuchFrameException,
    StaleElementReferenceException,
    TimeoutException,
    WebDriverException,
)
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service
from urllib3.exceptions import HTTPError

T = TypeVar("T")

_WAIT_S = 30
_ANSWER_S = 60
"""Of the driver: a browser that has not started by then will not."""


def missing() -> list[str]:
    """The Debian packages that are not here."""
    needed = {"webkit2gtk-driver": _driver() and _browser(), "xvfb": shutil.which("Xvfb")}
    return [package for package, found in needed.items() if not found]


def _driver() -> str | None:
    return shutil.which("WebKitWebDriver")


def _browser() -> str | None:
    return next((str(path) for path in Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser")), None)


@contextmanager
def screen() -> Iterator[str]:
    """An X server of our own; gives its DISPLAY."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1200x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as said:
        display = said.readline().strip()  # it has chosen a free number, and listens
    assert display, "Xvfb did not start"
    try:
        yield f":{display}"
    finally:
        server.terminate()
        server.wait(timeout=60)


class WebKitPerson:
    """A browser with nothing in it. What is asked of it waits until the page is so.

    One is in one window, and there in the page or, after :meth:`into_frame`, in the tool's frame.
    """

    def __init__(self, display: str, *, width: int = 1280, height: int = 900) -> None:
        """``width``: the window's. MiniBrowser is never narrower than some 450."""
        driver, browser = _driver(), _browser()
        assert driver
        assert browser
        options = Options()
        options.binary_location = browser
        options.add_argument("--automation")  # with a profile that ends with the window
        options.set_capability("acceptInsecureCerts", True)
        for left in (2, 1, 0):  # once in some hundred times it starts, and says nothing
            self._service = Service(driver, env={**os.environ, "DISPLAY": display})
            self._service.start()
            # Selenium's own class for WebKitGTK connects in a way that Selenium warns of.
            to = ClientConfig(remote_server_addr=self._service.service_url, timeout=_ANSWER_S)
            try:
                self.driver = webdriver.Remote(RemoteConnection(client_config=to), options=options)
                break
            except (WebDriverException, HTTPError):
                self._service.stop()
                if not left:
                    raise
        self.driver.set_window_size(width, height)
        self._pressed: tuple[str, ...] = ()

    def quit(self) -> None:
        self.driver.quit()
        self._service.stop()

    def open(self, address: str) -> None:
        self.driver.get(address)

    # --- where one is ---

    def into_frame(self, depth: int = 1) -> None:
        """Into the tool's frame; ``depth``: how many frames of the LMS are around the tool's page."""
        self.driver.switch_to.default_content()
        for _ in range(depth):
            frame = self._shown(By.TAG_NAME, "iframe")
            # A click scrolls within its own frame only: where the frame is below the window, the press would be lost.
            self.driver.execute_script("arguments[0].scrollIntoView()", frame)
            self.driver.switch_to.frame(frame)

    def out_of_frames(self) -> None:
        self.driver.switch_to.default_content()

    def windows(self) -> list[str]:
        return list(self.driver.window_handles)

    def to_window(self, window: str) -> None:
        self.driver.switch_to.window(window)

    @contextmanager
    def new_window(self) -> Iterator[None]:
        """After the block one is in the window that it has opened.

        A press that opens nothing is pressed again, as people do: under load WebKit loses some.
        """
        before = set(self.windows())

        def opened() -> str | None:
            return next((one for one in self.windows() if one not in before), None)

        yield
        try:
            window = self.until(opened, at_most_s=_WAIT_S / 3)
        except AssertionError:
            self.press(*self._pressed)
            window = self.until(opened)
        self.to_window(window)

    @property
    def window(self) -> str:
        """Where one is."""
        return self.driver.current_window_handle

    def close(self, window: str) -> None:
        """Close another window; one is back in this one, in the page."""
        here = self.window
        self.to_window(window)
        self.driver.close()
        self.to_window(here)

    @property
    def url(self) -> str:
        return self.driver.current_url

    @property
    def text(self) -> str:
        """What the page shows."""
        return self.driver.find_element(By.TAG_NAME, "body").text

    # --- what one does ---

    def press(self, *labels: str) -> None:
        """A button or link with one of these texts or labels, all of it."""

        def is_it(one: WebElement) -> bool:
            # A button may hold words that are hidden, of the page's other states; and one just pressed sends nothing.
            says = {" ".join(one.text.split()), one.get_attribute("aria-label")}
            return not says.isdisjoint(labels) and one.get_attribute("aria-busy") is None

        self._pressed = labels
        found = self._shown(By.CSS_SELECTOR, "button, a", is_it)
        place = None
        while place != (place := found.rect):  # a click on what still moves is lost
            time.sleep(0.1)
        found.click()

    def press_test_id(self, name: str) -> None:
        self._shown(By.CSS_SELECTOR, f'[data-testid="{name}"]').click()

    def test_id(self, name: str) -> str:
        """The text of a counterpart's element."""
        return self._shown(By.CSS_SELECTOR, f'[data-testid="{name}"]').text

    def sees(self, words: str) -> None:
        self.until(lambda: words in self.text)

    def comes_to(self, beginning: str) -> None:
        """The address begins so."""
        self.until(lambda: self.url.startswith(beginning))

    def until(self, happens: Callable[[], T | None], *, at_most_s: float = _WAIT_S) -> T:
        """Wait until it gives something; the limit only ends a test that would hang."""
        leaving = [StaleElementReferenceException, NoSuchFrameException]  # what a page says that is on its way out
        wait = WebDriverWait(self.driver, at_most_s, 0.05, ignored_exceptions=leaving)
        try:
            found = wait.until(lambda _driver: happens())
        except TimeoutException:
            raise AssertionError(f"it did not happen at {self.url}:\n{self.text}") from None
        assert found is not None
        return found

    def shoot(self, path: Path) -> None:
        """A picture of the window."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(path))

    def _shown(self, by: str, value: str, is_it: Callable[[WebElement], bool] = lambda _one: True) -> WebElement:
        def find() -> WebElement | None:
            found = self.driver.find_elements(by, value)
            return next((one for one in found if one.is_displayed() and is_it(one)), None)

        return self.until(find)
