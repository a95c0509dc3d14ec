"""Journeys: real browsers, the demo LMS, the tool as ``serve`` with two workers, and the Elos simulator.

Most are in Chromium over http. Those of test_engines.py are over https, as WebKit and Safari want it before they keep a
Secure cookie.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect, sync_playwright

from lti_elos.app import make_deps
from lti_elos.services import platforms
from lti_elos.settings import Settings
from tests.support import webkit as webkitgtk
from tests.support.demo import DemoProcess, demo_process
from tests.support.webkit import WebKitPerson

_GUARD_MS = 30_000
"""Ends a journey that hangs; it measures nothing. Machines that run three at once take their time."""
expect.set_options(timeout=_GUARD_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A journey that fails is walked once more, and the run's last lines name it: of some hundred browsers on two
    cores one loses a press now and then. What fails twice fails.
    """
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.flaky(reruns=1))


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
    # A framed page in a process of its own may be lost to Playwright when the frame goes from site to site at once, as
    # logins do: it then waits without end. What pages may do does not depend on their process.
    "--disable-site-isolation-trials",
]


Cookies = Literal["partitioned", "none"]
"""What a browser keeps for a site in a frame of another one."""

_BLOCKED = 2
_PREFERENCES: dict[Cookies, Any] = {
    "partitioned": {"cookie_controls_mode": 1},
    # Settings of one pair of sites go before the general ones, and there is no exception for partitioned cookies in
    # them. At the top, the tool keeps its cookies.
    "none": {
        "cookie_controls_mode": 1,
        "content_settings": {
            "exceptions": {"cookies": {"https://localhost:*,https://127.0.0.1:*": {"setting": _BLOCKED}}}
        },
    },
}


def _not_tried(what: str, packages: list[str]) -> NoReturn:
    reason = f"NO {what}: its journeys were not tried. apt-get install -y --no-install-recommends {' '.join(packages)}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def launch_chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Browser]]:
    """Starts a Chromium of its own, with more arguments; ``preferences`` are of its profile, and of all contexts."""
    path = shutil.which("chromium")
    if path is None:
        _not_tried("CHROMIUM", ["chromium"])
    with sync_playwright() as playwright, ExitStack() as running:

        def launch(*more: str, preferences: Any = None) -> Browser:
            if preferences is None:
                browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *more])
                running.callback(browser.close)
                return browser
            profile = tmp_path_factory.mktemp("chromium")
            (profile / "Default").mkdir()
            (profile / "Default" / "Preferences").write_text(json.dumps({"profile": preferences}))
            kept = playwright.chromium.launch_persistent_context(
                profile, executable_path=path, args=[*ARGUMENTS, *more]
            )
            running.callback(kept.close)
            assert kept.browser is not None
            return kept.browser

        yield launch


@pytest.fixture(scope="session")
def chromium(launch_chromium: Callable[..., Browser]) -> Browser:
    return launch_chromium()


@pytest.fixture(scope="session")
def chromium_keeping(launch_chromium: Callable[..., Browser]) -> Callable[[Cookies], Browser]:
    """A Chromium that keeps these cookies in frames, and all at the top."""
    running: dict[Cookies, Browser] = {}

    def get(cookies: Cookies) -> Browser:
        if cookies not in running:
            running[cookies] = launch_chromium(preferences=_PREFERENCES[cookies])
        return running[cookies]

    return get


