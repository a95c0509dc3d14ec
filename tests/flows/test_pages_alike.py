"""The room page is rendered once for many: nobody is given anything of anybody else's."""

from __future__ import annotations

import re

from tests.conftest import Tool
from tests.support.browser import Browser, hidden
from tests.support.platform import Platform
from tests.support.rooms import STUDENT, TEACHER

OTHER_STUDENT = STUDENT | {"sub": "student-2", "name": "Outra Pessoa"}
OWN = r'data-token="[^"]*"|data-ask-again="[^"]*"|name="handover" value="[^"]*"'


def token(page: str) -> str:
    return str(re.findall(r'data-token="([^"]+)"', page)[0])


def test_each_page_has_its_persons_own_values_and_the_same_around_them(tool: Tool, platform: Platform) -> None:
    with Browser(tool.url, framed=True) as one, Browser(tool.url, framed=True) as other:
        room_id = one.enter_room(platform, **STUDENT)
        other.enter_room(platform, **OTHER_STUDENT)

        first, second, again = (each.open(f"/rooms/{room_id}") for each in (one, other, one))

    pages = [page.text for page in (first, second, again)]
    assert len({hidden(page, "handover") for page in (first, second, again)}) == 3
    assert len({token(page) for page in pages}) == 3
    assert all(re.fullmatch(r"[\d.]+", re.findall(r'data-ask-again="(.*?)"', page)[0]) for page in pages)
    assert not any("own-" in page for page in pages)
    assert re.sub(OWN, "", pages[0]) == re.sub(OWN, "", pages[1])


def test_a_handover_from_a_shared_page_opens_its_own_persons_room(tool: Tool, platform: Platform) -> None:
    with Browser(tool.url, framed=True) as one, Browser(tool.url, framed=True) as other:
        room_id = one.enter_room(platform, **STUDENT)
        other.enter_room(platform, **OTHER_STUDENT)
        handovers = [hidden(each.open(f"/rooms/{room_id}"), "handover") for each in (one, other)]

    sessions = []
    for handover in handovers:
        with Browser(tool.url) as tab:
            assert tab.submit(f"/rooms/{room_id}", {"handover": handover, "to": "room"}).status_code == 303
            sessions.append(tab.open(f"/rooms/{room_id}").status_code)
    assert sessions == [200, 200]


def test_standing_frame_and_language_make_pages_of_their_own(tool: Tool, platform: Platform) -> None:
    with Browser(tool.url) as student, Browser(tool.url) as teacher, Browser(tool.url, framed=True) as framed:
        room_id = student.enter_room(platform, **STUDENT)
        teacher.enter_room(platform, **TEACHER)
        framed.enter_room(platform, **OTHER_STUDENT)
        address = f"/rooms/{room_id}"

        of_student, of_teacher, in_frame = (each.open(address).text for each in (student, teacher, framed))
        in_english = student.open(f"{address}?lang=en").text

    assert "Abrir sala" in of_teacher
    assert "Abrir sala" not in of_student
    assert "handover" in in_frame
    assert "handover" not in of_student
    assert '<html lang="en"' in in_english
