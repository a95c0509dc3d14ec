"""A whole journey through ``serve``, logging all it can: no name, secret or token in its logs, nor in any address.

Some addresses carry by protocol what no other may, and are looked at apart: the authentication request to the platform
(state, nonce, hints: LTI 1.3 core, 5.1.1.2), the signed join to Elos (name, password, checksum: elos-api 3.2) and a
protected playback there (token: 4.4) are redirects of one browser, not kept; a link to a recording is made to be sent
on. None is logged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
import requests
from sqlalchemy import create_engine, select, text

from lti_elos.db.tables import meetings, recordings, rooms
from lti_elos.db.tables import platforms as platform_table
from lti_elos.demo.lms import jose
from lti_elos.demo.serving import ThreadedServer
from lti_elos.services import platforms
from tests.conftest import ELOS_SECRET, SECRET_KEY, Elos, add_platform
from tests.support.browser import Browser, ClosedFrame, code_of, hidden
from tests.support.deep_linking import asks
from tests.support.deliveries import INTERNAL
from tests.support.platform import MEMBERSHIP, Jwks, Platform
from tests.support.reports import Reporter, attendee, bearer
from tests.support.rooms import follow, until
from tests.support.serving import Served, own_database, serving

TEACHER = {
    "sub": "sub-of-the-teacher-91c4",
    "name": "Hermenegilda Quaresma",
    "given_name": "Hermenegilda",
    "family_name": "Quaresma",
    "email": "hermenegilda@example.test",
}
STUDENT = {
    "sub": "sub-of-the-student-17e0",
    "name": "Zebedeu Itaparica",
    "given_name": "Zebedeu",
    "family_name": "Itaparica",
    "email": "zebedeu@example.test",
    "roles": [f"{MEMBERSHIP}Learner"],
}


NAMELESS = {
    "sub": "sub-of-the-nameless-6e2d",
    "name": None,
    "given_name": None,
    "family_name": None,
    "roles": [f"{MEMBERSHIP}Learner"],
}
TYPED = "Anacleta Digitada"
RECORDING = "Aula de Hermenegilda Quaresma"


class Traveller(Browser):
    """Remembers every address it was at or was sent to."""

    def __init__(self, tool_url: str, addresses: list[str], **more: Any) -> None:
        super().__init__(tool_url, **more)
        self.addresses = addresses

    def send(self, request: requests.PreparedRequest, **more: Any) -> requests.Response:
        response = super().send(request, **more)
        self.addresses += [str(request.url), response.headers.get("Location", "")]
        return response


class Journey:
    """What was seen on the way."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.codes: set[str] = set()
        self.secrets: dict[str, str] = {}
        self.log = ""

    def secret(self, name: str, value: str) -> str:
        assert len(value) >= 6, name
        self.secrets[name] = value
        return value


@pytest.fixture(scope="module")
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, simulator_server: ThreadedServer
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("journey")
    with (
        own_database(request, "sqlite", folder) as database_url,
        serving(database_url, simulator_server.url, folder, log_level="debug", live_refresh_s="0.1") as running,
    ):
        yield running


@pytest.fixture(scope="module")
def journey(
    served: Served, simulator_server: ThreadedServer, jwks_server: tuple[Jwks, ThreadedServer], platform_key: Any
) -> Journey:
    requests.delete(f"{simulator_server.url}/_sim/all", timeout=10).raise_for_status()
    jwks, server = jwks_server
    jwks.behaviour, jwks.keys = "ok", [jose.public_jwk(platform_key, kid="key-1")]
    platform = add_platform(served.tool, f"{server.url}/jwks", jwks, platform_key)
    seen = Journey()
    elos = Elos(simulator_server.url)
    travel(served, platform, elos, seen)
    seen.log = served.said()
    return seen


def begin(browser: Browser, platform: Platform, seen: Journey, who: str, **changes: str | None) -> tuple[str, str]:
    state, nonce = browser.begin(platform, login_hint=f"login-hint-of-{who}", **changes)
    seen.secret(f"state of {who}", state)
    seen.secret(f"nonce of {who}", nonce)
    seen.secret(
        f"binding of {who}", next(one.value or "" for one in browser.cookies if re.search("lti-[0-9a-f]{8}$", one.name))
    )
    return state, nonce


