"""Every row of the positive launch table (reference/lti.md 1.8), over HTTP, and Moodle's captured launches."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from lti_elos.db.tables import launches, rooms, users
from lti_elos.demo.lms import jose
from lti_elos.demo.serving import ThreadedServer
from tests.conftest import Tool, add_platform
from tests.support.browser import Browser
from tests.support.platform import LTI, MEMBERSHIP, Jwks, Platform

FIXTURES = Path(__file__).parent.parent / "fixtures" / "moodle-4.5"
SUB = "http://purl.imsglobal.org/vocab/lis/v2/membership/"
INST = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
NO_NAMES = {"name": None, "given_name": None, "family_name": None}
TEACHER, STUDENT = f"{MEMBERSHIP}Instructor", f"{MEMBERSHIP}Learner"
LONG_NAME = "Maria " + "Aparecida " * 40


def last_launch(tool: Tool) -> Any:
    with tool.deps.database.reading() as db:
        return db.execute(
            select(launches, users.c.name, rooms.c.name.label("room_name"))
            .join(users, users.c.id == launches.c.user_id)
            .join(rooms, rooms.c.id == launches.c.room_id)
            .order_by(launches.c.created_at.desc())
        ).first()


# (changes to a teacher's or student's claims, moderates, name)
ROWS: list[tuple[str, dict[str, Any], bool, str | None]] = [
    ("P1 full", {"roles": [TEACHER]}, True, "Docente Exemplo"),
    ("P10 full", {"roles": [STUDENT]}, False, "Docente Exemplo"),
    ("P2 several roles", {"roles": [STUDENT, TEACHER]}, True, "Docente Exemplo"),
    ("P11 several roles", {"roles": [STUDENT, f"{INST}Student"]}, False, "Docente Exemplo"),
    ("P3 short", {"roles": ["Instructor"]}, True, "Docente Exemplo"),
    ("P12 short", {"roles": ["Learner"]}, False, "Docente Exemplo"),
    ("P4/P13 unknown role", {"roles": ["http://example.test/roles#Chief"]}, False, "Docente Exemplo"),
    ("P5/P14 no role", {"roles": []}, False, "Docente Exemplo"),
    ("P6 e-mail only", NO_NAMES | {"email": "docente@example.test"}, True, ""),
    ("P15 e-mail only", NO_NAMES | {"email": "e@example.test", "roles": [STUDENT]}, False, ""),
    ("P7 names only", {"name": None}, True, "Docente Exemplo"),
    ("P16 names only", {"name": None, "roles": [STUDENT]}, False, "Docente Exemplo"),
    ("P8 no personal data", NO_NAMES, True, ""),
    ("P17 no personal data", NO_NAMES | {"roles": [STUDENT]}, False, ""),
    ("P9 no context", {"context": None, "email": "d@example.test"}, True, "Docente Exemplo"),
    ("P18 no context", {"context": None, "roles": [STUDENT]}, False, "Docente Exemplo"),
    ("P19 given only", {"name": None, "family_name": None}, True, "Docente"),
    ("P20 family only", {"name": None, "given_name": None}, True, "Exemplo"),
    ("P21 name only", {"given_name": None, "family_name": None}, True, "Docente Exemplo"),
    ("P22 all empty", {"name": "", "given_name": "", "family_name": "", "email": ""}, True, ""),
    ("P23 aud in a list", {"aud": ["client-1"]}, True, "Docente Exemplo"),
    ("P26 unknown claims", {"https://example.test/claim": {"a": [1]}}, True, "Docente Exemplo"),
    ("P27 odd custom", {"custom": {"n": 5, "z": None, "v": "$Foo.bar", "l": [1]}}, True, "Docente Exemplo"),
    ("P27 custom a list", {"custom": ["x"]}, True, "Docente Exemplo"),
    ("P34 context without title", {"context": {"id": "course-1"}}, True, "Docente Exemplo"),
    (
        "P35 Canvas student view",
        {"roles": [STUDENT, "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"]},
        False,
        "Docente Exemplo",
    ),
    ("P36 assistant, Canvas", {"roles": [f"{SUB}Instructor#TeachingAssistant", TEACHER]}, True, "Docente Exemplo"),
    ("P36 assistant, Sakai", {"roles": [f"{MEMBERSHIP}Instructor#TeachingAssistant"]}, True, "Docente Exemplo"),
    ("P36 assistant, short", {"roles": ["TeachingAssistant"]}, True, "Docente Exemplo"),
    ("P37 urn teacher", {"roles": ["urn:lti:role:ims/lis/Instructor"]}, True, "Docente Exemplo"),
    ("P37 urn student", {"roles": ["urn:lti:role:ims/lis/Learner"]}, False, "Docente Exemplo"),
    ("P38 institution administrator", {"roles": [f"{INST}Administrator"]}, False, "Docente Exemplo"),
    ("P39 accents and emoji", {"name": "Érica Conceição 🎓 Ñandú"}, True, "Érica Conceição 🎓 Ñandú"),
    ("P39 right to left", {"name": "مثال طالب"}, True, "مثال طالب"),
    ("P39 bidi override stripped", {"name": "Ana \u202eevil\u202c"}, True, "Ana evil"),
    ("P39 300 characters", {"name": LONG_NAME}, True, LONG_NAME[:250].strip()),
    ("P39 control characters", {"name": "Ana\x00\x07\nLima"}, True, "Ana Lima"),
    ("P40 no presentation", {"launch_presentation": None}, True, "Docente Exemplo"),
    ("P41 window", {"launch_presentation": {"document_target": "window"}}, True, "Docente Exemplo"),
    ("P44 sub of 255", {"sub": "s" * 255}, True, "Docente Exemplo"),
    ("odd types in optional claims", {"launch_presentation": "x", "tool_platform": [], "context": 5}, True, None),
]


@pytest.mark.parametrize(("changes", "moderates", "name"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_good_launch_is_let_in(
    tool: Tool, platform: Platform, browser: Browser, changes: dict[str, Any], moderates: bool, name: str | None
) -> None:
    room_id = browser.enter_room(platform, **changes)

    launch = last_launch(tool)
    assert launch.moderates is moderates
    assert name is None or launch.name == name
    page = browser.open(f"/rooms/{room_id}")
    assert page.status_code == 200
    assert ("Abrir sala" in page.text) is moderates


def test_p24_times_may_be_floats(platform: Platform, browser: Browser) -> None:
    now = time.time()

    assert browser.launch(platform, iat=now, exp=now + 60.5).status_code == 303


@pytest.mark.parametrize("skew", [-30, 30])
def test_p25_a_clock_may_be_half_a_minute_off(platform: Platform, browser: Browser, skew: int) -> None:
    now = int(time.time()) + skew

    assert browser.launch(platform, iat=now, exp=now + 1).status_code == 303


def test_p28_the_login_may_come_by_get(tool: Tool, platform: Platform, browser: Browser) -> None:
    fields = {
        "iss": platform.issuer,
        "login_hint": "h",
        "target_link_uri": f"{tool.url}/anything?x=1",
        "client_id": platform.client_id,
    }

    response = browser.get(f"{tool.url}/lti/login", params=fields, allow_redirects=False)

    assert response.status_code == 302
    assert response.headers["Location"].startswith("http://127.0.0.1:9/auth?scope=openid&response_type=id_token")


def test_p29_p30_the_login_may_come_without_client_id_and_message_hint(platform: Platform, browser: Browser) -> None:
    response = browser.login(platform, client_id=None, lti_message_hint=None, lti_deployment_id=None)

    assert response.status_code == 302
    assert "lti_message_hint" not in response.headers["Location"]


def test_p31_a_key_may_leave_alg_and_use_out(platform: Platform, browser: Browser) -> None:
    for key in platform.jwks.keys:
        key.pop("alg", None)
        key.pop("use", None)

    assert browser.launch(platform).status_code == 303


def test_p32_a_new_key_is_fetched_while_the_cache_is_warm(platform: Platform, browser: Browser, other_key: Any) -> None:
    assert browser.launch(platform).status_code == 303
    platform.jwks.keys.append(jose.public_jwk(other_key, kid="key-2"))
    platform.key, platform.kid = other_key, "key-2"

    assert browser.launch(platform).status_code == 303
    assert platform.jwks.fetches == 2


def test_p33_an_issuer_may_have_a_path(
    tool: Tool, browser: Browser, jwks_server: tuple[Jwks, ThreadedServer], platform_key: Any, platform: Platform
) -> None:
    jwks, server = jwks_server
    moodle = add_platform(
        tool, server.url, jwks, platform_key, issuer="http://school.example.test/moodle", client_id="m-1"
    )

    assert browser.launch(moodle).status_code == 303


def test_p42_two_tabs_may_launch_at_once(platform: Platform, browser: Browser) -> None:
    first_state, first_nonce = browser.begin(platform)
    second_state, second_nonce = browser.begin(platform)
    target = f"{browser.tool_url}/lti/launch"

    second = browser.post_token(second_state, platform.sign(platform.claims(nonce=second_nonce, target=target)))
    first = browser.post_token(first_state, platform.sign(platform.claims(nonce=first_nonce, target=target)))

    assert (first.status_code, second.status_code) == (303, 303)


def test_a_thousand_launches_fetch_the_keys_once(platform: Platform, browser: Browser) -> None:
    for _ in range(20):
        assert browser.launch(platform).status_code == 303

    assert platform.jwks.fetches == 1


def test_the_binding_cookie_goes_after_the_launch(platform: Platform, browser: Browser) -> None:
    browser.launch(platform)

    assert [cookie.name for cookie in browser.cookies] == ["__Host-elos"]


def test_cookies_are_partitioned_secure_and_out_of_reach_of_scripts(platform: Platform, browser: Browser) -> None:
    cookies = [browser.login(platform).headers["Set-Cookie"], browser.launch(platform).headers["Set-Cookie"]]

    for cookie in cookies:
        for part in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"):
            assert part in cookie
        assert "Domain" not in cookie


# --- one room an identity -------------------------------------------------------------------------------------------


def test_people_of_a_course_meet_in_one_room_whatever_link_they_came_by(platform: Platform, tool: Tool) -> None:
    with Browser(tool.url) as one, Browser(tool.url) as two:
        first = one.enter_room(platform)
        second = two.enter_room(platform, sub="user-2", resource_link={"id": "link-2"})

    assert first == second


def test_another_course_another_deployment_and_another_platform_have_rooms_of_their_own(
    platform: Platform, browser: Browser, tool: Tool, jwks_server: tuple[Jwks, ThreadedServer], platform_key: Any
) -> None:
    jwks, server = jwks_server
    elsewhere = add_platform(tool, server.url, jwks, platform_key, issuer="http://two.example.test")
    found = [browser.enter_room(platform), browser.enter_room(platform, context={"id": "course-2", "title": "II"})]
    platform.deployment_id = "deployment-2"
    found += [browser.enter_room(platform), browser.enter_room(elsewhere)]

    assert len(set(found)) == 4


@pytest.mark.parametrize("asked", ["resource", "course", "nonsense", "$Undefined"])
def test_the_custom_parameter_chooses_the_scope(platform: Platform, browser: Browser, asked: str) -> None:
    links = [{"id": "link-1", "title": "Um"}, {"id": "link-2", "title": "Dois"}]

    found = {browser.enter_room(platform, resource_link=link, custom={"room_scope": asked}) for link in links}

    assert len(found) == (2 if asked == "resource" else 1)


def test_without_context_each_link_has_its_room(platform: Platform, browser: Browser) -> None:
    found = {browser.enter_room(platform, context=None, resource_link={"id": link}) for link in ("link-1", "link-2")}

    assert len(found) == 2


def test_a_room_is_called_like_its_course_and_follows_its_new_name(platform: Platform, browser: Browser) -> None:
    room_id = browser.enter_room(platform)
    assert "Cálculo I" in browser.open(f"/rooms/{room_id}").text

    browser.enter_room(platform, context={"id": "course-1", "title": "Cálculo Avançado"})

    assert "Cálculo Avançado" in browser.open(f"/rooms/{room_id}").text


# --- Moodle's own launches ------------------------------------------------------------------------------------------

CAPTURED = sorted(FIXTURES.glob("launch-*.claims.json"))


@pytest.mark.parametrize("path", CAPTURED, ids=lambda path: path.name.removesuffix(".claims.json"))
def test_a_captured_moodle_launch_is_let_in(
    tool: Tool,
    browser: Browser,
    jwks_server: tuple[Jwks, ThreadedServer],
    platform_key: Any,
    platform: Platform,
    path: Path,
) -> None:
    jwks, server = jwks_server
    captured = json.loads(path.read_text())
    moodle = add_platform(
        tool,
        server.url,
        jwks,
        platform_key,
        issuer=captured["iss"],
        client_id=captured["aud"],
        deployment_id=captured[f"{LTI}deployment_id"],
    )
    login = json.loads((FIXTURES / "login-request.form.json").read_text())
    state, nonce = browser.begin(moodle, lti_message_hint=login["lti_message_hint"], login_hint=login["login_hint"])
    now = int(time.time())
    captured |= {"nonce": nonce, "iat": now, "exp": now + 60, f"{LTI}target_link_uri": f"{tool.url}/launch"}

    response = browser.post_token(state, moodle.sign(captured))

    assert response.status_code == 303
    launch = last_launch(tool)
    assert launch.moderates is ("student" not in path.name)
    assert (launch.name == "") is ("no-names" in path.name)
    assert launch.lms_name == "Moodle"
    assert launch.room_name == "Fake Course One"


def test_twenty_posts_of_one_token_at_once_let_one_in(platform: Platform, browser: Browser) -> None:
    state, nonce = browser.begin(platform)
    token = platform.sign(platform.claims(nonce=nonce, target=f"{browser.tool_url}/lti/launch"))
    cookies = {cookie.name: cookie.value or "" for cookie in browser.cookies}

    def post(_number: int) -> int:
        with Browser(browser.tool_url) as twin:
            twin.cookies.update(cookies)
            return twin.post_token(state, token).status_code

    with ThreadPoolExecutor(20) as pool:
        statuses = sorted(pool.map(post, range(20)))

    assert statuses == [303] + [401] * 19
