"""Two processes of ``lti-elos serve`` over one database, and people who come at the very same moment."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from lti_elos.demo.lms import jose
from lti_elos.demo.serving import ThreadedServer
from lti_elos.services import platforms
from tests.conftest import Elos, add_platform
from tests.flows.test_status import ask, token_of
from tests.support.browser import Browser, code_of, hidden
from tests.support.crowds import all_at_once
from tests.support.platform import Jwks, Platform
from tests.support.rooms import STUDENT, follow, meeting_id_of, people_in, until
from tests.support.serving import Served, own_database, serving

MANY = 20
REFRESH_S = 0.2


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def twins(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, simulator_server: ThreadedServer
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("twins")
    with (
        own_database(request, request.param, folder) as database_url,
        serving(database_url, simulator_server.url, folder, processes=2, live_refresh_s=str(REFRESH_S)) as served,
    ):
        yield served
    assert "Traceback" not in served.said(), served.said()


@pytest.fixture
def platform(
    twins: Served, elos: Elos, jwks_server: tuple[Jwks, ThreadedServer], platform_key: Any, request: Any
) -> Platform:
    """A new LMS for each test: its first launch is the first of all its deployment, course, room and people."""
    jwks, server = jwks_server
    jwks.behaviour, jwks.keys = "ok", [jose.public_jwk(platform_key, kid="key-1")]
    name = request.node.name.replace("[", "-").replace("]", "")
    return add_platform(twins.tool, f"{server.url}/jwks", jwks, platform_key, client_id=name[:200])


class At(Browser):
    """A browser in front of one of the two; the LMS knows the tool by its one BASE_URL."""

    def __init__(self, twins: Served, number: int, *, framed: bool = False) -> None:
        super().__init__(twins.urls[number % 2], framed=framed)
        self.target = f"{twins.urls[0]}/lti/launch"

    def login(self, platform: Platform, **changes: str | None) -> requests.Response:
        return super().login(platform, **({"target_link_uri": self.target} | changes))

    def launch(self, platform: Platform, **changes: Any) -> requests.Response:
        return super().launch(platform, **({"target_link_uri": self.target} | changes))


def rows_more(twins: Served, before: dict[str, int]) -> dict[str, int]:
    after = twins.tool.rows()
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


def test_one_token_posted_twenty_times_at_once_lets_one_in(twins: Served, platform: Platform) -> None:
    with At(twins, 0) as browser:
        state, nonce = browser.begin(platform)
        cookies = {cookie.name: cookie.value or "" for cookie in browser.cookies}
    token = platform.sign(platform.claims(nonce=nonce, target=f"{twins.urls[0]}/lti/launch"))
    before = twins.tool.rows()

    def post(number: int) -> tuple[int, str]:
        with At(twins, number) as twin:
            twin.cookies.update(cookies)
            response = twin.post_token(state, token)
            return response.status_code, code_of(response)

    answers = sorted(all_at_once(MANY, post))

    assert answers == [(303, "")] + [(401, "LTI-REPLAYED")] * (MANY - 1)
    more = rows_more(twins, before)
    assert {more[name] for name in ("launches", "users", "rooms", "grants", "spent", "browser_sessions")} == {1}


def test_twenty_people_who_open_a_new_course_at_once_meet_in_one_room(twins: Served, platform: Platform) -> None:
    before = twins.tool.rows()
    browsers = [At(twins, number) for number in range(MANY)]
    begun = [browser.begin(platform) for browser in browsers]

    def launch(number: int) -> tuple[int, str]:
        state, nonce = begun[number]
        claims = platform.claims(nonce=nonce, target=f"{twins.urls[0]}/lti/launch", sub=f"person-{number}")
        response = browsers[number].post_token(state, platform.sign(claims))
        return response.status_code, response.headers.get("Location", "")

    answers = set(all_at_once(MANY, launch))

    assert len(answers) == 1
    assert next(iter(answers))[0] == 303
    more = rows_more(twins, before)
    assert {name: more.get(name) for name in ("deployments", "courses", "rooms", "live_rooms")} == {
        "deployments": 1,
        "courses": 1,
        "rooms": 1,
        "live_rooms": 1,
    }
    assert {more[name] for name in ("users", "launches", "grants", "spent")} == {MANY}
    for browser in browsers:
        assert browser.open(next(iter(answers))[1]).status_code == 200
        browser.close()


def test_groups_that_twenty_launches_name_at_once_in_any_order_have_one_room_each(
    twins: Served, platform: Platform
) -> None:
    """In a known course, where nothing else makes the launches wait for each other."""
    ids = ["1", "2", "3", "4", "5"]
    with At(twins, 0) as teacher:
        teacher.enter_room(platform)
    before = twins.tool.rows()

    def launch(number: int) -> int:
        turned = ids[number % 5 :] + ids[: number % 5]
        named = ",".join(turned if number % 2 else reversed(turned))
        with At(twins, number) as one:
            person = STUDENT | {"sub": f"person-{number}"}
            return one.launch(platform, **person, custom={"room_scope": "group", "group_ids": named}).status_code

    assert set(all_at_once(MANY, launch)) == {303}
    more = rows_more(twins, before)
    assert (more["rooms"], more["live_rooms"], more["launches"], more["grants"]) == (5, 5, MANY, MANY)


@pytest.mark.parametrize("later", [{"room_scope": "group", "group_ids": "1"}, {"room_scope": "course"}], ids=str)
def test_going_on_while_the_last_launch_comes_in_leaves_no_way_open(
    twins: Served, platform: Platform, later: dict[str, str]
) -> None:
    """Whichever is first: a room gone on to before a group is left ends with it, and afterwards none is opened."""
    for number in range(8):
        with At(twins, 0) as one, At(twins, 1) as two:
            _go_on_meanwhile(platform, one, two, STUDENT | {"sub": f"person-{number}"}, later)


def _go_on_meanwhile(
    platform: Platform, one: Browser, two: Browser, person: dict[str, Any], later: dict[str, str]
) -> None:
    room_id = one.enter_room(platform, **person, custom={"room_scope": "group", "group_ids": "1,2,3"})
    _, second, third = (url.partition('"')[0] for url in one.open(f"/rooms/{room_id}").text.split('<li><a href="')[1:4])

    def act(which: int) -> int:
        answer = two.launch(platform, **person, custom=later) if which else one.open(second)
        return answer.status_code

    going_on, launched = all_at_once(2, act)

    assert launched == 303
    assert one.open(second).status_code == (going_on if later["room_scope"] == "course" else 401)
    assert one.open(third).status_code == 401


def test_one_person_who_comes_twice_at_once_is_one_person(twins: Served, platform: Platform) -> None:
    before = twins.tool.rows()
    with At(twins, 0) as one, At(twins, 1) as two:
        statuses = all_at_once(2, lambda number: (one, two)[number].launch(platform).status_code)

    assert statuses == [303, 303]
    more = rows_more(twins, before)
    assert (more["users"], more["rooms"], more["launches"], more["grants"]) == (1, 1, 2, 2)


def test_two_moderators_who_enter_at_once_both_get_in(twins: Served, platform: Platform, elos: Elos) -> None:
    with At(twins, 0) as one, At(twins, 1) as two:
        room_id = one.enter_room(platform)
        assert two.enter_room(platform, sub="user-2") == room_id

        joins = all_at_once(2, lambda number: (one, two)[number].submit(f"/rooms/{room_id}/join"))

    assert [follow(join)["role"] for join in joins] == ["MODERATOR"] * 2
    assert sorted(call["key"] for call in elos.calls("create")) == ["", "duplicateWarning"]
    assert len(elos.meetings()) == 1
    assert len(people_in(elos, meeting_id_of(twins.tool, room_id))) == 2


def test_a_handover_used_in_two_tabs_at_once_opens_one(twins: Served, platform: Platform) -> None:
    with At(twins, 0, framed=True) as frame:
        room_id = frame.enter_room(platform, **STUDENT)
        fields = {"handover": hidden(frame.open(f"/rooms/{room_id}"), "handover")}

    def use(number: int) -> int:
        with At(twins, number) as tab:
            return tab.submit(f"/rooms/{room_id}", fields).status_code

    assert sorted(all_at_once(10, use)) == [303] + [403] * 9


def test_disabling_acts_in_every_running_process(twins: Served, platform: Platform) -> None:
    with At(twins, 0) as browser:
        room_id = browser.enter_room(platform)
        assert browser.open(f"/rooms/{room_id}").status_code == 200

        platforms.set_enabled(twins.tool.deps, str(platform.id), enabled=False)

        for url in twins.urls:
            browser.tool_url = url
            assert browser.open(f"/rooms/{room_id}").status_code == 401
            assert browser.login(platform).status_code == 403


def test_waiting_people_are_told_by_either_process_that_it_is_open(
    twins: Served, platform: Platform, elos: Elos
) -> None:
    with At(twins, 0) as teacher, At(twins, 1) as student:
        room_id = teacher.enter_room(platform)
        student.enter_room(platform, **STUDENT)
        follow(teacher.submit(f"/rooms/{room_id}/join"))

        def status(_number: int) -> Any:
            return requests.get(
                f"{twins.urls[1]}/rooms/{room_id}/status",
                headers={"Cookie": "; ".join(f"{one.name}={one.value}" for one in student.cookies)},
                timeout=20,
            ).json()["running"]

        with ThreadPoolExecutor(4) as pool:
            until(lambda: all(pool.map(status, range(8))))
        assert follow(student.open(f"/rooms/{room_id}/enter"))["role"] == "VIEWER"


def test_a_crowd_that_waits_at_two_processes_has_elos_asked_as_seldom_as_one_would(
    twins: Served, platform: Platform, elos: Elos
) -> None:
    with At(twins, 0) as student:
        room_id = student.enter_room(platform, **STUDENT)
        token = token_of(student.open(f"/rooms/{room_id}/wait"))
        meeting_id = meeting_id_of(twins.tool, room_id)

        def asked() -> int:
            """Other tests' rooms are watched for a while too."""
            return len([call for call in elos.calls("getMeetingInfo") if call["params"]["meetingID"] == meeting_id])

        until(lambda: asked() > 0)
        elos.send("DELETE", "calls")
        began = time.monotonic()

        def poll(number: int) -> set[int]:
            codes = set()
            while time.monotonic() < began + 2:
                codes.add(ask(twins.urls[number % 2], room_id, token).status_code)
            return codes

        assert set().union(*all_at_once(MANY, poll)) == {200}
        calls, took = asked(), time.monotonic() - began

    assert 1 <= calls <= took / REFRESH_S + 1