def launch(browser: Browser, platform: Platform, seen: Journey, who: str, **claims: Any) -> requests.Response:
    state, nonce = begin(browser, platform, seen, who)
    token = platform.sign(platform.claims(nonce=nonce, target=f"{browser.tool_url}/lti/launch", **claims))
    seen.secret(f"id_token of {who}", token)
    response = browser.post_token(state, token)
    for cookie in browser.cookies:
        if cookie.name == "__Host-elos":
            seen.secret(f"session of {who}", cookie.value or "")
    return response


def travel(served: Served, platform: Platform, elos: Elos, seen: Journey) -> None:
    url = served.urls[0]
    with (
        Traveller(url, seen.addresses, framed=True) as frame,
        Traveller(url, seen.addresses) as tab,
        Traveller(url, seen.addresses) as student,
        Traveller(url, seen.addresses) as stranger,
    ):
        # the good way
        room = launch(frame, platform, seen, "teacher", **TEACHER).headers["Location"]
        page = frame.open(room)
        handover = seen.secret("handover", hidden(page, "handover"))
        seen.secret("status token", page.text.partition('data-token="')[2].partition('"')[0])
        assert launch(student, platform, seen, "student", **STUDENT).headers["Location"] == room
        assert student.submit(f"{room}/join").headers["Location"] == f"{room}/wait"
        assert "Zebedeu" in student.open(f"{room}/wait").text
        student.open(f"{room}/status", headers={"X-Status-Token": seen.secrets["status token"]})
        with Traveller(url, seen.addresses) as nameless:
            launch(nameless, platform, seen, "nameless", **NAMELESS)
            asked = nameless.submit(f"{room}/join").headers["Location"]
            assert nameless.submit(asked, {"name": TYPED * 9}).status_code == 422
            assert nameless.submit(asked, {"name": TYPED}).headers["Location"] == f"{room}/wait"
            assert TYPED in nameless.open(room).text
        joined = follow(tab.submit(f"{room}/join", {"handover": handover}))
        seen.secret("checksum", joined["checksum"])
        with served.tool.deps.database.reading() as db:
            row = db.execute(select(rooms)).one()
        for purpose in ("attendee", "moderator"):
            sealed = getattr(row, f"{purpose}_password_sealed")
            seen.secret(f"{purpose}'s password", served.tool.deps.vault.open(f"{purpose}-password", sealed))
        elos.send("POST", "recordings", meetingID=row.meeting_id, name="Aula", started_at=1_790_000_000.0)
        with served.tool.deps.database.transaction() as db:
            db.execute(rooms.update().values(recordings_synced_at=None))
        until(lambda: student.open(f"{room}/status").json()["enter"] is not None)
        seen.secret("student's checksum", follow(student.open(f"{room}/enter"))["checksum"])
        assert student.open(f"{room}/recordings?q=aula").status_code == 200
        with served.tool.deps.database.reading() as db:
            recording_id = db.execute(select(recordings.c.id)).scalar_one()
        assert student.open(f"{room}/recordings/{recording_id}/play?kind=video").status_code == 303
        assert (
            tab.submit(f"{room}/recordings/{recording_id}/play?kind=video", {"handover": handover}).status_code == 303
        )
        watch_with_proof(served, elos, seen, f"{room}/recordings/{recording_id}", tab, student, stranger)
        changes = f"{room}/recordings/changes"
        for do in ("teachers", "course", "unpublish", "delete", "restore", "publish"):
            noted = tab.submit(changes, {"do": do, "id": str(recording_id)}).headers["Location"]
            assert tab.open(noted).status_code == 200
        edited = {"name": RECORDING, "description": "Zebedeu Itaparica"}
        assert (
            RECORDING in tab.open(tab.submit(f"{room}/recordings/{recording_id}/edit", edited).headers["Location"]).text
        )
        assert "Hermenegilda" in tab.open(f"{room}/recordings/log").text
        errors = json.dumps([{"key": "meetingForciblyEnded", "message": "Zebedeu Itaparica left"}])
        student.get(f"{url}{room}/left?errors={quote(errors)}")
        seen.addresses.pop(-2)  # written by Elos, in its own words
        assert tab.submit(f"{room}/end").status_code == 303
        reporter = Reporter(served.tool, str(row.id))
        seen.secret("callback key", reporter.key)
        token = seen.secret("report's token", bearer())
        assert reporter.send(attendee("w_1", name="Zebedeu Itaparica"), authorization=token).status_code == 200
        assert reporter.send(authorization="Bearer x").status_code == 401
        assert reporter.post(b"Zebedeu Itaparica").status_code == 400
        with served.tool.deps.database.reading() as db:
            session_id = db.execute(select(meetings.c.id).where(meetings.c.internal_id == INTERNAL)).scalar_one()
        for ending in ("", ".csv"):
            assert "Zebedeu" in tab.open(f"{room}/sessions/{session_id}{ending}").text
        wrong_ways(served, platform, elos, seen, room, frame, tab, student, stranger)


