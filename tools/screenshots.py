"""Take the pictures of docs/screenshots: `make screenshots`. Starts the demo, walks it in Chromium, closes it.

With a folder as argument it takes many more there, to be looked at before a page is called done.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, FrameLocator, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs" / "screenshots"
PORT = 8460
LMS, TOOL = f"http://127.0.0.1:{PORT + 1}", f"http://localhost:{PORT}"
FACES = ("moodle", "canvas", "brightspace", "blackboard", "sakai", "openedx")
SIZES = {1280: 800, 390: 844}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def course(person: str, *, lms: str = "moodle", opening: str = "iframe", locale: str = "pt-BR") -> str:
    return f"{LMS}/{lms}/courses/mat101?as={person}&open={opening}&locale={locale}"


def room_of(page: Page, person: str, *, lms: str = "moodle", locale: str = "pt-BR") -> None:
    """The room at top level."""
    page.goto(course(person, lms=lms, opening="same", locale=locale))
    page.get_by_test_id("open-activity").click()
    page.wait_for_url(re.compile("/rooms/"))


class Camera:
    """Takes pictures into a folder, only those wanted."""

    def __init__(self, folder: Path, wanted: Callable[[str], bool]) -> None:
        self.folder = folder
        self.wanted = wanted
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, page: Page, name: str) -> None:
        if not self.wanted(name):
            return
        page.bring_to_front()  # what is behind is not painted anew
        page.wait_for_timeout(400)
        # Not "full_page": it lays frames of other sites out anew, and catches them in the middle.
        page.screenshot(path=self.folder / f"{name}.png")
        sys.stdout.write(f"{name}\n")


def walk(new_context: Callable[..., BrowserContext], camera: Camera, data: Path) -> None:
    """The pages of a first class, at both widths."""
    for width, height in SIZES.items():
        teacher = new_context(viewport={"width": width, "height": height}).new_page()
        student = new_context(viewport={"width": width, "height": height}).new_page()
        teacher.goto(f"{LMS}/?locale=pt-BR")
        camera.take(teacher, f"demo-front-{width}")
        room_of(student, "student-1")
        camera.take(student, f"room-student-closed-{width}")
        student.get_by_role("button", name="Aguardar abertura").click()
        camera.take(student, f"waiting-{width}")
        room_of(teacher, "teacher-1")
        camera.take(teacher, f"room-teacher-closed-{width}")
        frame = in_frame(teacher, "teacher-1", camera, width)
        with teacher.context.expect_page() as opened:
            frame.get_by_role("button", name="Abrir sala").click()
        tab = opened.value
        tab.get_by_test_id("person-role").wait_for()
        camera.take(tab, f"meeting-{width}")
        frame.get_by_role("button", name="Entrar na sala").wait_for()
        camera.take(teacher, f"frame-teacher-open-{width}")
        frame.get_by_text("Encerrar sessão", exact=True).click()
        camera.take(teacher, f"frame-teacher-end-{width}")
        room_of(teacher, "teacher-1")
        camera.take(teacher, f"room-teacher-{width}")
        teacher.get_by_text("Você modera esta sala").click()
        camera.take(teacher, f"room-teacher-why-{width}")
        room_of(student, "student-1")
        camera.take(student, f"room-student-{width}")
        for locale in ("en", "es"):
            room_of(student, "student-2", locale=locale)
            camera.take(student, f"room-student-{locale}-{width}")
        recordings(teacher, camera, f"recordings-{width}")
        teacher.goto(f"{teacher.url}?q=nada")
        camera.take(teacher, f"recordings-none-{width}")
        for lms in ("moodle", "sakai"):
            teacher.goto(f"{course('teacher-1', lms=lms)}&message=deep-linking")
            teacher.frame_locator("iframe[data-testid='activity']").locator("#picker").wait_for()
            camera.take(teacher, f"picker-{lms}-{width}")
        leave(tab, camera, width)
        errors(teacher, camera, width)
        guides(teacher, camera, width)
        faces(teacher, camera, width, data)


def in_frame(page: Page, person: str, camera: Camera, width: int) -> FrameLocator:
    for lms in ("canvas", "brightspace", "moodle"):
        page.goto(course(person, lms=lms))
        frame = page.frame_locator("iframe[data-testid='activity']")
        frame.get_by_role("heading", name="Cálculo").first.wait_for()
        camera.take(page, f"frame-{lms}-{width}")
    return frame


def faces(page: Page, camera: Camera, width: int, data: Path) -> None:
    """The room in each LMS's manner, and the page that registers the tool."""
    for lms in FACES:
        page.goto(course("teacher-1", lms=lms))
        frame = page.frame_locator("iframe:not([hidden])")
        if lms == "openedx":
            frame = frame.frame_locator("iframe:not([hidden])")
        frame.get_by_role("heading", level=1).wait_for()
        camera.take(page, f"lms-{lms}-{width}")
    for lms in ("moodle", "canvas"):
        page.goto(f"{LMS}/{lms}/admin/tools?as=admin&locale=pt-BR")
        page.get_by_test_id("registration-url").fill(invite(data, f"{lms} da escola"))
        page.get_by_test_id("register-tool").click()
        page.locator("[data-testid=new-tool], [data-testid=registration]").first.wait_for()
        if page.get_by_test_id("new-tool").count():  # Moodle knows the tool that the demo came with
            page.get_by_test_id("new-tool").click()
        page.frame_locator("[data-testid=registration]").locator("button#register").wait_for()
        camera.take(page, f"register-{lms}-{width}")


