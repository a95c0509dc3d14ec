"""The course's recordings over HTTP: who sees which, searching, paging, playing, and Elos asked as seldom as can be."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
import requests
from sqlalchemy import select

from lti_elos.db.tables import recordings, rooms, servers
from lti_elos.elos.signing import signed_url
from tests.conftest import ELOS_SECRET, Elos, Tool
from tests.support.browser import Browser, code_of, hidden
from tests.support.crowds import all_at_once
from tests.support.platform import Platform
from tests.support.rooms import ADMINISTRATOR, STUDENT, another_tool, ask_elos, follow, meeting_id_of

DAY = 86_400
START = 1_790_000_000.0
Seed = Callable[..., dict[str, Any]]


@pytest.fixture
def room_id(tool: Tool, platform: Platform) -> str:
    with Browser(tool.url) as anybody:
        return anybody.enter_room(platform, sub="first-comer")


@pytest.fixture
def student(platform: Platform, browser: Browser, room_id: str) -> Browser:
    assert browser.enter_room(platform, **STUDENT) == room_id
    return browser


@pytest.fixture
def teacher(tool: Tool, platform: Platform, room_id: str) -> Browser:
    one = Browser(tool.url)
    one.enter_room(platform)
    return one


@pytest.fixture
def seed(tool: Tool, elos: Elos, room_id: str) -> Seed:
    """A recording of the room at Elos, one day after the other."""
    made: list[int] = []

    def add(name: str, **more: Any) -> dict[str, Any]:
        made.append(1)
        body = {"meetingID": meeting_id_of(tool, room_id), "name": name, "started_at": START + DAY * len(made)}
        found: dict[str, Any] = elos.send("POST", "recordings", **(body | more))
        return found

    return add


def names_on(browser: Browser, room_id: str, query: str = "") -> list[str]:
    page = browser.open(f"/rooms/{room_id}/recordings{query}")
    assert page.status_code == 200
    items = page.text.split('<li class="rec">')[1:]
    return [unescape(found[1]) for item in items if (found := re.search(r"<bdi[^>]*>(.*?)</bdi>", item))]


def row_id(tool: Tool, record_id: str) -> str:
    with tool.deps.database.reading() as db:
        return str(db.execute(select(recordings.c.id).where(recordings.c.record_id == record_id)).scalar_one())


def play(browser: Browser, room_id: str, recording_id: str, kind: str = "presentation") -> Any:
    return browser.open(f"/rooms/{room_id}/recordings/{recording_id}/play?kind={kind}")


# --- who sees what ---


def test_students_see_what_is_published_and_managers_all(
    tool: Tool, platform: Platform, room_id: str, student: Browser, teacher: Browser, seed: Seed
) -> None:
    seed("Aula 1")
    seed("Rascunho", published=False)
    seed("Aula 2")

    with Browser(tool.url) as administrator:
        administrator.enter_room(platform, **ADMINISTRATOR)
        assert names_on(student, room_id) == ["Aula 2", "Aula 1"]
        assert names_on(teacher, room_id) == names_on(administrator, room_id) == ["Aula 2", "Rascunho", "Aula 1"]
    assert "Rascunho" not in student.open(f"/rooms/{room_id}").text
    assert names_on(student, room_id, "?q=Rascunho") == []
    assert "Rascunho" in teacher.open(f"/rooms/{room_id}").text


def test_another_rooms_recordings_are_not_seen(
    tool: Tool, platform: Platform, room_id: str, teacher: Browser, elos: Elos, seed: Seed
) -> None:
    other = teacher.enter_room(platform, context={"id": "course-2", "title": "Física"})
    seed("Daqui")
    elos.send("POST", "recordings", meetingID=meeting_id_of(tool, other), name="De lá", started_at=START)

    assert names_on(teacher, room_id) == ["Daqui"]
    assert names_on(teacher, other) == ["De lá"]


def test_recordings_of_an_adopted_meeting_are_the_rooms_too(
    tool: Tool, room_id: str, teacher: Browser, elos: Elos, seed: Seed
) -> None:
    with tool.deps.database.transaction() as db:
        db.execute(rooms.update().where(rooms.c.id == UUID(room_id)).values(older_meeting_ids=["old-meeting"]))
    seed("Nova")
    elos.send("POST", "recordings", meetingID="old-meeting", name="Antiga", started_at=START)

    assert names_on(teacher, room_id) == ["Nova", "Antiga"]


def test_what_is_published_deleted_or_renamed_at_elos_changes_here(
    tool: Tool, room_id: str, student: Browser, elos: Elos, seed: Seed
) -> None:
    first, second = seed("Um"), seed("Dois")
    assert names_on(student, room_id) == ["Dois", "Um"]
    kept = row_id(tool, first["recordID"])
    call_elos(tool, "deleteRecordings", recordID=second["recordID"])
    call_elos(tool, "updateRecordings", recordID=first["recordID"], meta_name="Um, de novo")

    with another_tool(tool, later=timedelta(seconds=21)) as then:
        student.tool_url = then.url
        assert names_on(student, room_id) == ["Um, de novo"]
    assert row_id(tool, first["recordID"]) == kept


def call_elos(tool: Tool, call: str, **parameters: str) -> None:
    """A signed call of another integration."""
    with tool.deps.database.reading() as db:
        base = db.execute(select(servers.c.url)).scalar_one()
    answer = requests.get(
        signed_url(base, call, list(parameters.items()), secret=ELOS_SECRET, digest="sha256"), timeout=10
    )
    assert "SUCCESS" in answer.text


# --- searching and paging ---


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("50%", ["Nota 50% final"]),
        ("%", ["Nota 50% final"]),
        ("_", ["aula_1"]),
        ("a_1", ["aula_1"]),
        ("\\", ["barra \\ invertida"]),
        ("AULA", ["aula_1", "aulaX1"]),
        ("  aula  ", ["aula_1", "aulaX1"]),
        ("'; drop table recordings; --", []),
        ("zzz", []),
        ("", ["barra \\ invertida", "aula_1", "aulaX1", "Nota 50% final"]),
        ("   ", ["barra \\ invertida", "aula_1", "aulaX1", "Nota 50% final"]),
        ("aula\x00", ["aula_1", "aulaX1"]),
        ("\x00", ["barra \\ invertida", "aula_1", "aulaX1", "Nota 50% final"]),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), []),
        ("x" * 5000, []),
    ],
)
def test_a_search_finds_what_was_typed_letter_by_letter(
    room_id: str, student: Browser, seed: Seed, query: str, expected: list[str]
) -> None:
    for name in ("Nota 50% final", "aulaX1", "aula_1", "barra \\ invertida"):
        seed(name)

    assert names_on(student, room_id, f"?q={quote(query)}") == expected


def test_a_search_does_not_mind_capitals_with_accents(room_id: str, student: Browser, seed: Seed) -> None:
    seed("Álgebra linear")

    assert names_on(student, room_id, "?q=%C3%A1lgebra") == ["Álgebra linear"]


def test_a_search_shows_its_words_as_words(room_id: str, student: Browser) -> None:
    page = student.open(f"/rooms/{room_id}/recordings?q=%3Cscript%3Ealert(1)%3C/script%3E")

    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_twenty_a_page_newest_first(room_id: str, student: Browser, seed: Seed) -> None:
    names = [f"Aula {number:02}" for number in range(1, 46)]
    for name in names:
        seed(name)
    newest_first = names[::-1]

    seen, path, pages = [], f"/rooms/{room_id}/recordings?q=aula", 0
    while path:
        text = student.open(path).text
        seen += re.findall(r"Aula \d\d(?=</bdi></a>|</bdi>)", text)
        found = re.search(r'href="([^"]+)" rel="next"', text)
        path, pages = (found.group(1).replace("&amp;", "&") if found else ""), pages + 1

    assert (pages, seen) == (3, newest_first)
    for key in ("-5", "x", "9" * 30, "9" * 18 + "-" + "0" * 32):
        assert len(names_on(student, room_id, f"?before={quote(key)}")) == 20


def test_past_the_end_of_the_list_there_is_a_way_back(room_id: str, student: Browser, seed: Seed) -> None:
    """A page that was bookmarked, and recordings that went since."""
    seed("Única")

    page = student.open(f"/rooms/{room_id}/recordings?before=1000-{'0' * 32}")

    assert (page.status_code, page.headers.get("Location")) == (303, f"/rooms/{room_id}/recordings")


# --- playing ---


def test_playing_leads_to_eloss_address_for_the_format(
    tool: Tool, room_id: str, student: Browser, elos: Elos, seed: Seed
) -> None:
    made = seed("Aula")
    names_on(student, room_id)
    recording_id = row_id(tool, made["recordID"])

    for kind in ("presentation", "video"):
        response = play(student, room_id, recording_id, kind)
        assert response.status_code == 303
        assert response.headers["Location"].startswith(f"{elos.url}/playback/{kind}/")
        assert made["recordID"] in response.headers["Location"]
    shown = student.open(f"/rooms/{room_id}/recordings").text
    assert not re.search(rf'(href|action)="{re.escape(elos.url)}', shown)
    assert f'src="{elos.url}/playback/presentation/2.3/{made["recordID"]}/thumb-1.png"' in shown


def test_playing_is_authorised_each_time(tool: Tool, room_id: str, student: Browser, elos: Elos, seed: Seed) -> None:
    made = seed("Aula")
    names_on(student, room_id)
    recording_id = row_id(tool, made["recordID"])
    assert play(student, room_id, recording_id).status_code == 303

    with Browser(tool.url) as stranger:
        assert play(stranger, room_id, recording_id).status_code == 401
    call_elos(tool, "publishRecordings", recordID=made["recordID"], publish="false")
    with another_tool(tool, later=timedelta(minutes=3)) as then:
        student.tool_url = then.url
        refused = play(student, room_id, recording_id)
    assert (refused.status_code, code_of(refused)) == (404, "WEB-NOT-FOUND")


def test_a_frame_plays_in_a_tab_by_a_posted_handover(
    tool: Tool, platform: Platform, room_id: str, elos: Elos, seed: Seed
) -> None:
    made = seed("Aula")
    with Browser(tool.url, framed=True) as frame, Browser(tool.url) as tab, Browser(tool.url) as thief:
        frame.enter_room(platform, **STUDENT)
        page = frame.open(f"/rooms/{room_id}/recordings")
        fields = {"handover": hidden(page, "handover")}
        path = f"/rooms/{room_id}/recordings/{row_id(tool, made['recordID'])}/play?kind=presentation"
        assert path.replace("&", "&amp;") in page.text

        played = tab.submit(path, fields)

        assert played.status_code == 303
        assert played.headers["Location"].startswith(f"{elos.url}/playback/presentation/")
        assert tab.open(f"/rooms/{room_id}").status_code == 200
        assert thief.submit(path, fields).status_code == 403


@pytest.mark.parametrize("may_manage", [False, True], ids=["student", "teacher"])
def test_what_is_not_the_viewers_to_play_is_not_found(
    tool: Tool,
    platform: Platform,
    room_id: str,
    student: Browser,
    teacher: Browser,
    elos: Elos,
    seed: Seed,
    may_manage: bool,
) -> None:
    viewer = teacher if may_manage else student
    other = viewer.enter_room(
        platform, **({} if may_manage else STUDENT), context={"id": "course-2", "title": "Física"}
    )
    theirs = elos.send("POST", "recordings", meetingID=meeting_id_of(tool, other), name="De lá", started_at=START)
    hidden_one = seed("Rascunho", published=False)
    names_on(viewer, other)
    names_on(viewer, room_id)
    ids = {name: row_id(tool, one["recordID"]) for name, one in (("theirs", theirs), ("hidden", hidden_one))}

    assert play(viewer, other, ids["theirs"]).status_code == 303
    for recording_id in (ids["theirs"], str(uuid4())):
        refused = play(viewer, room_id, recording_id)
        assert (refused.status_code, code_of(refused)) == (404, "WEB-NOT-FOUND")
    assert play(viewer, room_id, ids["hidden"]).status_code == (303 if may_manage else 404)
    assert play(viewer, room_id, "not-an-id").status_code == 404


def test_a_recording_in_the_making_is_shown_to_managers_and_cannot_be_played(
    tool: Tool, platform: Platform, room_id: str, teacher: Browser, student: Browser, elos: Elos
) -> None:
    token = session_token(teacher, room_id)
    press_record(elos, token)
    teacher.submit(f"/rooms/{room_id}/end")

    names = names_on(teacher, room_id)
    assert names == ["Cálculo I"]
    assert names_on(student, room_id) == []
    with tool.deps.database.reading() as db:
        row = db.execute(select(recordings)).one()
    assert row.state == "processing"
    for kind in ("presentation", ""):
        refused = play(teacher, room_id, str(row.id), kind)
        assert (refused.status_code, code_of(refused)) == (404, "ELOS-RECORDING-GONE")
    refused = play(student, room_id, str(row.id))
    assert (refused.status_code, code_of(refused)) == (404, "WEB-NOT-FOUND")

    elos.send("POST", "clock", advance_s=30)
    with another_tool(tool, later=timedelta(seconds=130)) as then:
        student.tool_url = then.url
        assert play(student, room_id, str(row.id)).status_code == 303
        not_yet = play(student, room_id, str(row.id), "video")
        assert (not_yet.status_code, code_of(not_yet)) == (404, "ELOS-RECORDING-GONE")


def session_token(teacher: Browser, room_id: str) -> str:
    join = teacher.submit(f"/rooms/{room_id}/join")
    return (
        requests.get(join.headers["Location"], timeout=10, allow_redirects=False)
        .headers["Location"]
        .partition("sessionToken=")[2]
    )


def press_record(elos: Elos, token: str) -> None:
    elos.send("POST", "switches", requires_session=False)
    response = requests.post(f"{elos.url}/html5client/record", data={"sessionToken": token, "on": "true"}, timeout=10)
    assert response.status_code < 400, response.text


# --- Elos out of reach, and asked as seldom as can be ---


def test_with_elos_down_the_list_of_before_stands_and_says_so(
    tool: Tool, room_id: str, student: Browser, elos: Elos, seed: Seed
) -> None:
    made = seed("Aula")
    assert "Elos" not in student.open(f"/rooms/{room_id}/recordings?lang=en").text
    elos.fault("html500", call="getRecordings")

    for later in (timedelta(minutes=2), timedelta(minutes=2, seconds=10)):
        with another_tool(tool, later=later) as then:
            student.tool_url = then.url
            page = student.open(f"/rooms/{room_id}/recordings?lang=en")
            assert page.status_code == 200
            assert "isn't answering" in page.text.replace("&#39;", "'")
            assert names_on(student, room_id) == ["Aula"]
            assert play(student, room_id, row_id(tool, made["recordID"])).status_code == 303
    asked = len(elos.calls("getRecordings"))

    elos.send("DELETE", "faults")
    with another_tool(tool, later=timedelta(minutes=5)) as then:
        student.tool_url = then.url
        assert "isn't answering" not in student.open(f"/rooms/{room_id}/recordings").text.replace("&#39;", "'")
    assert asked == 2


def test_with_elos_down_from_the_first_day_the_pages_stand(
    tool: Tool, room_id: str, student: Browser, elos: Elos
) -> None:
    elos.fault("html500")

    for path in ("/recordings", "", "/recordings?q=x"):
        assert student.open(f"/rooms/{room_id}{path}").status_code == 200


def test_a_class_that_comes_at_once_asks_once_also_through_two_processes(
    tool: Tool, room_id: str, student: Browser, elos: Elos, seed: Seed
) -> None:
    seed("Aula")
    elos.send("DELETE", "calls")
    cookies = {cookie.name: cookie.value or "" for cookie in student.cookies}
    with another_tool(tool) as second:

        def load(number: int) -> int:
            with Browser((tool.url, second.url)[number % 2]) as twin:
                twin.cookies.update(cookies)
                return twin.open(f"/rooms/{room_id}/recordings").status_code

        assert all_at_once(10, load) == [200] * 10

    assert len(elos.calls("getRecordings")) == 1
    assert names_on(student, room_id) == ["Aula"]


def test_a_recorded_class_becomes_a_recording(
    tool: Tool, room_id: str, teacher: Browser, student: Browser, elos: Elos
) -> None:
    press_record(elos, session_token(teacher, room_id))
    ask_elos(tool, room_id)
    follow(student.submit(f"/rooms/{room_id}/join"))
    teacher.submit(f"/rooms/{room_id}/end")
    elos.send("POST", "clock", advance_s=90)

    assert names_on(student, room_id) == ["Cálculo I"]