def watch_with_proof(
    served: Served, elos: Elos, seen: Journey, recording: str, teacher: Browser, student: Browser, stranger: Browser
) -> None:
    """With a token for the person, and by a link."""
    elos.send("POST", "switches", protection="token")
    with served.tool.deps.database.transaction() as db:
        db.execute(text("update servers set playback_token = 'required'"))
    where = student.open(f"{recording}/play").headers["Location"]
    seen.secret("playback token", parse_qs(urlsplit(where).query)["token"][0])
    assert teacher.submit(f"{recording}/links", {"days": ""}).status_code == 303
    link = re.search(r'value="[^"]*(/r/[^"]+)"', teacher.open(f"{recording}/audience").text)
    assert link
    seen.secret("code of a link", link[1].removeprefix("/r/"))
    assert stranger.open(link[1]).status_code == 200
    assert "token=" in stranger.submit(link[1]).headers["Location"]
    elos.send("POST", "switches", protection="none")
    with served.tool.deps.database.transaction() as db:
        db.execute(text("update servers set playback_token = 'off'"))


def wrong_ways(
    served: Served,
    platform: Platform,
    elos: Elos,
    seen: Journey,
    room: str,
    frame: Browser,
    tab: Browser,
    student: Browser,
    stranger: Browser,
) -> None:
    handover = seen.secrets["handover"]

    def refused(response: requests.Response, code: str) -> None:
        assert code_of(response) == code, (response.status_code, code_of(response))
        seen.codes.add(code)

    refused(stranger.open(room), "WEB-SESSION-ENDED")
    refused(stranger.submit(room, {"handover": handover}), "WEB-FORM-STALE")
    refused(student.submit(f"{room}/end"), "WEB-NOT-ALLOWED")
    with Traveller(tab.tool_url, seen.addresses, framed=True) as other:
        launch(other, platform, seen, "other student", **(STUDENT | {"sub": "sub-of-another-55aa"}))
        fields = {"handover": seen.secret("other handover", hidden(other.open(room), "handover"))}
    refused(student.submit(room, fields), "WEB-OTHER-PERSON")
    refused(student.open("/no/such/page"), "WEB-NOT-FOUND")

    refused(launch(stranger, platform, seen, "unsigned", **TEACHER, aud="another-client"), "LTI-MISMATCH")
    refused(launch(stranger, platform, seen, "without roles", **(TEACHER | {"roles": None})), "LTI-INCOMPLETE")
    state, _ = begin(stranger, platform, seen, "wrong nonce")
    token = platform.sign(platform.claims(nonce="nonce-of-somebody-else", target=f"{stranger.tool_url}/", **TEACHER))
    refused(stranger.post_token(state, seen.secret("id_token, wrong nonce", token)), "LTI-MISMATCH")
    refused(stranger.post_token(state, token[:-40] + "A" * 40), "LTI-SIGNATURE")
    refused(stranger.post_token("not-a-state-of-ours", token), "LTI-MISMATCH")
    description = "Zebedeu Itaparica <zebedeu@example.test> is not enrolled"
    form = {"state": state, "error": "access_denied", "error_description": description}
    refused(stranger.post(f"{stranger.tool_url}/lti/launch", form, allow_redirects=False), "LTI-PLATFORM-ERROR")
    with Traveller(tab.tool_url, seen.addresses) as elsewhere:
        refused(
            elsewhere.post_token(seen.secrets["state of student"], seen.secrets["id_token of student"]), "LTI-REPLAYED"
        )
        refused(elsewhere.post_token(state, seen.secrets["id_token of student"]), "LTI-MISMATCH")
    with Traveller(tab.tool_url, seen.addresses) as cookieless:
        state, nonce = begin(cookieless, platform, seen, "cookieless")
        cookieless.cookies.clear()
        token = platform.sign(platform.claims(nonce=nonce, target=f"{tab.tool_url}/", **TEACHER))
        refused(cookieless.post_token(state, seen.secret("id_token, cookieless", token)), "LTI-UNPROVEN")
    with ClosedFrame(tab.tool_url) as by_storage:
        page, secret = by_storage.reach_verify(platform, **TEACHER)
        seen.secret("checked launch", hidden(page, "launch"))
        refused(by_storage.go_on(page, secret=seen.secret("wrong secret of a storage", secret[::-1])), "LTI-UNPROVEN")
        brief = by_storage.go_on(page, secret=seen.secret("secret of a storage", secret))
        seen.secret("handover of a storage", hidden(brief, "handover"))
        choose(by_storage, platform, seen)
    refused(stranger.post(f"{tab.tool_url}/lti/login", {"iss": platform.issuer}), "LTI-INCOMPLETE")

    elos.fault("checksumError", call="create", times=1)
    refused(tab.submit(f"{room}/join"), "ELOS-SECRET")
    for kind, code in (
        ("html500", "ELOS-UNREACHABLE"),
        ("malformed", "ELOS-REPLY"),
        ("limit_secret", "ELOS-SESSIONS-LIMIT"),
    ):
        elos.send("DELETE", "faults")
        elos.fault(kind, call="create")
        refused(tab.submit(f"{room}/join"), code)
    elos.send("DELETE", "faults")
    with served.tool.deps.database.transaction() as db:
        db.execute(text("update servers set url = 'http://127.0.0.1:9/bigbluebutton/api'"))
    refused(tab.submit(f"{room}/join"), "ELOS-UNREACHABLE")

    broken_inside(served, platform, seen, stranger, refused)
    platforms.set_enabled(served.tool.deps, str(platform.id), enabled=False)
    refused(tab.open(room), "WEB-SESSION-ENDED")