def invite(data: Path, name: str) -> str:
    """An invite of the running demo's tool."""
    command = [sys.executable, "-m", "lti_elos", "platform", "invite", "--name", name]
    settings = {
        "LTI_ELOS_BASE_URL": TOOL,
        "LTI_ELOS_DATA_DIR": str(data),
        "LTI_ELOS_SECRET_KEY": "not-the-demo's-own-key-of-32-characters",
    }
    told = os.environ | settings
    printed = subprocess.run(command, env=told, stdout=subprocess.PIPE, text=True, check=True).stdout  # noqa: S603
    return printed.splitlines()[-1]


def recordings(page: Page, camera: Camera, name: str) -> None:
    page.get_by_role("link", name="Gravações", exact=True).click()
    page.get_by_role("heading", name=re.compile("gravações")).wait_for()
    camera.take(page, name)


def leave(tab: Page, camera: Camera, width: int) -> None:
    tab.get_by_test_id("end").click()
    tab.wait_for_url(re.compile("/left"))
    camera.take(tab, f"left-{width}")
    tab.goto(tab.url + '?errors=[{"key":"maxParticipantsReached","message":"x"}]')
    camera.take(tab, f"left-full-{width}")


def errors(page: Page, camera: Camera, width: int) -> None:
    page.goto(f"{TOOL}/lti/login?iss=x&login_hint=1&target_link_uri={TOOL}/")
    camera.take(page, f"error-unknown-platform-{width}")
    page.goto(f"{TOOL}/rooms/00000000-0000-4000-8000-000000000000")
    camera.take(page, f"error-session-ended-{width}")
    page.goto(f"{TOOL}/")
    camera.take(page, f"home-{width}")
    page.goto(f"{TOOL}/privacy")
    camera.take(page, f"privacy-{width}")


def guides(page: Page, camera: Camera, width: int) -> None:
    """The pages that say how an LMS is connected by hand."""
    for family in ("moodle", "canvas"):
        page.goto(f"{TOOL}/docs/setup/{family}")
        camera.take(page, f"setup-{family}-{width}")


def main(arguments: list[str]) -> int:
    """Exit 1 when the demo does not start."""
    kept = {
        "room-teacher-1280",
        "room-student-390",
        "waiting-390",
        "recordings-1280",
        "frame-moodle-1280",
        "setup-moodle-1280",
        "setup-canvas-390",
        "register-moodle-1280",
        *(f"lms-{lms}-1280" for lms in FACES),
    }
    camera = Camera(Path(arguments[0]), lambda _: True) if arguments else Camera(DOCS, kept.__contains__)
    data = Path(tempfile.mkdtemp(prefix="lti-elos-screenshots-"))
    command = [sys.executable, "-m", "lti_elos", "demo", "--port", str(PORT), "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo:  # noqa: S603 - our own command
        try:
            if demo.stdout is None or not demo.stdout.readline().startswith("Open "):
                return 1
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)

                def new_context(**more: Any) -> BrowserContext:
                    return browser.new_context(locale="pt-BR", device_scale_factor=1, **more)

                walk(new_context, camera, data)
                browser.close()
        finally:
            demo.terminate()
            demo.wait()
            shutil.rmtree(data)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
