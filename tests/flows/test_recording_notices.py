"""A recording is ready: told on the room's page, and by mail to who asked and confirmed, through a real mail server."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import requests
from pydantic import SecretStr
from sqlalchemy import select

from lti_elos.db.tables import jobs as job_table
from lti_elos.db.tables import launches, recording_notices, recordings, rooms
from lti_elos.services import housekeeping, jobs, recording_sync, secrets
from lti_elos.services import recording_notices as recording_notices_service
from lti_elos.services.job_kinds import KINDS
from lti_elos.vault import Vault
from tests.conftest import SECRET_KEY, Elos, Tool
from tests.flows.test_deep_linked_recordings import shown
from tests.flows.test_recordings import names_on, row_id
from tests.support.browser import Browser, code_of
from tests.support.platform import Platform
from tests.support.rooms import STUDENT, another_tool, meeting_id_of, one_database
from tests.support.smtp import MailServer

ADDRESS = "maria.souza+elos@example.org"


@pytest.fixture
def mailbox() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def mailing(tool: Tool, mailbox: MailServer) -> Tool:
    """The tool with a mail server."""
    url = SecretStr(f"smtp://127.0.0.1:{mailbox.port}?tls=none")
    settings = tool.deps.settings.model_copy(update={"smtp_url": url, "mail_from": "salas@example.test"})
    object.__setattr__(tool.deps, "settings", settings)
    return tool


@pytest.fixture
def teacher(mailing: Tool) -> Browser:
    return Browser(mailing.url, language="en")


def became_ready(tool: Tool, elos: Elos, teacher: Browser, room_id: str, name: str) -> str:
    """A class of today was recorded, and its recording is learnt. Gives our id."""
    started_at = tool.deps.clock().timestamp() - 7200
    body = {"meetingID": meeting_id_of(tool, room_id), "name": name, "started_at": started_at}
    made = elos.send("POST", "recordings", **body)["recordID"]
    with tool.deps.database.transaction() as db:
        db.execute(rooms.update().values(recordings_synced_at=None, recordings_leased_until=None))
    teacher.open(f"/rooms/{room_id}/recordings")
    return row_id(tool, made)


def work_off(tool: Tool, *, due: bool = False) -> None:
    """What workers do. ``due``: also what was put off."""
    if due:
        with tool.deps.database.transaction() as db:
            db.execute(job_table.update().values(due_at=tool.deps.clock()))
    for job_id in jobs.due(tool.deps):
        jobs.run(tool.deps, job_id, KINDS)


def ask(teacher: Browser, room_id: str, address: str = ADDRESS) -> requests.Response:
    return teacher.submit(f"/rooms/{room_id}/recordings/notice?lang=en", {"address": address})


def confirm(mailbox: MailServer) -> None:
    """By the link in the last mail."""
    assert requests.post(mailbox.deliveries[-1].links[0], timeout=10).status_code == 200


def notice(tool: Tool) -> Any:
    with tool.deps.database.reading() as db:
        return db.execute(select(recording_notices)).one()


# --- at the next visit ---


def test_a_teacher_is_told_once_that_a_recording_is_ready(
    tool: Tool, platform: Platform, elos: Elos, browser: Browser
) -> None:
    teacher = Browser(tool.url, language="en")
    room_id = teacher.enter_room(platform)
    room, told = f"/rooms/{room_id}", "is ready."
    browser.enter_room(platform, **STUDENT)
    old = {"meetingID": meeting_id_of(tool, room_id), "name": "Do ano passado", "started_at": 1_760_000_000.0}
    elos.send("POST", "recordings", **old)
    first = became_ready(tool, elos, teacher, room_id, "Aula 25")

    page = teacher.open(f"{room}?lang=en")
    assert "The recording “<bdi>Aula 25</bdi>” is ready." in page.text, "what is learnt late is no news"
    [link] = re.findall(r'is ready\. <a href="([^"]+)"', page.text)
    assert shown(teacher.open(link)) == "Aula 25"
    assert told not in browser.open(f"{room}?lang=en").text
    assert browser.submit(f"{room}/recordings/notice/seen", {"recording": first}).status_code == 403

    away = teacher.submit(f"{room}/recordings/notice/seen", {"recording": first})
    assert (away.status_code, away.headers["Location"]) == (303, room)
    assert told not in teacher.open(f"{room}?lang=en").text
    became_ready(tool, elos, teacher, room_id, "Aula 26")
    became_ready(tool, elos, teacher, room_id, "Aula 27")
    assert "2 recordings are ready." in teacher.open(f"{room}?lang=en").text
    other = teacher.enter_room(platform, context={"id": "course-2", "title": "Física"})
    refused = teacher.submit(f"/rooms/{other}/recordings/notice/seen", {"recording": first})
    assert (refused.status_code, code_of(refused)) == (404, "WEB-NOT-FOUND")


@one_database
def test_who_never_looked_is_told_of_a_week(tool: Tool, platform: Platform, elos: Elos) -> None:
    teacher = Browser(tool.url, language="en")
    room_id = teacher.enter_room(platform)
    became_ready(tool, elos, teacher, room_id, "Aula 25")
    with tool.deps.database.transaction() as db:
        db.execute(recordings.update().values(ready_at=tool.deps.clock() - timedelta(days=8)))

    assert "is ready." not in teacher.open(f"/rooms/{room_id}?lang=en").text


# --- by mail ---


def test_who_asked_and_confirmed_is_written_to_once_for_each_recording(
    mailing: Tool, platform: Platform, elos: Elos, teacher: Browser, mailbox: MailServer, caplog: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    room_id = teacher.enter_room(platform)
    became_ready(mailing, elos, teacher, room_id, "Antes")
    asked = ask(teacher, room_id)
    assert (asked.status_code, asked.headers["Location"]) == (303, f"/rooms/{room_id}/recordings?note=mail-asked")
    work_off(mailing)
    work_off(mailing)

    # the first mail asks, and only a pressed button confirms
    [asks] = mailbox.deliveries
    assert (asks.sender, asks.to, asks.message["To"]) == ("salas@example.test", [ADDRESS], ADDRESS)
    assert asks.message["Subject"] == "Confirm your address for news of recordings: Cálculo I"
    confirm_url, stop_url = asks.links
    assert (asks.message["List-Unsubscribe"], asks.message["List-Unsubscribe-Post"]) == (
        f"<{stop_url}>",
        "List-Unsubscribe=One-Click",
    )
    token = confirm_url.rpartition("/")[2]
    with Browser(mailing.url, language="en") as reader:
        look = reader.open(f"/mail/{token}")
        assert (look.status_code, "Be told when recordings are ready?" in look.text) == (200, True)
        assert look.headers["Referrer-Policy"] == "strict-origin"
        became_ready(mailing, elos, teacher, room_id, "Sem confirmação")
        work_off(mailing)
        assert len(mailbox.deliveries) == 1
        assert "We wrote to <bdi>m…@example.org</bdi>" in teacher.open(f"/rooms/{room_id}/recordings?lang=en").text
        for _ in range(2):
            pressed = reader.submit(f"/mail/{token}")
            assert (pressed.status_code, "The address is confirmed" in pressed.text) == (200, True)

    # then each recording is told, once
    became_ready(mailing, elos, teacher, room_id, "Aula 25")
    work_off(mailing)
    work_off(mailing)
    [_, tells] = mailbox.deliveries
    assert tells.message["Subject"] == "The recording is ready: Aula 25"
    assert "- Aula 25\n" in tells.text
    assert "Antes" not in tells.text
    became_ready(mailing, elos, teacher, room_id, "Aula 26")
    became_ready(mailing, elos, teacher, room_id, "Injeção\r\nBcc: outra@example.org")
    work_off(mailing)
    both = mailbox.deliveries[-1]
    assert both.message["Subject"] == "2 recordings are ready: Cálculo I"
    assert both.message["Bcc"] is None
    assert both.to == [ADDRESS]
    assert "Mails about this room's recordings go to <bdi>m…@example.org</bdi>." in teacher.open(
        f"/rooms/{room_id}/recordings?lang=en"
    ).text.replace("&#39;", "'")

    # a mail program's one click ends it
    one_click = requests.post(tells.links[-1], data={"List-Unsubscribe": "One-Click"}, timeout=10)
    assert one_click.status_code == 200
    became_ready(mailing, elos, teacher, room_id, "Aula 27")
    work_off(mailing)
    assert len(mailbox.deliveries) == 3
    assert notice(mailing).email_sealed == ""
    assert code_of(requests.get(f"{mailing.url}/mail/{token}", timeout=10)) == "WEB-NOT-FOUND"
    said = str([vars(record) for record in caplog.records if record.name.startswith("lti_elos")])
    assert "/mail/…" in said
    assert "maria.souza" not in said
    assert token[:30] not in said


def test_a_mail_that_could_not_be_sent_is_tried_again_and_a_refused_address_is_told(
    mailing: Tool, platform: Platform, elos: Elos, teacher: Browser, mailbox: MailServer, caplog: Any
) -> None:
    room_id = teacher.enter_room(platform)
    ask(teacher, room_id)
    for answers in ({"RCPT": "450 4.2.0 later"}, {"MAIL": "421 4.3.0 away"}, {"RCPT": "550 5.7.1 relaying denied"}):
        mailbox.answers = answers
        work_off(mailing, due=True)
        assert notice(mailing).mailed_at is None
    mailbox.answers = {}
    work_off(mailing, due=True)
    assert len(mailbox.deliveries) == 1
    confirm(mailbox)

    became_ready(mailing, elos, teacher, room_id, "Aula 25")
    mailbox.answers = {"RCPT": "550 5.1.1 no such user"}
    work_off(mailing, due=True)
    mailbox.answers = {}
    work_off(mailing, due=True)

    assert len(mailbox.deliveries) == 1
    page = teacher.open(f"/rooms/{room_id}/recordings?lang=en")
    assert "There is no mailbox <bdi>m…@example.org</bdi>" in page.text
    assert "maria.souza" not in caplog.text
    assert ask(teacher, room_id, "nova@example.org").status_code in (303, 422)


def test_nobody_can_have_others_written_to_at_will(
    mailing: Tool, platform: Platform, elos: Elos, teacher: Browser, mailbox: MailServer
) -> None:
    room_id = teacher.enter_room(platform)
    for wrong in ("", "x", "a@b", "a@b.c\r\nBcc: x@example.org", "a@b.co, c@d.co", "<a@b.co>", '"a b"@c.co', "é@b.co"):
        refused = ask(teacher, room_id, wrong)
        assert (refused.status_code, "Write one e-mail address" in refused.text) == (422, True), wrong
    assert ask(teacher, room_id, "uma@example.org").status_code == 303
    work_off(mailing)
    again = ask(teacher, room_id, "duas@example.org")
    assert (again.status_code, "Too many addresses" in again.text) == (422, True)
    for number in range(2, 5):
        other = teacher.enter_room(platform, context={"id": f"course-{number}", "title": "Física"})
        assert ask(teacher, other, f"outra{number}@example.org").status_code == (303 if number < 4 else 422)
        work_off(mailing)
    assert [one.to for one in mailbox.deliveries] == [
        ["uma@example.org"],
        ["outra2@example.org"],
        ["outra3@example.org"],
    ]

    # what is confirmed for one room needs no second question
    confirm(mailbox)
    last = teacher.enter_room(platform, context={"id": "course-9", "title": "Química"})
    assert ask(teacher, last, "outra3@EXAMPLE.org").headers["Location"].endswith("note=mail-told")
    work_off(mailing)
    assert len(mailbox.deliveries) == 3
    assert teacher.submit(f"/rooms/{last}/recordings/notice/stop").status_code == 303
    became_ready(mailing, elos, teacher, last, "Aula 1")
    work_off(mailing)
    assert len(mailbox.deliveries) == 3


def test_links_of_mails_are_good_for_their_address_and_time_alone(
    mailing: Tool, platform: Platform, elos: Elos, teacher: Browser, mailbox: MailServer
) -> None:
    room_id = teacher.enter_room(platform)
    ask(teacher, room_id)
    work_off(mailing)
    token = mailbox.deliveries[0].links[0].rpartition("/")[2]
    stop_token = mailbox.deliveries[0].links[1].rpartition("/")[2]
    with another_tool(mailing, later=timedelta(days=8)) as then:
        assert code_of(requests.post(f"{then.url}/mail/{token}", timeout=10)) == "WEB-NOT-FOUND"
        for one in ("x", token[:-4] + "AAAA", room_id):
            assert code_of(requests.get(f"{then.url}/mail/{one}", timeout=10)) == "WEB-NOT-FOUND"
    with mailing.deps.database.transaction() as db:
        long_ago = mailing.deps.clock() - timedelta(hours=2)
        db.execute(recording_notices.update().values(mailed_at=long_ago))
    assert ask(teacher, room_id, "outra@example.org").status_code == 303

    for old in (token, stop_token):
        assert code_of(requests.post(f"{mailing.url}/mail/{old}", timeout=10)) == "WEB-NOT-FOUND"
    assert notice(mailing).email_sealed != ""
    with another_tool(mailing, later=timedelta(days=31)) as then:
        housekeeping.sweep(then.deps)
    assert notice(mailing).email_sealed == "", "what nobody confirms is forgotten"


def test_who_does_not_teach_there_any_more_is_told_nothing(
    mailing: Tool, platform: Platform, elos: Elos, teacher: Browser, mailbox: MailServer
) -> None:
    room_id = teacher.enter_room(platform)
    ask(teacher, room_id)
    work_off(mailing)
    confirm(mailbox)
    became_ready(mailing, elos, teacher, room_id, "Aula 25")
    teacher.enter_room(platform, roles=STUDENT["roles"])

    work_off(mailing)

    assert len(mailbox.deliveries) == 1
    with mailing.deps.database.reading() as db:
        assert len(db.execute(select(launches)).all()) == 2


@one_database
def test_without_a_mail_server_nothing_is_offered(tool: Tool, platform: Platform, elos: Elos) -> None:
    teacher = Browser(tool.url, language="en")
    room_id = teacher.enter_room(platform)

    assert "Tell me when" not in teacher.open(f"/rooms/{room_id}/recordings?lang=en").text
    assert ask(teacher, room_id).status_code == 404
    became_ready(tool, elos, teacher, room_id, "Aula 1")
    recording_sync.refresh(tool.deps, [UUID(room_id)], fresh=timedelta(0), wait_s=10)
    assert names_on(teacher, room_id) == ["Aula 1"]


@one_database
def test_a_mail_that_is_sent_twice_is_the_same_mail(
    mailing: Tool, platform: Platform, elos: Elos, teacher: Browser, mailbox: MailServer
) -> None:
    """A worker that is killed after the mail server's answer has told nobody of it."""
    room_id = teacher.enter_room(platform)
    ask(teacher, room_id)
    job = jobs.Job(0, recording_notices_service.KIND, str(notice(mailing).id), 1, mailing.deps.clock(), 1)

    for _ in range(2):
        assert recording_notices_service.work(mailing.deps, job) is not None  # its effect is lost

    first, second = (one.message["Message-ID"] for one in mailbox.deliveries)
    assert first == second


@one_database
def test_an_address_moves_to_a_new_key(
    mailing: Tool, platform: Platform, elos: Elos, teacher: Browser, mailbox: MailServer
) -> None:
    room_id = teacher.enter_room(platform)
    ask(teacher, room_id)
    work_off(mailing)
    before, new = notice(mailing).email_sealed, "a-new-key-of-more-than-thirty-two-characters"
    with another_tool(mailing, secret_key=SecretStr(f"{new},{SECRET_KEY}")) as both:
        assert secrets.survey(both.deps).older > 0
        secrets.reseal(both.deps)

        sealed = notice(both).email_sealed
        assert sealed != before
        assert ADDRESS in Vault([new]).open(recording_notices_service.ADDRESS, sealed)
        ask(teacher, room_id, "x@example.org")
        teacher.submit(f"/rooms/{room_id}/recordings/notice/stop")
        assert secrets.survey(both.deps).gone == {}, "one that is forgotten is no secret that is lost"