def choose(frame: ClosedFrame, platform: Platform, seen: Journey) -> None:
    """Content for the course, whose answer goes to an address with a secret of the LMS's."""
    where = f"{platform.issuer}/return?sesskey={seen.secret('key of the return address', 'sesskey-5b1d9')}"
    data = seen.secret("data of the LMS", "data-to-be-echoed-77")
    page, secret = frame.reach_verify(platform, **(TEACHER | asks(deep_link_return_url=where, data=data)))
    picker = frame.go_on(page, secret=secret)
    path = picker.text.partition('action="')[2].partition('"')[0]
    key = seen.secret("key of a selection", hidden(picker, "key"))
    made = frame.submit(path, {"room": "course", "key": key})
    seen.secret("answer to the LMS", hidden(made, "JWT"))


def broken_inside(served: Served, platform: Platform, seen: Journey, stranger: Browser, refused: Any) -> None:
    """A fault of ours in the middle of a launch: its traceback goes to the log."""
    engine = create_engine(served.tool.deps.database.engine.url)
    with engine.begin() as db:
        db.execute(text("create trigger broken before insert on users begin select raise(abort, 'broken'); end"))
    refused(launch(stranger, platform, seen, "unlucky", **(TEACHER | {"sub": "sub-of-the-unlucky-3b3b"})), "WEB-FAULT")
    with engine.begin() as db:
        db.execute(text("drop trigger broken"))
    engine.dispose()
    with served.tool.deps.database.reading() as db:
        assert db.execute(select(platform_table.c.id)).scalars().all() == [platform.id]


