"""A link in the course that leads to one recording: chosen in the picker, opened by a launch, copied elsewhere."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
from lxml import html

from lti_elos.db.tables import recording_shares, recordings
from tests.conftest import Elos, Tool
from tests.flows.test_deep_linking import room_row
from tests.flows.test_recordings import row_id
from tests.meta.test_tenants import recent
from tests.support.browser import Browser, ClosedFrame, code_of, hidden
from tests.support.deep_linking import answered, begin
from tests.support.platform import Platform
from tests.support.rooms import STUDENT, meeting_id_of, one_database

ELSEWHERE: dict[str, Any] = {"context": {"id": "course-2", "title": "Física"}}


@pytest.fixture
def teacher(tool: Tool) -> Browser:
    return Browser(tool.url, language="en")


def record(tool: Tool, elos: Elos, teacher: Browser, room_id: str, *names: str, **more: Any) -> dict[str, str]:
    """{name: our id}."""
    made = {}
    for number, name in enumerate(names):
        body = {"meetingID": meeting_id_of(tool, room_id), "name": name, "started_at": 1_790_000_000.0 + number * 86400}
        made[name] = elos.send("POST", "recordings", **(body | more))["recordID"]
    recent(tool, room_id)
    teacher.open(f"/rooms/{room_id}/recordings")
    return {name: row_id(tool, record_id) for name, record_id in made.items()}


def offered(page: requests.Response) -> list[str]:
    """Names of the recordings to choose from; those that are chosen with a "*"."""
    fields = html.fromstring(page.text).xpath("//input[starts-with(@value, 'recording-')]")
    return [one.getparent().xpath("string(.//bdi)") + ("*" if one.get("checked") is not None else "") for one in fields]


def landed(browser: Browser, platform: Platform, item: dict[str, Any], **claims: Any) -> str:
    """Where the link leads."""
    answer = browser.launch(platform, **({"custom": item["custom"]} | claims))
    assert answer.status_code == 303, (answer.status_code, code_of(answer))
    return str(answer.headers["Location"])


def shown(page: requests.Response) -> str:
    """The recording that stands on top."""
    found = re.search(r'id="shown-title"><bdi>(.*?)</bdi>', page.text)
    return unescape(found[1]) if found else ""


def test_a_recording_is_searched_linked_and_opened(
    tool: Tool, elos: Elos, platform: Platform, teacher: Browser, browser: Browser
) -> None:
    room_id = teacher.enter_room(platform)
    made = record(tool, elos, teacher, room_id, *(f"Aula {number}" for number in range(1, 8)), "Só docentes", "")
    with tool.deps.database.transaction() as db:
        for_teachers = UUID(made["Só docentes"])
        db.execute(recordings.update().where(recordings.c.id == for_teachers).values(audience="teachers"))
    record(tool, elos, teacher, room_id, "Rascunho", published=False)
    record(tool, elos, teacher, teacher.enter_room(platform, **ELSEWHERE), "De lá")
    path = begin(teacher, platform)

    # the newest, and those that are searched for; what was chosen stays
    first = offered(teacher.open(f"{path}?lang=en"))
    assert len(first) == 5
    assert first[0].startswith("Session of")
    assert first[1:3] == ["Aula 7", "Aula 6"]
    found = teacher.submit(path, {"q": "aula 2", "shown": "", "search": "1", "room": f"recording-{made['Aula 7']}"})
    assert (found.status_code, offered(found)) == (200, ["Aula 7*", "Aula 2"])
    entered = teacher.submit(path, {"q": "Só docentes", "shown": "aula 2", "room": f"recording-{made['Aula 2']}"})
    assert offered(entered) == ["Aula 2*"], "the Enter key searched too, and found nothing for everybody"
    for other in ("Rascunho", "De lá"):
        assert offered(teacher.submit(path, {"q": other, "shown": ""})) == []
    forged = teacher.submit(path, {"room": f"recording-{for_teachers}"})
    assert (forged.status_code, code_of(forged)) == (404, "WEB-NOT-FOUND")
    assert teacher.submit(path, {"room": "recording-x"}).status_code == 404

    # the link
    chosen = {"room": f"recording-{made['Aula 2']}", "q": "aula 2", "shown": "aula 2", "graded": "1"}
    made_links = answered(tool, platform, teacher.submit(path, chosen))
    [item] = made_links.items
    assert item["title"] == "Aula 2"
    row = room_row(tool, id=UUID(room_id))
    assert item["custom"] == {"room": row.link_key, "room_scope": "course", "recording": made["Aula 2"]}
    assert "lineItem" not in item

    # leads there
    location = landed(browser, platform, item, **STUDENT)
    assert location == f"/rooms/{room_id}/recordings?show={made['Aula 2']}"
    page = browser.open(location)
    assert shown(page) == "Aula 2"
    assert f"/recordings/{made['Aula 2']}/play" in page.text
    assert f"show={made['Aula 2']}" in page.text, "in another language it is the same recording"
    with tool.deps.database.transaction() as db:
        db.execute(recordings.update().where(recordings.c.id == UUID(made["Aula 2"])).values(audience="teachers"))
    gone = browser.open(f"{location}&lang=en")
    assert (gone.status_code, shown(gone)) == (200, "")
    assert "available to you here" in gone.text
    assert shown(teacher.open(location)) == "Aula 2"


def test_a_recording_of_a_named_room_leads_into_that_room(
    tool: Tool, elos: Elos, platform: Platform, teacher: Browser, browser: Browser
) -> None:
    [item] = answered(
        tool, platform, teacher.submit(begin(teacher, platform), {"room": "new", "name": "Plantão"})
    ).items
    room_id = teacher.enter_room(platform, custom=item["custom"])
    made = record(tool, elos, teacher, room_id, "Dúvidas")
    [link] = answered(
        tool, platform, teacher.submit(begin(teacher, platform), {"room": f"recording-{made['Dúvidas']}"})
    ).items

    assert landed(browser, platform, link, **STUDENT) == f"/rooms/{room_id}/recordings?show={made['Dúvidas']}"


def test_a_copied_link_opens_the_room_of_its_course_or_what_was_brought_along(
    tool: Tool, elos: Elos, platform: Platform, teacher: Browser, browser: Browser
) -> None:
    room_id = teacher.enter_room(platform)
    made = record(tool, elos, teacher, room_id, "Aula 1")
    [item] = answered(
        tool, platform, teacher.submit(begin(teacher, platform), {"room": f"recording-{made['Aula 1']}"})
    ).items
    other = f"/rooms/{teacher.enter_room(platform, **ELSEWHERE)}"

    told = landed(teacher, platform, item, **ELSEWHERE)
    assert told == f"{other}?note=recording-elsewhere"
    assert "a recording of another course" in teacher.open(f"{told}&lang=en").text
    assert landed(browser, platform, item, **(STUDENT | ELSEWHERE)) == other
    missing = browser.open(f"{other}/recordings?show={made['Aula 1']}")
    assert (missing.status_code, shown(missing)) == (200, "")

    share = {"course_id": room_row(tool, id=UUID(other[7:])).course_id, "recording_id": UUID(made["Aula 1"])}
    with tool.deps.database.transaction() as db:
        db.execute(recording_shares.insert().values(**share, shared_by=None, created_at=tool.deps.clock()))
    location = landed(browser, platform, item, **(STUDENT | ELSEWHERE))
    assert location == f"{other}/recordings?show={made['Aula 1']}"
    assert shown(browser.open(location)) == "Aula 1"
    assert "Aula 1" in offered(teacher.open(begin(teacher, platform, claims=ELSEWHERE)))
    [brought] = answered(
        tool,
        platform,
        teacher.submit(begin(teacher, platform, claims=ELSEWHERE), {"room": f"recording-{made['Aula 1']}"}),
    ).items
    assert landed(browser, platform, brought, **(STUDENT | ELSEWHERE)) == location


@one_database
def test_written_by_hand_it_is_a_recording_of_the_courses_room_and_nonsense_is_nothing(
    tool: Tool, elos: Elos, platform: Platform, teacher: Browser, browser: Browser
) -> None:
    room_id = teacher.enter_room(platform)
    made = record(tool, elos, teacher, room_id, "Aula 1")
    theirs = record(tool, elos, teacher, teacher.enter_room(platform, **ELSEWHERE), "De lá")

    for named, path, title in (
        (made["Aula 1"], f"/rooms/{room_id}/recordings?show={made['Aula 1']}", "Aula 1"),
        (theirs["De lá"], f"/rooms/{room_id}/recordings?show={theirs['De lá']}", ""),
        (nobodys := str(uuid4()), f"/rooms/{room_id}/recordings?show={nobodys}", ""),
        ("<script>", f"/rooms/{room_id}", ""),
    ):
        assert landed(browser, platform, {"custom": {"recording": named}}, **STUDENT) == path
        page = browser.open(path)
        assert (page.status_code, shown(page)) == (200, title)


@one_database
def test_where_no_cookie_sticks_the_recording_opens_in_a_tab(
    tool: Tool, elos: Elos, platform: Platform, teacher: Browser, browser: Browser
) -> None:
    room_id = teacher.enter_room(platform)
    made = record(tool, elos, teacher, room_id, "Aula 1")
    with ClosedFrame(tool.url) as frame:
        page, secret = frame.reach_verify(platform, **STUDENT, custom={"recording": made["Aula 1"]})
        brief = frame.go_on(page, secret=secret)
        fields = {"handover": hidden(brief, "handover"), "show": hidden(brief, "show"), "to": "recordings"}

        arrived = browser.submit(f"/rooms/{room_id}", fields)

    assert arrived.headers["Location"] == f"/rooms/{room_id}/recordings?show={made['Aula 1']}"
    assert shown(browser.open(arrived.headers["Location"])) == "Aula 1"
