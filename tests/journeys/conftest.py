"""Journeys: Chromium, the demo LMS, the tool as ``serve`` with two workers, and the Elos simulator, all over HTTP."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, sync_playwright

from lti_elos.app import make_deps
from lti_elos.services import platforms
from lti_elos.settings import Settings

REFRESH_S = 2.2
"""The demo's tool asks Elos about a room every 2 s."""

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def launch_chromium() -> Iterator[Callable[..., Browser]]:
    """Starts a Chromium of its own, with more arguments."""
    path = shutil.which("chromium")
    if path is None:
        reason = "NO CHROMIUM: the journeys were not tried. apt-get install -y --no-install-recommends chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright, ExitStack() as running:

        def launch(*more: str) -> Browser:
            browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *more])
            running.callback(browser.close)
            return browser

        yield launch


@pytest.fixture(scope="session")
def chromium(launch_chromium: Callable[..., Browser]) -> Browser:
    return launch_chromium()


@dataclass
class Demo:
    """The running demo, as a person and as a test see it."""

    lms: str
    tool: str
    elos: str
    data: Path
    pid: int

    def decide(self, lms: str, *policies: str) -> None:
        """As an operator would with ``platform set``: acts at once."""
        deps = make_deps(
            Settings(base_url=self.tool, data_dir=self.data, secret_key="not-the-demo's-own-key-of-32-characters")
        )
        [row] = [one for one in platforms.listing(deps) if one["name"].lower().startswith(lms)]
        platforms.set_policies(deps, row["id"], list(policies))
        deps.database.dispose()

    def course(
        self,
        person: str,
        *,
        lms: str = "moodle",
        course: str = "mat101",
        opening: str = "iframe",
        locale: str = "pt-BR",
        resource: str = "live",
    ) -> str:
        """The address of a course's page, seen by ``person``."""
        return f"{self.lms}/{lms}/courses/{course}?as={person}&resource={resource}&open={opening}&locale={locale}"

    def calls(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = requests.get(f"{self.elos}/_sim/calls", params={"call": name}, timeout=10).json()
        return found

    def end_everything(self) -> None:
        """No meeting runs, the tool has seen that, and the calls are forgotten; recordings stay."""
        ran = any(one["endedAt"] is None for one in requests.get(f"{self.elos}/_sim/meetings", timeout=10).json())
        requests.delete(f"{self.elos}/_sim/meetings", timeout=10).raise_for_status()
        if ran:
            time.sleep(REFRESH_S)
        requests.delete(f"{self.elos}/_sim/calls", timeout=10).raise_for_status()


def _three_free_ports() -> int:
    """The first of three in a row that are free now."""
    while True:
        with closing(socket.create_server(("127.0.0.1", 0))) as found:
            first = int(found.getsockname()[1])
        try:
            for port in (first, first + 1, first + 2):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return first


@pytest.fixture(scope="session")
def running_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """``lti-elos demo`` in a process of its own: the journeys begin with what a newcomer types."""
    port = _three_free_ports()
    folder = tmp_path_factory.mktemp("demo")
    noise = folder / "stderr.txt"
    with noise.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "lti_elos", "demo", "--port", str(port), "--data", str(folder)],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert found, f"the demo did not start: {line} {noise.read_text()}"
    yield Demo(found[0], f"http://localhost:{port}", f"http://127.0.0.1:{port + 2}", folder, process.pid)
    process.terminate()
    process.wait(timeout=20)
    process.stdout.close()
    assert "Traceback" not in noise.read_text(), noise.read_text()


@pytest.fixture
def demo(running_demo: Demo) -> Demo:
    running_demo.end_everything()
    return running_demo


class Person:
    """Somebody at a browser of their own, in front of a course's page."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.depth = 1
        """How many frames of the LMS are around the tool's page."""

    @property
    def frame(self) -> FrameLocator:
        """The tool, inside the LMS's page."""
        found = self.page.frame_locator("iframe:not([hidden])")
        for _ in range(self.depth - 1):
            found = found.frame_locator("iframe:not([hidden])")
        return found

    def press_for_a_tab(self, label: str) -> Page:
        """Press a button of the framed room that opens a tab; gives the tab.

        Chromium throws clicks away that come within half a second after a foreign frame has moved (against
        clickjacking): then it is pressed again, as people do.
        """
        before = len(self.context.pages)
        for _ in range(3):
            self.frame.get_by_role("button", name=label).click()
            until = time.monotonic() + 6
            while time.monotonic() < until:
                if len(self.context.pages) > before:
                    return self.context.pages[-1]
                self.page.wait_for_timeout(50)
        raise AssertionError(f"{label} opened no tab")


@pytest.fixture
def people(chromium: Browser) -> Iterator[Any]:
    """Makes a person at a browser with nothing in it."""
    contexts: list[BrowserContext] = []

    def come(*, width: int = 1280, height: int = 800, **more: Any) -> Person:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, locale=more.pop("locale", "pt-BR"), **more
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        return Person(context)

    yield come
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def shots() -> Path | None:
    """Where screenshots go: the folder named by SHOTS; None: nowhere."""
    named = os.environ.get("SHOTS")
    return Path(named) if named else None