@dataclass
class Demo:
    """The running demo, as a person and as a test see it."""

    lms: str
    tool: str
    elos: str
    data: Path
    pid: int
    certificate: Path | None = None
    """What programs must trust that ask it; None: it is at http."""

    def decide(self, lms: str, *policies: str) -> None:
        """As an operator would with ``platform set``: acts at once."""
        deps = make_deps(
            Settings(base_url=self.tool, data_dir=self.data, secret_key="not-the-demo's-own-key-of-32-characters")
        )
        [row] = [one for one in platforms.listing(deps) if one["name"].lower().startswith(lms)]
        platforms.set_policies(deps, row["id"], list(policies))
        deps.database.dispose()

    def invite(self, name: str) -> str:
        """What ``lti-elos platform invite`` prints to the operator, who sends it to the LMS's administrator."""
        environment = os.environ | {
            "LTI_ELOS_BASE_URL": self.tool,
            "LTI_ELOS_DATA_DIR": str(self.data),
            "LTI_ELOS_SECRET_KEY": "not-the-demo's-own-key-of-32-characters",
        }
        command = [sys.executable, "-m", "lti_elos", "platform", "invite", "--name", name]
        printed = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
        return printed.splitlines()[-1]

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
        found: list[dict[str, Any]] = self.simulator("GET", "calls", params={"call": name}).json()
        return found

    def launches(self) -> list[dict[str, Any]]:
        """What the LMS has sent so far."""
        found: list[dict[str, Any]] = self._ask("GET", f"{self.lms}/_lms/launches").json()
        return found

    def simulator(self, method: str, path: str, **more: Any) -> requests.Response:
        """Elos, steered from behind."""
        return self._ask(method, f"{self.elos}/_sim/{path}", **more)

    def _ask(self, method: str, address: str, **more: Any) -> requests.Response:
        verify = str(self.certificate) if self.certificate else True
        response = requests.request(method, address, timeout=10, verify=verify, **more)
        response.raise_for_status()
        return response

    def end_everything(self) -> None:
        """No meeting runs, the tool has seen that, and the calls are forgotten; recordings stay."""
        ran = any(one["endedAt"] is None for one in self.simulator("GET", "meetings").json())
        self.simulator("DELETE", "meetings")
        if ran:
            time.sleep(REFRESH_S)
        self.simulator("DELETE", "calls")


def _as_seen(started: DemoProcess) -> Demo:
    assert f"Open {started.lms}/ " in started.said
    return Demo(started.lms, started.tool, started.elos, started.data, started.process.pid, started.certificate)


@pytest.fixture(scope="session")
def running_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """``lti-elos demo`` in a process of its own: the journeys begin with what a newcomer types."""
    with demo_process(tmp_path_factory.mktemp("demo")) as started:
        yield _as_seen(started)


@pytest.fixture
def demo(running_demo: Demo) -> Demo:
    running_demo.end_everything()
    return running_demo


@pytest.fixture(scope="session")
def running_tls_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """``lti-elos demo --tls``."""
    with demo_process(tmp_path_factory.mktemp("tls-demo"), tls=True) as started:
        yield _as_seen(started)


@pytest.fixture
def tls_demo(running_tls_demo: Demo) -> Demo:
    running_tls_demo.end_everything()
    return running_tls_demo


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

    def press_for_a_tab(self, label: str | re.Pattern[str]) -> Page:
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
    with ExitStack() as contexts:
        yield lambda **more: _come(chromium, contexts, **more)


@pytest.fixture
def tls_people(chromium_keeping: Callable[[Cookies], Browser]) -> Iterator[Any]:
    """The same for ``tls_demo``, in a Chromium that keeps in frames the ``cookies`` named, partitioned ones or none."""
    with ExitStack() as contexts:

        def come(*, cookies: Cookies = "partitioned", **more: Any) -> Person:
            return _come(chromium_keeping(cookies), contexts, ignore_https_errors=True, **more)

        yield come


def _come(browser: Browser, contexts: ExitStack, *, width: int = 1280, height: int = 800, **more: Any) -> Person:
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale=more.pop("locale", "pt-BR"), **more
    )
    context.set_default_timeout(_GUARD_MS)
    contexts.callback(context.close)
    return Person(context)


@pytest.fixture(scope="session")
def webkit_screen() -> Iterator[str]:
    if packages := webkitgtk.missing():
        _not_tried("WEBKITGTK", packages)
    with webkitgtk.screen() as display:
        yield display


@pytest.fixture
def webkit(webkit_screen: str) -> Iterator[Callable[..., WebKitPerson]]:
    """Makes a person at WebKitGTK; each has a browser with nothing in it (2 s)."""
    with ExitStack() as running:

        def come(**more: Any) -> WebKitPerson:
            one = WebKitPerson(webkit_screen, **more)
            running.callback(one.quit)
            return one

        yield come


@pytest.fixture(scope="session")
def shots() -> Path | None:
    """Where screenshots go: the folder named by SHOTS; None: nowhere."""
    named = os.environ.get("SHOTS")
    return Path(named) if named else None
