"""The meeting page, as a browser uses it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from lxml import html

from tests.demo.elos_support import LOGOUT, Elos, running_elos


@pytest.fixture(scope="module")
def server() -> Iterator[Elos]:
    with running_elos() as elos:
        yield elos


@pytest.fixture
def elos(server: Elos) -> Elos:
    server.control("DELETE", "all")
    return server


@dataclass(frozen=True)
class Tab:
    """Somebody's page."""

    address: str
    cookies: dict[str, str]

    def get(self) -> requests.Response:
        return requests.get(self.address, cookies=self.cookies, timeout=5, allow_redirects=False)

    def texts(self) -> dict[str, str]:
        """What stands in the elements with an id."""
        page = html.fromstring(self.get().text)
        return {str(one.get("id")): " ".join(one.text_content().split()) for one in page.xpath("//*[@id]")}

    def press(self, button: str) -> requests.Response:
        """Sends the form the button stands in."""
        page = html.fromstring(self.get().text)
        [form] = page.xpath(f"//form[.//button[@id='{button}']]")
        fields = {one.get("name"): one.get("value") for one in form.xpath(".//input")}
        address = urlsplit(self.address)._replace(path=str(form.get("action")), query="").geturl()
        return requests.post(address, data=fields, cookies=self.cookies, timeout=5, allow_redirects=False)

    def poll(self) -> Any:
        return requests.get(self.address.replace("/join?", "/status?"), cookies=self.cookies, timeout=5).json()

    def close(self) -> None:
        requests.post(self.address.replace("/join?", "/away?"), cookies=self.cookies, timeout=5)


def enter(elos: Elos, name: str = "Ana", meeting_id: str = "sala-1", **params: object) -> Tab:
    joined = elos.join(name, meeting_id, **params)
    return Tab(joined.headers["Location"].replace("/guestWait?", "/join?"), joined.cookies.get_dict())


def test_the_page_shows_who_i_am_and_who_is_here(elos: Elos) -> None:
    elos.create()
    tab = enter(elos)
    enter(elos, "Zé <script>", password="attend")

    texts = tab.texts()

    assert (texts["person-name"], texts["person-role"], texts["meeting-name"]) == (
        "Ana",
        "Moderator",
        "Física",
    )
    assert texts["people"] == "Ana Moderator Zé <script> Attendee"
    assert texts["recording-state"] == "This session is not recorded"
    assert {"leave", "end"} <= texts.keys()
    assert "record" not in texts
    assert "<script>" not in tab.get().text.split("</head>")[1]


def test_the_page_may_be_framed_and_runs_no_inline_script(elos: Elos) -> None:
    elos.create()

    page = enter(elos).get()

    assert "X-Frame-Options" not in page.headers
    assert "frame-ancestors" not in page.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]
    document = html.fromstring(page.text)
    assert document.xpath("//script[not(@src)] | //style | //*[@style] | //*[@onclick]") == []
    scripts = document.xpath("//script/@src")
    [style] = document.xpath("//link[@rel='stylesheet']/@href")
    assert len(scripts) == 2
    for path in (*scripts, style):
        assert requests.get(f"{elos.url}{path}", timeout=5).status_code == 200


@pytest.mark.parametrize(("locale", "role"), [("pt-br", "Participante"), ("en-us", "Attendee"), ("", "Attendee")])
def test_the_page_speaks_the_language_asked_for_at_join(elos: Elos, locale: str, role: str) -> None:
    elos.create()

    tab = enter(elos, password="attend", **{"userdata-bbb_override_default_locale": locale})

    assert tab.texts()["person-role"] == role
    assert ('lang="pt-BR"' in tab.get().text) == (locale == "pt-br")


def test_leaving_goes_to_the_logout_address(elos: Elos) -> None:
    elos.create()
    tab = enter(elos)

    assert tab.press("leave").headers["Location"] == LOGOUT

    assert elos.ask("isMeetingRunning", {"meetingID": "sala-1"})["running"] == "false"
    assert tab.get().headers["Location"] == LOGOUT


def test_leaving_a_meeting_without_a_logout_address_ends_on_a_plain_page(elos: Elos) -> None:
    elos.create(logoutURL="javascript:alert(1)")

    left = enter(elos).press("leave")

    assert left.headers["Location"] == "/html5client/left"
    assert requests.get(f"{elos.url}/html5client/left", timeout=5).status_code == 200


def test_the_end_of_the_session_sends_everybody_away(elos: Elos) -> None:
    elos.create()
    teacher, student = enter(elos), enter(elos, "Zé", password="attend")
    assert student.poll()["goto"] is None
    assert "end" not in student.texts()

    teacher.press("end")

    assert student.poll()["goto"] == LOGOUT
    assert teacher.get().headers["Location"] == LOGOUT
    assert elos.ask("getMeetingInfo", {"meetingID": "sala-1"})["messageKey"] == "notFound"


def test_a_moderator_starts_and_stops_the_recording(elos: Elos) -> None:
    elos.create(record="true")
    teacher, student = enter(elos), enter(elos, "Zé", password="attend")
    before = student.poll()["version"]
    assert teacher.texts()["record"] == "Start recording"
    assert "record" not in student.texts()

    teacher.press("record")
    elos.wait(minutes=10)

    assert student.texts()["recording-state"] == "Recording"
    assert student.poll()["version"] != before
    assert teacher.texts()["record"] == "Stop recording"
    teacher.press("record")
    elos.wait(minutes=10)
    teacher.press("end")
    elos.wait(minutes=2)
    reply = elos.ask("getRecordings", {"meetingID": "sala-1"})
    assert reply["recordings/recording/playback/format/length"] == "10"


