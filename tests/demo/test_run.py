"""`lti-elos demo --tls`: what a newcomer with Safari starts."""

from __future__ import annotations

import re
import socket
import ssl
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
import time_machine
from cryptography import x509
from lxml import html

from lti_elos.demo.certificate import kept_certificate
from tests.support.demo import DemoProcess, children, demo_process, runs
from tests.support.rooms import until


@dataclass(frozen=True)
class Ended:
    """What a demo left behind that was told to end while clients had begun requests and not ended them."""

    data: Path
    processes: list[int]
    certificate: bytes


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    data = tmp_path_factory.mktemp("demo")
    with demo_process(data, tls=True) as demo, ExitStack() as clients:
        for _ in range(4):
            silent(clients, demo).sendall(b"GET / HTT")
        [serve] = children(demo.process.pid)
        left = Ended(data, [serve, *children(serve)], (data / "demo-certificate.pem").read_bytes())
        demo.end()
    return left


@pytest.fixture(scope="module")
def running(ended: Ended) -> Iterator[DemoProcess]:
    """The next one in the same data folder."""
    with demo_process(ended.data, "--classes", tls=True) as one:
        yield one


@pytest.fixture
def browser(running: DemoProcess) -> Iterator[requests.Session]:
    """Trusts the demo's certificate alone."""
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(running.certificate)
        session.headers.update({"Accept": "text/html", "Sec-Fetch-Dest": "document"})
        yield session


def silent(clients: ExitStack, demo: DemoProcess) -> ssl.SSLSocket:
    """A connection over which nothing was asked yet."""
    context = ssl.create_default_context(cafile=str(demo.certificate))
    plain = clients.enter_context(socket.create_connection(("127.0.0.1", demo.port), timeout=20))
    return clients.enter_context(context.wrap_socket(plain, server_hostname="localhost"))


def test_all_three_are_at_https_and_trust_one_another(running: DemoProcess, browser: requests.Session) -> None:
    """A launch on every platform has worked by then: the tool fetched the LMS's keys, and asked Elos."""
    assert running.said == f"Open {running.lms}/ (Ctrl-C ends the demo)\n"
    for address in (f"{running.tool}/readyz", f"{running.lms}/", f"{running.elos}/_sim/meetings"):
        assert address.startswith("https://")
        assert browser.get(address, timeout=20).ok


def test_browsers_are_sent_to_the_servers_whose_certificate_frames_cannot_ask_about(running: DemoProcess) -> None:
    [said] = running.stderr.read_text().splitlines()

    assert str(running.certificate) in said
    assert f"{running.tool}/ and {running.elos}/" in said


def test_a_launch_leads_into_a_room_and_its_cookies_are_secure(running: DemoProcess, browser: requests.Session) -> None:
    asked = {"course": "mat101", "as": "teacher-1", "resource": "live", "open": "window"}
    page = browser.get(f"{running.lms}/moodle/launch", params=asked, timeout=20)
    while "/rooms/" not in page.url:
        form = next(form for form in html.fromstring(page.content).forms if form.action)
        page = browser.post(str(form.action), data=dict(form.form_values()), timeout=20)

    assert page.ok
    assert re.fullmatch(rf"{re.escape(running.tool)}/rooms/[0-9a-f-]+", page.url)
    assert [cookie.secure for cookie in browser.cookies if cookie.name == "__Host-elos"] == [True]


def test_classes_play_themselves_if_asked(running: DemoProcess, browser: requests.Session) -> None:
    assert browser.get(f"{running.elos}/_sim/switches", timeout=20).json()["plays_classes"]


def test_connections_that_ask_nothing_keep_nobody_out(running: DemoProcess, browser: requests.Session) -> None:
    """Browsers open some ahead of need: here more than the tool has threads."""
    with ExitStack() as clients:
        for _ in range(40):
            silent(clients, running)

        assert browser.get(f"{running.tool}/healthz", timeout=20).ok


def test_it_ends_with_all_its_processes_whatever_clients_leave_unfinished(ended: Ended) -> None:
    assert len(ended.processes) == 3
    until(lambda: not any(runs(pid) for pid in ended.processes))


def test_the_next_one_in_the_same_folder_has_the_certificate_that_browsers_know(
    ended: Ended, running: DemoProcess
) -> None:
    assert running.certificate is not None
    assert running.certificate.read_bytes() == ended.certificate


def test_a_renewed_certificate_is_served_without_a_restart(
    running: DemoProcess, browser: requests.Session, tmp_path: Path
) -> None:
    renewed = kept_certificate(tmp_path)
    files = {running.data / one.name: one for one in (renewed.path, renewed.key)}
    before = {path: path.read_bytes() for path in files}
    for path, new in files.items():
        path.write_bytes(new.read_bytes())

    browser.verify = str(renewed.path)

    try:
        assert browser.get(f"{running.tool}/healthz", timeout=20).ok
    finally:
        for path, old in before.items():
            path.write_bytes(old)


# --- the certificate ---


def test_the_key_is_its_owners_and_the_certificate_no_authority(tmp_path: Path) -> None:
    made = kept_certificate(tmp_path)

    assert stat.S_IMODE(made.key.stat().st_mode) == 0o600
    certificate = x509.load_pem_x509_certificate(made.path.read_bytes())
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_a_certificate_is_kept_until_its_time_is_nearly_over(tmp_path: Path) -> None:
    first = kept_certificate(tmp_path).path.read_bytes()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=5)):
        assert kept_certificate(tmp_path).path.read_bytes() == first
    with time_machine.travel(datetime.now(UTC) + timedelta(days=6, hours=1)):
        assert kept_certificate(tmp_path).path.read_bytes() != first
        assert stat.S_IMODE((tmp_path / "demo-key.pem").stat().st_mode) == 0o600
