"""What the client asks, and what it makes of well-formed answers."""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qsl, urlsplit

import pytest

from lti_elos import __version__, errors
from lti_elos.elos.breaker import Breaker
from lti_elos.elos.client import ElosClient, ElosServer
from lti_elos.elos.options import JoinOptions
from lti_elos.errors import ElosError, ElosReply, ElosSecret, ElosUnreachable
from tests.elos.support import (
    ATTENDEE_PASSWORD,
    CREATED,
    MODERATOR_PASSWORD,
    SECRET,
    Wire,
    client_of,
    create_options,
    failed,
    http,
    success,
)

MEETING = (
    "<meetingName>Aula</meetingName><meetingID>sala-1</meetingID><internalMeetingID>0a1b-15</internalMeetingID>"
    "<running>true</running><participantCount>2</participantCount>"
)


# --- what goes out ---


def test_a_call_is_signed_over_the_bytes_it_sends(wire: Wire, client: ElosClient) -> None:
    wire.always(success(CREATED))

    client.create(create_options())

    path, _, query = wire.asked[0].target.partition("?")
    signed, _, given = query.partition("&checksum=")
    assert path == "/bigbluebutton/api/create"
    assert given == hashlib.sha256(f"create{signed}{SECRET}".encode()).hexdigest()
    assert wire.asked[0].params["name"] == "Física & d'Água, (50%) *~!"


def test_a_call_says_who_calls_and_carries_no_cookies(wire: Wire, client: ElosClient) -> None:
    wire.always(
        http(
            b"<response><returncode>SUCCESS</returncode></response>",
            "200 OK",
            "Set-Cookie: JSESSIONID=1; Path=/",
            "Set-Cookie: lb=2; Domain=127.0.0.1",
        )
    )

    client.meetings()
    client.meetings()

    headers = wire.asked[1].headers
    assert headers["user-agent"] == f"lti-elos/{__version__}"
    assert "cookie" not in headers


