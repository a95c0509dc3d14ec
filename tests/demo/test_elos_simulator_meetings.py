"""Creating, asking after and ending meetings."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.demo.elos_support import NOON, Elos, flat, items, running_elos

NOON_MS = int(NOON.timestamp() * 1000)


@pytest.fixture(scope="module")
def server() -> Iterator[Elos]:
    with running_elos() as elos:
        yield elos


@pytest.fixture
def elos(server: Elos) -> Elos:
    server.control("DELETE", "all")
    return server


def test_create_tells_all_that_the_real_one_tells(elos: Elos) -> None:
    made = elos.create("mymeeting")

    assert list(made) == [
        "returncode",
        "meetingID",
        "internalMeetingID",
        "parentMeetingID",
        "attendeePW",
        "moderatorPW",
        "createTime",
        "voiceBridge",
        "dialNumber",
        "createDate",
        "hasUserJoined",
        "duration",
        "hasBeenForciblyEnded",
        "messageKey",
        "message",
    ]
    assert made["createTime"] == str(NOON_MS)
    # sha1("mymeeting"), as in Elos's own example.
    assert made["internalMeetingID"] == f"364366f1ca5940e99c149adbf046370ce8da625c-{NOON_MS}"
    assert made["createDate"] == "Mon Mar 02 15:00:00 UTC 2026"
    assert made["messageKey"] == ""


def test_passwords_are_made_up_when_none_are_sent(elos: Elos) -> None:
    made = elos.ask("create", {"meetingID": "sala-1", "name": "Aula"})

    assert re.fullmatch("[a-z0-9]{8}", made["attendeePW"])
    assert re.fullmatch("[a-z0-9]{8}", made["moderatorPW"])
    assert made["attendeePW"] != made["moderatorPW"]


def test_creating_again_gives_the_same_meeting_and_changes_nothing(elos: Elos) -> None:
    first = elos.create()
    elos.wait(seconds=5)

    again = elos.create(name="Another name", record="true")

    assert again["messageKey"] == "duplicateWarning"
    assert again["internalMeetingID"] == first["internalMeetingID"]
    info = elos.ask("getMeetingInfo", {"meetingID": "sala-1"})
    assert (info["meetingName"], info["recording"]) == ("Física", "false")


def test_creating_again_without_passwords_is_the_same_meeting(elos: Elos) -> None:
    elos.create()

    again = elos.ask("create", {"meetingID": "sala-1", "name": "Física"})

    assert (again["returncode"], again["messageKey"]) == ("SUCCESS", "duplicateWarning")
    assert again["moderatorPW"] == "moderate"


@pytest.mark.parametrize("which", ["attendeePW", "moderatorPW"])
def test_another_password_is_a_conflict(elos: Elos, which: str) -> None:
    elos.create()

    assert elos.create(**{which: "different"})["messageKey"] == "idNotUnique"


@pytest.mark.parametrize(
    ("params", "key"),
    [
        ({"meetingID": ""}, "missingParamMeetingID"),
        ({"meetingID": "a"}, "validationError"),
        ({"meetingID": "a" * 257}, "validationError"),
        ({"meetingID": "a,b"}, "validationError"),
        ({"meetingID": "sala 1"}, "invalidFormat"),
        ({"meetingID": "salão"}, "invalidFormat"),
        ({"name": ""}, "missingParamName"),
        ({"name": "x"}, "validationError"),
        ({"name": "x" * 257}, "validationError"),
        ({"attendeePW": "x"}, "validationError"),
        ({"moderatorPW": "x" * 65}, "validationError"),
        ({"attendeePW": "same", "moderatorPW": "same"}, "validationError"),
        ({"record": "True"}, "validationError"),
        ({"muteOnStart": "1"}, "validationError"),
        ({"maxParticipants": "many"}, "validationError"),
        ({"duration": "-1"}, "validationError"),
        ({"duration": "9" * 12}, "validationError"),
    ],
)
def test_parameters_out_of_bounds_are_refused(elos: Elos, params: dict[str, str], key: str) -> None:
    reply = elos.create(**{"meeting_id": "sala-1", **_renamed(params)})

    assert (reply["returncode"], reply["messageKey"]) == ("FAILED", key)
    assert elos.control("GET", "meetings") == []


def test_parameters_at_their_bounds_are_accepted(elos: Elos) -> None:
    made = elos.create("ab", name="x" * 256, attendeePW="y" * 64, moderatorPW="zz")

    assert made["returncode"] == "SUCCESS"


def test_control_characters_and_outer_blanks_are_dropped(elos: Elos) -> None:
    elos.create(name="  Fí\x00si\r\nca\t ")

    assert elos.ask("getMeetingInfo", {"meetingID": "sala-1"})["meetingName"] == "Física"


def test_metadata_names_with_an_underscore_vanish_and_others_are_lower_cased(elos: Elos) -> None:
    elos.create(
        **{
            "meta_bbb-origin": "LTI",
            "meta_endCallbackUrl": "https://tool.test/end",
            "meta_bbb-resource_link_id": "lost",
            "meta_1st": "lost",
            "meta_bbb-empty": "",
        }
    )

    info = elos.signed("getMeetingInfo", {"meetingID": "sala-1"})

    assert items(info, "metadata") == [{"bbb-origin": "LTI", "endcallbackurl": "https://tool.test/end"}]


def test_documents_sent_along_are_noted(elos: Elos) -> None:
    body = """<modules><module name="presentation">
        <document url="https://tool.test/x?sig=1" filename="aula 1.pdf"/>
        <document name="slides.pdf">QUJD</document>
        <document url="https://tool.test/files/notes.pdf"/></module></modules>"""
    params = {"meetingID": "sala-1", "name": "Aula"}

    made = elos.ask("create", dict(params), method="POST", data=body, headers={"Content-Type": "application/xml"})

    assert made["returncode"] == "SUCCESS"
    [meeting] = elos.control("GET", "meetings")
    assert meeting["documents"] == ["aula 1.pdf", "slides.pdf", "notes.pdf"]


def test_a_post_of_an_unknown_content_type_is_refused(elos: Elos) -> None:
    reply = elos.ask(
        "create",
        {"meetingID": "sala-1", "name": "Aula"},
        method="POST",
        data="{}",
        headers={"Content-Type": "application/json"},
    )

    assert reply["messageKey"] == "unsupportedContentType"


@pytest.mark.parametrize("whose", ["Secret", "Institution"])
def test_the_plan_limits_how_many_meetings_there_are(elos: Elos, whose: str) -> None:
    elos.switch(max_meetings=1, limit_of=whose.lower())
    elos.create("sala-1")

    refused = elos.create("sala-2")

    assert refused["messageKey"] == f"simultaneousMeetingsLimitReachedFor{whose}"
    assert elos.create("sala-1")["messageKey"] == "duplicateWarning"
    elos.ask("end", {"meetingID": "sala-1", "password": "moderate"})
    assert elos.create("sala-2")["returncode"] == "SUCCESS"


def test_a_meeting_runs_only_while_somebody_is_in(elos: Elos) -> None:
    def running() -> str:
        return elos.ask("isMeetingRunning", {"meetingID": "sala-1"})["running"]

    assert running() == "false"
    elos.create()
    assert running() == "false"
    elos.join()
    assert running() == "true"
    elos.control("DELETE", "meetings/sala-1/people")
    assert running() == "false"


def test_meeting_info_shows_who_is_in_and_with_which_role(elos: Elos) -> None:
    elos.create(maxParticipants=30, duration=90)
    elos.join("Ana", userID="u-1", **{"userdata-bbb_auto_join_audio": "true", "userdata-lost-name": "x"})
    elos.join("Zé & <b>", password="attend")

    reply = elos.signed("getMeetingInfo", {"meetingID": "sala-1"})
    info, attendees = flat(reply), items(reply, "attendees/attendee")

    assert (info["running"], info["participantCount"], info["moderatorCount"]) == ("true", "2", "1")
    assert (info["maxUsers"], info["duration"], info["endTime"]) == ("30", "90", "0")
    assert [(one["fullName"], one["role"]) for one in attendees] == [
        ("Ana", "MODERATOR"),
        ("Zé & <b>", "VIEWER"),
    ]
    assert attendees[0]["userID"] == "u-1"
    assert re.fullmatch("w_[a-z0-9]{12}", attendees[1]["userID"])
    assert items(reply, "attendees/attendee/customdata")[0] == {"bbb_auto_join_audio": "true"}


def test_info_on_a_meeting_that_is_not_there_is_not_found(elos: Elos) -> None:
    assert elos.ask("getMeetingInfo", {"meetingID": "sala-1"})["messageKey"] == "notFound"
    assert elos.ask("getMeetingInfo")["messageKey"] == "missingParamMeetingID"


def test_all_meetings_are_listed_and_none_is_no_error(elos: Elos) -> None:
    none = elos.ask("getMeetings")
    elos.create("sala-1")
    elos.create("sala-2")
    some = elos.signed("getMeetings")

    assert (none["returncode"], none["messageKey"]) == ("SUCCESS", "noMeetings")
    assert [one["meetingID"] for one in items(some, "meetings/meeting")] == ["sala-1", "sala-2"]

    elos.control("DELETE", "all")
    elos.switch(empty_lists_fail=True)
    assert elos.ask("getMeetings")["returncode"] == "FAILED"


def test_ending_needs_the_moderators_password(elos: Elos) -> None:
    elos.create()

    assert elos.ask("end", {"meetingID": "sala-1"})["messageKey"] == "invalidPassword"
    assert elos.ask("end", {"meetingID": "sala-1", "password": "attend"})["messageKey"] == "invalidPassword"
    ended = elos.ask("end", {"meetingID": "sala-1", "password": "moderate"})
    assert (ended["returncode"], ended["messageKey"]) == ("SUCCESS", "sentEndMeetingRequest")
    again = elos.ask("end", {"meetingID": "sala-1", "password": "moderate"})
    assert (again["returncode"], again["messageKey"]) == ("FAILED", "notFound")


def test_an_end_may_take_its_time(elos: Elos) -> None:
    elos.switch(end_delay_s=3)
    elos.create()
    elos.join()
    elos.ask("end", {"meetingID": "sala-1", "password": "moderate"})

    elos.wait(seconds=2)
    assert elos.ask("isMeetingRunning", {"meetingID": "sala-1"})["running"] == "true"
    elos.wait(seconds=2)
    assert elos.ask("isMeetingRunning", {"meetingID": "sala-1"})["running"] == "false"
    [meeting] = elos.control("GET", "meetings")
    assert meeting["endedAt"] == NOON.timestamp() + 3


def test_opening_again_after_the_end_is_a_new_run_of_the_same_room(elos: Elos) -> None:
    first = elos.create()
    elos.ask("end", {"meetingID": "sala-1", "password": "moderate"})

    second = elos.create()

    assert second["messageKey"] == ""
    assert second["internalMeetingID"] != first["internalMeetingID"]
    assert [one["endedAt"] is None for one in elos.control("GET", "meetings")] == [False, True]


@pytest.mark.parametrize(("form", "path"), [("flat", "messageKey"), ("list", "errors/error/key"), ("attributes", None)])
def test_failures_come_in_three_forms(elos: Elos, form: str, path: str | None) -> None:
    elos.switch(error_form=form, real_statuses=True)

    reply = elos.signed("getMeetingInfo", {"meetingID": "sala-1"})

    assert reply.status_code == 404
    assert flat(reply)["returncode"] == "FAILED"
    if path:
        assert flat(reply)[path] == "notFound"
    else:
        assert b'<error key="notFound" message="' in reply.content


def _renamed(params: dict[str, str]) -> dict[str, str]:
    return {"meeting_id" if name == "meetingID" else name: value for name, value in params.items()}
