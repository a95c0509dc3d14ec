"""Reports of meetings: who may send one, and what is read out of whatever comes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_elos.elos.analytics import Attendee, is_authentic, read_report

SECRET = "639259d4-9dd8-4b25-bf01-95f9567eaf4b"
NOW = datetime(2026, 11, 17, 22, 0, tzinfo=UTC)
GUIDE = Path(__file__).parents[1] / "fixtures" / "elos-guide" / "analytics.json"
OF_THE_REFERENCE = (
    "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.eyJleHAiOjQxMDI0NDQ4MDB9."
    "SU58bhXkfH5Id3QUDo5-xaG91mE3NKwxi5Zo_9ICFSHb2gY3JMd9Mh09SB8lDTSmNq5bWv2pGzpr5fNBBQkn_w"
)


# --- who may send ---


def part(value: object) -> str:
    text = json.dumps(value).encode() if not isinstance(value, bytes) else value
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def token(claims: object, *, alg: str = "HS512", secret: str = SECRET, **header: object) -> str:
    signed = f"{part({'alg': alg, 'typ': 'JWT'} | header)}.{part(claims)}"
    digest = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}.get(alg)
    mac = hmac.digest(secret.encode(), signed.encode(), getattr(hashlib, digest)) if digest else b""
    return f"{signed}.{part(mac)}"


def ends(**later: float) -> dict[str, Any]:
    return {"exp": int((NOW + timedelta(**later)).timestamp())}


def proves(authorization: str, *, kind: str = "elos", now: datetime = NOW) -> bool:
    return is_authentic(authorization, secret=SECRET, kind=kind, now=now)


def test_the_token_of_the_reference_is_good_on_its_last_day_alone() -> None:
    last = datetime.fromtimestamp(4102444800, UTC)

    assert proves(f"Bearer {OF_THE_REFERENCE}", now=last - timedelta(hours=24))
    assert not proves(f"Bearer {OF_THE_REFERENCE}")
    assert not proves(f"Bearer {OF_THE_REFERENCE}", now=last + timedelta(minutes=2))


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
@pytest.mark.parametrize("later", [{"seconds": -30}, {"seconds": 1}, {"hours": 24}, {"hours": 25}])
def test_a_token_is_good_for_a_day(scheme: str, later: dict[str, float]) -> None:
    assert proves(f"{scheme} {token(ends(**later))}")


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer ..",
        "Bearer é.é.é",
        f"Basic {token(ends(hours=1))}",
        token(ends(hours=1)),
        f"Bearer {token(ends(seconds=-90))}",
        f"Bearer {token(ends(hours=26))}",
        f"Bearer {token(ends(hours=1), secret=SECRET + 'x')}",
        f"Bearer {token(ends(hours=1), secret='')}",
        f"Bearer {token(ends(hours=1), alg='HS256')}",
        f"Bearer {token(ends(hours=1), alg='HS384')}",
        f"Bearer {token(ends(hours=1), alg='none')}",
        f"Bearer {token(ends(hours=1), alg='None')}",
        f"Bearer {token(ends(hours=1), alg='RS256')}",
        f"Bearer {token(ends(hours=1), crit=['x'])}",
        f"Bearer {token({})}",
        f"Bearer {token([])}",
        f"Bearer {token(b'{')}",
        f"Bearer {token(b'[' * 2000)}",
        f"Bearer {token({'exp': None})}",
        f"Bearer {token({'exp': True})}",
        f"Bearer {token({'exp': str(int(NOW.timestamp()) + 60)})}",
        f"Bearer {token({'exp': float('nan')})}",
        f"Bearer {token({'exp': float('inf')})}",
        f"Bearer {token(ends(hours=1))}x",
        f"Bearer {token(ends(hours=1) | {'pad': 'x' * 5000})}",
    ],
)
def test_nothing_else_is(authorization: str) -> None:
    assert not proves(authorization)
    assert not proves(authorization, kind="unheard of")


def test_hs256_is_taken_of_a_bigbluebutton_alone() -> None:
    signed = f"bearer {token(ends(hours=1), alg='HS256')}"

    assert proves(signed, kind="bbb")
    assert proves(f"Bearer {token(ends(hours=1))}", kind="bbb")
    assert not proves(signed)
    assert not proves(f"Bearer {token(ends(hours=1), alg='none')}", kind="bbb")


@given(st.text(max_size=200) | st.text("ey.JhbGciO-_=", max_size=200).map("Bearer {}".format))
def test_whatever_comes_is_refused_and_not_stumbled_over(authorization: str) -> None:
    assert not proves(authorization)


# --- what it tells ---


def body(**data: object) -> bytes:
    told = {"version": "1.0", "meeting_id": "sala-1", "internal_meeting_id": "0a1b-1795353362000", "data": data}
    return json.dumps(told).encode()


def person(**did: object) -> Attendee:
    report = read_report(body(finish="2026-11-17 12:50:00 +0000", attendees=[{"ext_user_id": "p"} | did]))
    assert report is not None
    [one] = report.people
    return one


def noon(minute: float) -> datetime:
    return datetime(2026, 11, 17, 12, tzinfo=UTC) + timedelta(minutes=minute)


def test_the_guides_own_sample() -> None:
    report = read_report(GUIDE.read_bytes())

    assert report is not None
    assert report.external_id == "f59c62e3c4f1cb74d4ce488269b080126241317666a4404f8943b72ed381b7d3"
    assert report.internal_id == "352a60fedcbc58a8675de586234db2674cdaf329-1691427974352"
    assert (report.started_at, report.finished_at, report.length) == (
        datetime(2023, 8, 7, 17, 6, 14, tzinfo=UTC),
        datetime(2023, 8, 7, 17, 33, 59, tzinfo=UTC),
        timedelta(seconds=1665),
    )
    told = json.loads(GUIDE.read_bytes())["data"]["attendees"]
    assert [one.user_id for one in report.people] == [str(one["ext_user_id"]) for one in told]
    assert [one.length.total_seconds() for one in report.people] == [one["duration"] for one in told]
    assert [one.chats for one in report.people] == [one["engagement"]["chats"] for one in told]
    first = report.people[0]
    assert (first.user_id, first.name, first.moderates, first.talks, first.talk) == (
        "45",
        told[0]["name"],
        True,
        8,
        timedelta(seconds=26),
    )
    assert (report.polls, report.recorded) == ((), False)


@pytest.mark.parametrize(
    "odd",
    [
        b"",
        b"null",
        b"7",
        b"[]",
        b"{}",
        b"{",
        b"[" * 100_000,
        b"9" * 5000,
        b"\xff\xfe",
        b'{"meeting_id": "sala-1"}',
        b'{"internal_meeting_id": "x-1"}',
        b'{"meeting_id": ["sala-1"], "internal_meeting_id": "x-1"}',
        b'{"meeting_id": "a\\u0000", "internal_meeting_id": "x-1"}',
        b'{"meeting_id": "a", "internal_meeting_id": "\\ud800"}',
        json.dumps({"meeting_id": "a", "internal_meeting_id": "x" * 201}).encode(),
    ],
)
def test_what_names_no_meeting_is_no_report(odd: bytes) -> None:
    assert read_report(odd) is None


@pytest.mark.parametrize("data", [None, 7, [], "x", {}, {"attendees": None, "polls": 7, "duration": "x"}])
def test_what_is_missing_or_odd_counts_as_nothing(data: object) -> None:
    told = {"meeting_id": "a", "internal_meeting_id": "b", "data": data}
    report = read_report(json.dumps(told).encode())

    assert report is not None
    assert (report.people, report.polls, report.length, report.recorded) == ((), (), timedelta(0), None)


def test_ids_are_text_also_where_they_came_as_numbers() -> None:
    report = read_report(body(attendees=[{"ext_user_id": 45}, {"ext_user_id": "w_a"}, {"ext_user_id": None}, {}, 7]))

    assert report is not None
    assert [one.user_id for one in report.people] == ["45", "w_a"]


def test_moments_come_in_both_spellings() -> None:
    spellings = ["2026-11-17 09:00:00 -0300", "2026-11-17T12:00:00Z", "2026-11-17T09:00:00.000-03:00"]

    assert all(person(joins=[one]).stays == ((noon(0), noon(50)),) for one in spellings)


@pytest.mark.parametrize(
    "odd",
    [
        None,
        7,
        "",
        "yesterday",
        "2026-11-17 12:00:00",
        "0001-01-01 00:00:00 +2359",
        "9999-12-31 23:59:59 -2359",
        "x" * 99,
    ],
)
def test_what_is_no_moment_is_left_out(odd: object) -> None:
    assert person(joins=[odd], duration=7) == Attendee("p", "", length=timedelta(seconds=7))


def test_who_has_more_leaves_than_joins_or_fewer_stays_as_told() -> None:
    came, went = "2026-11-17 12:00:00 +0000", "2026-11-17 12:30:00 +0000"

    assert person(joins=[came], leaves=[went, "2026-11-17 12:40:00 +0000"]).length == timedelta(minutes=30)
    assert person(joins=[came]).length == timedelta(minutes=50)
    assert person(leaves=[went], duration=60).length == timedelta(minutes=1)


def device(came: float, went: float) -> dict[str, Any]:
    return {
        "joins": [{"timestamp": f"{noon(came):%Y-%m-%d %H:%M:%S +0000}", "event": "join"}],
        "lefts": [{"timestamp": f"{noon(went):%Y-%m-%d %H:%M:%S +0000}", "event": "left"}, 7],
    }


def test_two_devices_at_once_count_once() -> None:
    one = person(sessions={"w_1": device(0, 30), "w_2": device(10, 20), "w_3": device(40, 45), "w_4": 7}, duration=9999)

    assert one.stays == ((noon(0), noon(30)), (noon(40), noon(45)))
    assert one.length == timedelta(minutes=35)


def test_a_person_who_is_named_twice_is_one() -> None:
    twice = [
        {"ext_user_id": 7, "name": "Ana", "sessions": {"w_1": device(0, 10)}, "engagement": {"chats": 2}},
        {
            "ext_user_id": "7",
            "name": "",
            "moderator": True,
            "sessions": {"w_2": device(5, 20)},
            "engagement": {"chats": 3},
        },
    ]
    report = read_report(body(attendees=twice))

    assert report is not None
    [one] = report.people
    assert (one.name, one.moderates, one.chats, one.length) == ("Ana", True, 5, timedelta(minutes=20))


@pytest.mark.parametrize(
    ("odd", "count"), [(-5, 0), (True, 0), ("9", 0), (None, 0), (2.7, 2), (float("nan"), 0), (10**30, 1_000_000)]
)
def test_counts_are_counts(odd: object, count: int) -> None:
    one = person(engagement={"chats": odd, "raisehand": odd, "talk_time": odd})

    assert (one.chats, one.hands) == (count, count)
    assert one.talk == min(timedelta(seconds=count), timedelta(days=10))


def test_polls_are_counted_and_nobodys_answer_is_kept() -> None:
    asked = [
        {
            "question": "Claro?",
            "options": ["Sim", "Não", "Sim"],
            "votes": {"w_1": "Sim", "w_2": "Sim", "w_3": "Talvez"},
        },
        {"options": ["A", "B"], "votes": {"w_1": ["A", "B"], "w_2": ["B"]}},
        {"id": "empty"},
        "odd",
    ]
    report = read_report(body(polls=asked))

    assert report is not None
    first, second = report.polls
    assert (first.question, first.options, first.others) == ("Claro?", (("Sim", 2), ("Não", 0)), 1)
    assert (second.question, second.options, second.others) == ("", (("A", 1), ("B", 2)), 0)
    assert "w_1" not in repr(report.polls)


def test_a_report_of_too_many_is_cut() -> None:
    report = read_report(
        body(
            attendees=[{"ext_user_id": number} for number in range(6000)],
            polls=[{"question": "?", "options": [str(one) for one in range(99)]}] * 300,
        )
    )

    assert report is not None
    assert (len(report.people), len(report.polls), len(report.polls[0].options)) == (5000, 200, 50)


def test_names_are_made_presentable_and_stay_out_of_logs() -> None:
    assert person(name=" Ana\n\u202eLima\x00 ").name == "Ana Lima"
    assert person(name=["Ana"]).name == ""
    assert "Ana" not in repr(person(name="Ana"))


anything: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["2026-11-17 12:00:00 +0000", "2026-11-17T12:00:00Z", "w_1"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KNOWN = (
    "ext_user_id",
    "name",
    "moderator",
    "joins",
    "leaves",
    "duration",
    "engagement",
    "sessions",
    "lefts",
    "timestamp",
)
odd_person = st.dictionaries(st.sampled_from(KNOWN), anything | st.dictionaries(st.sampled_from(KNOWN), anything))
odd_data = st.fixed_dictionaries(
    {},
    optional={
        "attendees": st.lists(odd_person | anything, max_size=4) | anything,
        "polls": st.lists(
            st.dictionaries(st.sampled_from(["options", "votes", "question"]), anything, max_size=3) | anything,
            max_size=3,
        )
        | anything,
        "start": anything,
        "finish": anything,
        "duration": anything,
        "recorded_segments": anything,
    },
)


@given(odd_data | anything)
def test_an_odd_report_is_read_as_far_as_it_goes(data: Any) -> None:
    told = {"meeting_id": "a", "internal_meeting_id": "b", "data": data}
    report = read_report(json.dumps(told).encode())

    assert report is not None
    assert len({one.user_id for one in report.people}) == len(report.people)
    for one in report.people:
        assert timedelta(0) <= one.length <= timedelta(days=10)
        assert all(since <= until for since, until in one.stays)
        assert all(0 <= count <= 1_000_000 for count in (one.talks, one.chats, one.hands, one.emojis, one.votes))


@given(anything)
def test_whatever_json_is_a_report_or_none(document: Any) -> None:
    read_report(json.dumps(document).encode())


@given(st.binary(max_size=60))
def test_whatever_bytes_are_none(raw: bytes) -> None:
    read_report(raw)