def test_proxies_and_netrc_of_the_environment_are_not_used(
    wire: Wire, client: ElosClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")

    client.meetings()

    assert "authorization" not in wire.asked[0].headers


def test_our_calls_go_to_the_internal_address_and_browsers_to_the_public_one(wire: Wire) -> None:
    public = "https://elos.example/bigbluebutton/api"
    server = ElosServer(name="s", url=public, internal_url=wire.url, secret=SECRET, digest="sha512")
    client = ElosClient(server, breaker=Breaker())

    client.meetings()
    url = client.join_url(
        JoinOptions(meeting_id="sala-1", full_name="Ana", password=ATTENDEE_PASSWORD, role="VIEWER", user_id="u1")
    )

    assert wire.calls == ["getMeetings"]
    assert url.startswith(f"{public}/join?")
    query = dict(parse_qsl(urlsplit(url).query))
    assert query["fullName"] == "Ana"
    assert len(query["checksum"]) == 128


def test_the_secret_is_not_shown(client: ElosClient) -> None:
    server = ElosServer(name="s", url="https://elos.example/bigbluebutton/api", internal_url=None, secret=SECRET)

    assert SECRET not in repr(server) + repr(client)


# --- calls ---


def test_create_tells_what_was_made(wire: Wire, client: ElosClient) -> None:
    wire.always(success(CREATED))

    made = client.create(create_options())

    assert (made.internal_id, made.create_time_ms) == ("0a1b-1529954869512", 1529954870092)
    assert not made.already_existed


def test_create_twice_is_a_success_too(wire: Wire, client: ElosClient) -> None:
    wire.always(success(CREATED.replace("<messageKey/>", "<messageKey>duplicateWarning</messageKey>")))

    assert client.create(create_options()).already_existed


def test_a_success_that_made_nothing_is_an_unexpected_answer(wire: Wire, client: ElosClient) -> None:
    with pytest.raises(ElosReply, match="internalMeetingID") as refused:
        client.create(create_options())

    assert (refused.value.call, refused.value.server) == ("create", "teste")


def test_a_running_meeting_is_described(wire: Wire, client: ElosClient) -> None:
    wire.always(success(MEETING))

    info = client.meeting_info("sala-1")

    assert info is not None
    assert (info.participants, info.running) == (2, True)
    assert wire.asked[0].params["meetingID"] == "sala-1"


@pytest.mark.parametrize("form", ["flat", "list", "attributes"])
@pytest.mark.parametrize("status", ["200 OK", "404 Not Found"])
def test_a_meeting_that_is_not_there_is_none(wire: Wire, client: ElosClient, form: str, status: str) -> None:
    wire.always(failed("notFound", form=form, status=status))

    assert client.meeting_info("sala-1") is None


def test_a_meeting_without_its_ids_is_an_unexpected_answer(wire: Wire, client: ElosClient) -> None:
    with pytest.raises(ElosReply, match="without its ids"):
        client.meeting_info("sala-1")


def test_meetings_are_listed_without_broken_ones(wire: Wire, client: ElosClient) -> None:
    wire.always(success(f"<meetings><meeting/><meeting>{MEETING}</meeting></meetings>"))

    assert [one.meeting_id for one in client.meetings()] == ["sala-1"]


@pytest.mark.parametrize(
    "answer",
    [
        success("<meetings/>"),
        success("<meetings/><messageKey>noMeetings</messageKey>"),
        failed("noMeetings"),
        failed("noMeetings", form="list", status="404 Not Found"),
        success(),
    ],
)
def test_no_meetings_is_an_empty_list(wire: Wire, client: ElosClient, answer: bytes) -> None:
    wire.always(answer)

    assert client.meetings() == []


def test_running_is_told(wire: Wire, client: ElosClient) -> None:
    wire.in_turn(success("<running>true</running>"), success("<running>false</running>"), success())

    assert [client.is_running("sala-1") for _ in range(3)] == [True, False, False]


def test_end_is_sent_with_the_password(wire: Wire, client: ElosClient) -> None:
    wire.always(success("<messageKey>sentEndMeetingRequest</messageKey>"))

    client.end("sala-1", MODERATOR_PASSWORD)

    assert wire.calls == ["end"]
    assert wire.asked[0].params["password"] == MODERATOR_PASSWORD


@pytest.mark.parametrize("key", ["notFound", "invalidMeetingIdentifier", "meetingForciblyEnded"])
def test_a_meeting_that_does_not_run_is_ended_already(wire: Wire, client: ElosClient, key: str) -> None:
    wire.always(failed(key))

    client.end("sala-1", MODERATOR_PASSWORD)


def test_end_with_the_wrong_password_is_refused(wire: Wire, client: ElosClient) -> None:
    wire.always(failed("invalidPassword"))

    with pytest.raises(ElosReply) as refused:
        client.end("sala-1", MODERATOR_PASSWORD)

    assert refused.value.key == "invalidPassword"


# --- refusals ---


@pytest.mark.parametrize("form", ["flat", "list", "attributes"])
@pytest.mark.parametrize("status", ["200 OK", "401 Unauthorized", "500 Internal Server Error"])
@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("checksumError", errors.ElosSecret),
        ("simultaneousMeetingsLimitReachedForSecret", errors.ElosSessionsLimit),
        ("maxParticipantsReached", errors.ElosRoomFull),
        ("meetingForciblyEnded", errors.ElosEnded),
        ("guestDeniedAccess", errors.ElosDenied),
        ("idNotUnique", errors.ElosIdTaken),
        ("notFound", errors.ElosNotOpen),
        ("internalError", errors.ElosUnreachable),
        ("validationError", errors.ElosReply),
    ],
)
def test_a_refusal_has_its_error_whatever_its_form_and_status(
    wire: Wire, client: ElosClient, form: str, status: str, key: str, kind: type[ElosError]
) -> None:
    wire.always(failed(key, form=form, status=status))

    with pytest.raises(ElosError) as refused:
        client.create(create_options())

    assert type(refused.value) is kind
    assert (refused.value.key, refused.value.call, refused.value.server) == (key, "create", "teste")
    assert "Text of no account" in refused.value.detail


def test_a_refusal_is_not_asked_about_again(wire: Wire, client: ElosClient) -> None:
    wire.always(failed("internalError"))

    with pytest.raises(ElosUnreachable):
        client.meetings()

    assert len(wire.asked) == 1