def test_a_meeting_that_forbids_it_has_no_recording_button(elos: Elos) -> None:
    elos.create(record="true", autoStartRecording="true", allowStartStopRecording="false")

    texts = enter(elos).texts()

    assert texts["recording-state"] == "Recording"
    assert "record" not in texts


def test_a_student_cannot_end_or_record_by_hand(elos: Elos) -> None:
    elos.create(record="true")
    student = enter(elos, "Zé", password="attend")
    token = parse_qs(urlsplit(student.address).query)["sessionToken"][0]

    for action in ("end", "record", "admit"):
        requests.post(
            f"{elos.url}/html5client/{action}",
            data={"sessionToken": token, "on": "true"},
            cookies=student.cookies,
            timeout=5,
            allow_redirects=False,
        )

    [meeting] = elos.control("GET", "meetings")
    assert (meeting["running"], meeting["recording"]) == (True, False)


def test_a_closed_tab_leaves_after_a_moment_and_a_reload_stays(elos: Elos) -> None:
    elos.create()
    closed, reloaded = enter(elos, "Ana"), enter(elos, "Zé")
    closed.close()
    reloaded.close()
    reloaded.get()

    elos.wait(seconds=11)

    assert [one["name"] for one in reloaded.poll()["people"]] == ["Zé"]


def test_a_waiting_person_is_admitted_by_a_moderator(elos: Elos) -> None:
    elos.create(guestPolicy="ASK_MODERATOR")
    waiting = enter(elos, "Zé", password="attend")
    teacher = enter(elos)
    before = waiting.poll()["version"]
    assert "people" not in waiting.texts()
    assert teacher.texts()["waiting"] == "Zé"

    teacher.press("admit")

    assert waiting.poll()["version"] != before
    assert waiting.texts()["people"] == "Zé Attendee Ana Moderator"


def test_the_cookie_of_a_join_has_no_samesite_so_that_frames_of_other_sites_do_not_have_it(elos: Elos) -> None:
    elos.create()

    cookie = elos.join().headers["Set-Cookie"]

    assert re.fullmatch("JSESSIONID=[0-9A-F]{32}; HttpOnly; Path=/", cookie)


@pytest.mark.parametrize("cookies", [{}, {"JSESSIONID": "0" * 32}])
def test_a_browser_without_the_cookie_of_the_join_finds_no_session(elos: Elos, cookies: dict[str, str]) -> None:
    elos.create(record="true")
    tab = enter(elos, **{"userdata-bbb_override_default_locale": "pt-br"})
    other = Tab(tab.address, cookies)

    page = other.get()

    assert page.status_code == 403
    assert 'data-what="no_session"' in page.text
    assert "Sessão não encontrada" in page.text
    assert "Ana" not in page.text
    token = parse_qs(urlsplit(tab.address).query)["sessionToken"][0]
    for method, action in (("GET", "status"), ("POST", "away"), ("POST", "leave"), ("POST", "record"), ("POST", "end")):
        answer = requests.request(
            method,
            f"{elos.url}/html5client/{action}",
            params={"sessionToken": token, "on": "true"},
            cookies=cookies,
            timeout=5,
            allow_redirects=False,
        )
        assert answer.status_code == 403
    elos.wait(seconds=11)
    assert tab.texts()["people"] == "Ana Moderador(a)"


def test_a_meeting_may_be_created_for_browsers_without_the_cookie(elos: Elos) -> None:
    elos.create("framed", allowRequestsWithoutSession="true")
    elos.create("alone", allowRequestsWithoutSession="false")

    framed, alone = (Tab(enter(elos, meeting_id=one).address, {}) for one in ("framed", "alone"))

    assert framed.get().status_code == 200
    assert framed.poll()["goto"] is None
    assert framed.press("leave").headers["Location"] == LOGOUT
    assert alone.get().status_code == 403


def test_programs_without_cookies_may_be_let_in_by_a_switch(elos: Elos) -> None:
    elos.create()
    tab = Tab(enter(elos).address, {})

    elos.switch(requires_session=False)

    assert tab.get().status_code == 200


def test_all_tabs_of_a_browser_share_its_session(elos: Elos) -> None:
    elos.create()
    elos.create("sala-2")
    first = enter(elos)

    query: dict[str, object] = {"meetingID": "sala-2", "fullName": "Ana", "password": "moderate"}
    joined = elos.signed("join", query, cookies=first.cookies)

    second = Tab(joined.headers["Location"], joined.cookies.get_dict())
    assert second.cookies == first.cookies
    assert [one.get().status_code for one in (first, second)] == [200, 200]


def test_who_was_put_in_by_hand_has_no_browser_to_be_known_by(elos: Elos) -> None:
    elos.create()
    added = elos.control("POST", "meetings/sala-1/people", json={"name": "Bia"})

    assert Tab(f"{elos.url}/html5client/join?sessionToken={added['sessionToken']}", {}).get().status_code == 200


@pytest.mark.parametrize(
    ("locale", "labels"),
    [("pt-br", ["Câmera", "Microfone", "Compartilhar tela"]), ("en-us", ["Camera", "Microphone", "Share screen"])],
)
def test_the_page_can_try_what_its_frame_was_given(elos: Elos, locale: str, labels: list[str]) -> None:
    elos.create()
    page = html.fromstring(enter(elos, **{"userdata-bbb_override_default_locale": locale}).get().text)

    assert [one.text_content() for one in page.xpath("//button[@data-device]")] == labels
    assert page.xpath("//output/@data-testid") == ["camera", "microphone", "screen"]


def test_a_made_up_token_opens_nothing(elos: Elos) -> None:
    for path in ("join?sessionToken=none", "join", "guestWait"):
        assert requests.get(f"{elos.url}/html5client/{path}", timeout=5).status_code == 404
