"""The client and the Elos simulator, two readings of one documentation, over HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import requests

from lti_elos import errors
from lti_elos.elos.addresses import normalise_base
from lti_elos.elos.breaker import Breaker
from lti_elos.elos.client import ElosClient, ElosServer
from lti_elos.elos.options import CreateOptions, JoinOptions
from lti_elos.elos.replies import MeetingInfo
from lti_elos.errors import ElosError
from tests.demo.elos_support import NOON, SECRET, Elos, running_elos
from tests.elos.support import listed

ATTENDEE, MODERATOR = "a" * 40, "b" * 40
NAME = 'Física & d\'Água, (50%) *~! <b>"ção"</b> 終 🎓'


@pytest.fixture
def elos() -> Iterator[Elos]:
    with running_elos(speed=1) as running:
        yield running


@pytest.fixture
def client(elos: Elos) -> ElosClient:
    return client_of(elos)


@pytest.fixture
def meeting_id() -> str:
    return str(uuid4())


def client_of(elos: Elos, *, secret: str = SECRET, digest: str = "sha256", **more: Any) -> ElosClient:
    server = ElosServer("sim", normalise_base(elos.url), internal_url=None, secret=secret, digest=digest)
    return ElosClient(server, breaker=Breaker(), **more)


def create_options(meeting_id: str, **changes: Any) -> CreateOptions:
    given: dict[str, Any] = {
        "meeting_id": meeting_id,
        "name": NAME,
        "attendee_password": ATTENDEE,
        "moderator_password": MODERATOR,
        "logout_url": "https://tool.example/rooms/1/left?lang=pt",
        "metadata": {"bbb-origin": "LTI", "bbb-context-title": "Cálculo I – 2026/2"},
    }
    return CreateOptions(**(given | changes))


def join_options(
    meeting_id: str, *, role: Literal["MODERATOR", "VIEWER"] = "VIEWER", name: str = "Ana", **more: Any
) -> JoinOptions:
    password = MODERATOR if role == "MODERATOR" else ATTENDEE
    return JoinOptions(meeting_id=meeting_id, full_name=name, password=password, role=role, user_id=f"u-{name}", **more)


def follow(url: str) -> str:
    """Where a browser is sent by a join URL, which is fetched as it stands in our redirect."""
    answer = requests.get(url, timeout=5, allow_redirects=False)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def seen(client: ElosClient, meeting_id: str) -> MeetingInfo:
    info = client.meeting_info(meeting_id)
    assert info is not None
    return info


# --- a meeting's life ---


def test_a_meeting_is_created_once_and_found_again(client: ElosClient, meeting_id: str) -> None:
    first = client.create(create_options(meeting_id))
    again = client.create(create_options(meeting_id))

    assert (first.meeting_id, first.already_existed, again.already_existed) == (meeting_id, False, True)
    assert again.internal_id == first.internal_id
    assert first.created_at == NOON
    assert first.create_time_ms == int(NOON.timestamp() * 1000)


def test_what_was_asked_arrives_letter_by_letter(client: ElosClient, meeting_id: str) -> None:
    client.create(create_options(meeting_id))

    info = seen(client, meeting_id)

    assert info.name == NAME
    assert info.metadata == {"bbb-origin": "LTI", "bbb-context-title": "Cálculo I – 2026/2"}
    assert (info.recording, info.running, info.participants) == (True, False, 0)
    assert (info.created_at, info.ended_at) == (NOON, None)


@pytest.mark.parametrize("name", ["", "A", "x" * 2000, "終" * 300, "🎓" * 300, "a\x00\r\nb\ud83d\uffff", "--"])
def test_any_name_makes_a_meeting(client: ElosClient, meeting_id: str, name: str) -> None:
    client.create(create_options(meeting_id, name=name, metadata={"bbb-context-title": name * 3}))

    assert 2 <= len(seen(client, meeting_id).name) <= 256


@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha384", "sha512"])
def test_all_digests_are_understood(elos: Elos, digest: str) -> None:
    assert client_of(elos, digest=digest).meetings() == []


def test_people_join_with_their_names_roles_and_language(client: ElosClient, elos: Elos, meeting_id: str) -> None:
    made = client.create(create_options(meeting_id))

    for options in (
        join_options(meeting_id, role="MODERATOR", name="Ana d'Ávila", create_time_ms=made.create_time_ms),
        join_options(meeting_id, name="Rui", locale="pt-br", userdata={"bbb_skip_check_audio": "true"}),
    ):
        assert follow(client.join_url(options)).startswith(f"{elos.url}/html5client/join?sessionToken=")

    info = seen(client, meeting_id)
    assert [(one.full_name, one.user_id, one.is_moderator) for one in info.attendees] == [
        ("Ana d'Ávila", "u-Ana d'Ávila", True),
        ("Rui", "u-Rui", False),
    ]
    assert (info.participants, info.moderators, info.running) == (2, 1, True)
    assert client.is_running(meeting_id)
    rui = elos.control("GET", "meetings")[0]["users"][1]
    assert rui["userdata"] == {"bbb_override_default_locale": "pt-br", "bbb_skip_check_audio": "true"}


def test_an_old_link_does_not_open_a_later_run(client: ElosClient, elos: Elos, meeting_id: str) -> None:
    made = client.create(create_options(meeting_id))
    url = client.join_url(join_options(meeting_id, create_time_ms=made.create_time_ms))
    client.end(meeting_id, MODERATOR)
    elos.wait(minutes=6)
    again = client.create(create_options(meeting_id))

    refused = follow(url)

    assert again.internal_id != made.internal_id
    assert refused.startswith("https://tool.example/rooms/1/left?lang=pt&errors=")
    assert "mismatchCreateTimeParam" in parse_qs(urlsplit(refused).query)["errors"][0]


def test_a_meeting_ends_and_ending_it_again_is_no_trouble(client: ElosClient, meeting_id: str) -> None:
    client.create(create_options(meeting_id))

    client.end(meeting_id, MODERATOR)
    client.end(meeting_id, MODERATOR)

    assert client.meeting_info(meeting_id) is None
    assert not client.is_running(meeting_id)
    assert client.meetings() == []


def test_ending_may_take_a_moment(client: ElosClient, elos: Elos, meeting_id: str) -> None:
    elos.switch(end_delay_s=5)
    client.create(create_options(meeting_id))

    client.end(meeting_id, MODERATOR)

    assert client.meeting_info(meeting_id) is not None
    elos.wait(seconds=6)
    assert client.meeting_info(meeting_id) is None


def test_meetings_of_the_secret_are_listed(client: ElosClient) -> None:
    ids = {str(uuid4()) for _ in range(3)}
    for one in ids:
        client.create(create_options(one))

    assert {one.meeting_id for one in client.meetings()} == ids


@pytest.mark.parametrize("form", ["flat", "list", "attributes"])
@pytest.mark.parametrize("real_statuses", [False, True])
def test_what_is_not_there_is_told_in_any_form(
    client: ElosClient, elos: Elos, meeting_id: str, form: str, real_statuses: bool
) -> None:
    elos.switch(error_form=form, real_statuses=real_statuses, empty_lists_fail=True)

    assert client.meeting_info(meeting_id) is None
    assert client.meetings() == []
    assert listed(client, [meeting_id]) == []
    client.end(meeting_id, MODERATOR)
    with pytest.raises(errors.ElosSecret):
        client_of(elos, secret="wrong").meetings()


# --- refusals ---


def test_a_wrong_secret_is_found_by_the_probe(elos: Elos, client: ElosClient) -> None:
    assert client.probe().version == "1.0.0"

    with pytest.raises(errors.ElosSecret):
        client_of(elos, secret="wrong").probe()


def test_other_passwords_are_another_integration_s_meeting(client: ElosClient, meeting_id: str) -> None:
    client.create(create_options(meeting_id))

    with pytest.raises(errors.ElosIdTaken):
        client.create(create_options(meeting_id, moderator_password="c" * 40))


@pytest.mark.parametrize("whose", ["secret", "institution"])
def test_the_plan_s_limit_is_told(client: ElosClient, elos: Elos, meeting_id: str, whose: str) -> None:
    elos.switch(max_meetings=0, limit_of=whose)

    with pytest.raises(errors.ElosSessionsLimit):
        client.create(create_options(meeting_id))


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("internalError", errors.ElosUnreachable),
        ("room_full", errors.ElosRoomFull),
        ("ended", errors.ElosEnded),
        ("denied", errors.ElosDenied),
        ("html500", errors.ElosUnreachable),
        ("html200", errors.ElosReply),
        ("malformed", errors.ElosReply),
        ("empty", errors.ElosReply),
        ("doctype", errors.ElosReply),
        ("entity_bomb", errors.ElosReply),
        ("huge", errors.ElosReply),
        ("hang", errors.ElosUnreachable),
        ("slow_drip", errors.ElosUnreachable),
    ],
)
def test_trouble_has_its_error_and_is_over_in_time(
    elos: Elos, meeting_id: str, fault: str, kind: type[ElosError]
) -> None:
    client = client_of(elos, read_timeout_s=3.0 if fault == "huge" else 0.5)
    elos.control("POST", "faults", json={"call": "create", "kind": fault, "times": 1})
    started = time.monotonic()

    with pytest.raises(kind) as refused:
        client.create(create_options(meeting_id))

    assert type(refused.value) is kind
    assert time.monotonic() - started < 10
    called = [one["call"] for one in elos.control("GET", "calls")]
    assert called == ["create"]  # not twice, and no entity was fetched
    assert client.create(create_options(meeting_id)).internal_id


def test_an_outage_is_asked_about_three_times_and_then_left_alone(elos: Elos, client: ElosClient) -> None:
    elos.control("POST", "faults", json={"kind": "html500"})

    for _ in range(5):
        with pytest.raises(errors.ElosUnreachable):
            client.meetings()

    assert len(elos.control("GET", "calls")) == 3


# --- recordings ---


def seed(elos: Elos, meeting_id: str, number: int = 0, **more: object) -> str:
    body = {"meetingID": meeting_id, "name": f"Aula {number}", "started_at": NOON.timestamp() - 86_400 + number * 60}
    made: dict[str, str] = elos.control("POST", "recordings", json=body | more)
    return made["recordID"]


def test_a_recorded_meeting_appears_as_it_is_processed(client: ElosClient, elos: Elos, meeting_id: str) -> None:
    made = client.create(create_options(meeting_id, auto_start_recording=True))
    follow(client.join_url(join_options(meeting_id, role="MODERATOR")))
    elos.wait(minutes=10)
    client.end(meeting_id, MODERATOR)

    assert listed(client, [meeting_id]) == []
    [processing] = listed(client, [meeting_id], states=["processing", "published"])
    assert (processing.record_id, processing.state, processing.formats) == (made.internal_id, "processing", ())

    elos.wait(minutes=2)
    [done] = listed(client, [meeting_id])
    assert (done.name, done.state, done.published) == (NAME, "published", True)
    assert sorted(one.kind for one in done.formats) == ["presentation", "video"]
    assert all(one.url.startswith(elos.url) for one in done.formats)
    assert done.length == timedelta(minutes=10)
    assert (done.started_at, done.participants) == (NOON, 1)


@pytest.mark.parametrize("paging", ["nextPage", "nextpage", "totalElements"])
@pytest.mark.parametrize("broken", [False, True])
def test_long_lists_are_read_to_their_end_newest_first(
    client: ElosClient, elos: Elos, meeting_id: str, paging: str, broken: bool
) -> None:
    elos.switch(paging=paging, broken_recording=broken)
    ids = [seed(elos, meeting_id, number) for number in range(230)]

    found = listed(client, [meeting_id])

    assert [one.record_id for one in found] == list(reversed(ids))


def test_recordings_of_others_are_not_seen(client: ElosClient, elos: Elos, meeting_id: str) -> None:
    mine, older = seed(elos, meeting_id, 2), seed(elos, "antiga-sala", 1)
    seed(elos, "outra-sala", 3)

    assert [one.record_id for one in listed(client, [meeting_id, "antiga-sala"])] == [mine, older]
    assert listed(client, []) == []


def test_recordings_of_many_rooms_are_found(client: ElosClient, elos: Elos) -> None:
    rooms = [str(uuid4()) for _ in range(90)]
    for number, room in enumerate(rooms):
        seed(elos, room, number)

    assert {one.meeting_id for one in listed(client, rooms)} == set(rooms)
    assert len(elos.control("GET", "calls?call=getRecordings")) == 3


def test_title_description_and_state_are_read(client: ElosClient, elos: Elos, meeting_id: str) -> None:
    metadata = {"name": "Revisão", "bbb-recording-name": "x", "bbb-recording-description": "Para a prova"}
    seed(elos, meeting_id, published=False, metadata=metadata)

    [found] = listed(client, [meeting_id])

    assert (found.name, found.description) == ("Revisão", "Para a prova")
    assert (found.state, found.published) == ("unpublished", False)
    assert found.started_at == datetime(2026, 3, 1, 15, 0, tzinfo=UTC)