# --- what must not be found ---

PEOPLE = {
    f"{who}'s {claim}": str(claims[claim])
    for who, claims in (("teacher", TEACHER), ("student", STUDENT))
    for claim in ("sub", "name", "given_name", "family_name", "email")
}
ALWAYS = PEOPLE | {
    "the nameless one's sub": str(NAMELESS["sub"]),
    "a typed name": "anacleta",
    "another sub": "sub-of-another-55aa",
    "unlucky sub": "sub-of-the-unlucky-3b3b",
    "the shared secret": ELOS_SECRET,
    "our key": SECRET_KEY,
    "any JWT": "eyJ",
    "a hint": "login-hint-of",
    "the message hint": "message-1",
    "somebody else's nonce": "nonce-of-somebody-else",
}


def found_in(haystack: str, secrets: dict[str, str]) -> list[str]:
    plain = unquote(haystack).lower()
    return [name for name, value in secrets.items() if value.lower() in plain or value.lower() in haystack.lower()]


def test_the_logs_hold_no_person_and_no_secret(journey: Journey) -> None:
    assert found_in(journey.log, ALWAYS | journey.secrets) == []


def test_no_address_holds_a_person_or_a_secret(journey: Journey) -> None:
    own = [one for one in journey.addresses if one and not by_protocol(one)]

    assert len(own) > 40
    assert found_in("\n".join(own), ALWAYS | journey.secrets) == []


def by_protocol(address: str) -> bool:
    """The addresses that must carry such things, and where they lead."""
    path = urlsplit(address).path
    return address.startswith("http://127.0.0.1:9/auth?") or (
        path == "/bigbluebutton/api/join" or path.startswith(("/playback/", "/r/"))
    )


def test_the_addresses_that_carry_more_carry_no_more_than_they_must(journey: Journey) -> None:
    carried = [one for one in journey.addresses if by_protocol(one)]
    logins = [one for one in carried if "/auth?" in one]
    joins = [one for one in carried if "/join?" in one]
    to_watch = [one for one in carried if "/r/" in one or "/playback/" in one]

    assert logins
    assert joins
    assert any("token=" in one for one in to_watch)
    assert found_in("\n".join(to_watch), PEOPLE) == []
    for address in logins:
        assert parse_qs(urlsplit(address).query).keys() <= {
            "scope",
            "response_type",
            "response_mode",
            "prompt",
            "client_id",
            "redirect_uri",
            "login_hint",
            "lti_message_hint",
            "state",
            "nonce",
        }
        assert found_in(address, PEOPLE) == []
    for address in joins:
        kept = {name: value for name, value in ALWAYS.items() if not name.endswith(("name",))}
        assert found_in(address, kept) == []
        assert not re.search(r"sub-of", address)


def test_the_journey_was_logged(journey: Journey) -> None:
    """Else nothing above would prove anything."""
    lines = [json.loads(line) for line in journey.log.splitlines()]
    events = {line.get("event") for line in lines}
    codes = {line.get("code") for line in lines}

    assert {"request", "meeting opened", "meeting ended", "recording played", "request refused", "unhandled"} <= events
    assert journey.codes <= codes
    assert {line["path"].split("/")[-1] for line in lines if "path" in line} >= {
        "login",
        "launch",
        "join",
        "status",
        "left",
    }
    assert any("exception" in line for line in lines)
    assert not [line for line in lines if "?" in line.get("path", "")]


def test_stdout_and_files_of_the_data_folder_hold_no_secret_in_the_clear(served: Served, journey: Journey) -> None:
    """The database holds names and subs, and where reports go: it must. Never what opens a door."""
    folder: Path = served.stderr[0].parent
    secrets = {
        name: value
        for name, value in (ALWAYS | journey.secrets).items()
        if name not in PEOPLE and "sub" not in name and name != "callback key"
    }
    read = [path.read_bytes() for path in folder.iterdir() if ".sqlite3" in path.name]

    assert read
    for content in read:
        assert [name for name, value in secrets.items() if value.encode() in content] == []