def test_a_refusal_without_a_key_is_an_unexpected_answer(wire: Wire, client: ElosClient) -> None:
    wire.always(http(b"<response><returncode>FAILED</returncode></response>"))

    with pytest.raises(ElosReply):
        client.is_running("sala-1")


def test_a_server_that_quotes_what_it_was_sent_does_not_get_it_into_our_log(wire: Wire, client: ElosClient) -> None:
    quoting = f"bad: secret={SECRET} attendeePW={ATTENDEE_PASSWORD} short=sh0rt checksum={'0f' * 32}\x7f"
    wire.always(failed("validationError", quoting))

    with pytest.raises(ElosReply) as refused:
        client.create(create_options(moderator_password="sh0rt"))

    for hidden in (SECRET, ATTENDEE_PASSWORD, "sh0rt", "0f0f", "\x7f"):
        assert hidden not in repr(refused.value) + refused.value.detail
    assert "bad: secret=***" in refused.value.detail


def test_a_long_refusal_is_cut(wire: Wire, client: ElosClient) -> None:
    wire.always(failed("k" * 5000, "m " * 5000))

    with pytest.raises(ElosReply) as refused:
        client.meetings()

    assert len(refused.value.key) == 80
    assert len(refused.value.detail) < 400


# --- probe ---


def test_a_probe_asks_unsigned_for_the_version_and_signed_whether_the_secret_is_right(
    wire: Wire, client: ElosClient
) -> None:
    wire.answer = lambda asked: success("<version>2.0</version><apiVersion>3.0</apiVersion>" if not asked.call else "")

    reply = client.probe()

    assert reply.version == "3.0"
    assert [one.target.partition("checksum=")[0] for one in wire.asked] == [
        "/bigbluebutton/api/",
        "/bigbluebutton/api/getMeetings?",
    ]


def test_a_probe_finds_a_wrong_secret(wire: Wire, client: ElosClient) -> None:
    wire.answer = lambda asked: failed("checksumError") if asked.call else success("<version>1.0.0</version>")

    with pytest.raises(ElosSecret):
        client.probe()


def test_a_probe_needs_no_version(wire: Wire, client: ElosClient) -> None:
    wire.answer = lambda asked: success() if asked.call else failed("unsupportedRequest")

    assert client.probe().version == ""


def test_a_probe_of_something_else_finds_no_api(wire: Wire, client: ElosClient) -> None:
    wire.always(http(b"<html><body/></html>", kind="text/html"))

    with pytest.raises(ElosReply, match="HTTP 200, the answer is not a <response>"):
        client.probe()


# --- hooks for tests and metrics ---


def test_the_guard_is_asked_before_each_call_and_may_forbid_it(wire: Wire) -> None:
    def forbid() -> None:
        raise RuntimeError("inside a transaction")

    client = client_of(wire.url, guard=forbid)

    with pytest.raises(RuntimeError, match="inside a transaction"):
        client.meetings()
    client.join_url(
        JoinOptions(meeting_id="sala-1", full_name="Ana", password=ATTENDEE_PASSWORD, role="VIEWER", user_id="u1")
    )

    assert wire.asked == []


def test_each_call_is_observed_with_its_outcome(wire: Wire) -> None:
    seen: list[tuple[str, str, str]] = []

    def observe(call: str, server: str, outcome: str, seconds: float) -> None:
        assert 0 <= seconds < 30
        seen.append((call, server, outcome))

    client = client_of(wire.url, observe=observe)
    wire.in_turn(success(), failed("notFound"), failed("noMeetings"), failed("checksumError"))

    client.is_running("sala-1")
    client.meeting_info("sala-1")
    client.meetings()
    with pytest.raises(ElosSecret):
        client.meetings()

    assert seen == [
        ("isMeetingRunning", "teste", "ok"),
        ("getMeetingInfo", "teste", "ELOS-NOT-OPEN"),
        ("getMeetings", "teste", "ok"),
        ("getMeetings", "teste", "ELOS-SECRET"),
    ]
