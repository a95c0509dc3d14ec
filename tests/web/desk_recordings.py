"""The operators' pages of recordings and of the audit log in every state, for tests/web/desk_pages.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from lti_elos.domain.audit import Action
from lti_elos.domain.recordings import Audience
from lti_elos.services.audit_lists import Entry
from lti_elos.services.recording_desk import Details, Listed, Shelf, Storage
from lti_elos.web.admin.recording_pages import AuditPage, RecordingPage, RecordingsPage, Told, changed_text
from tests.web.pages_app import EMOJI_NAME, LONG_NAME, NOW, RTL_NAME

ID = UUID("5f0d6f3e-2f5b-4c49-9a51-0c6c1c3c0a11")
GB = 1_000_000_000
RECORD_ID = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567-1790000000000"


def shelf(name: str, number: int, size: int = 0, *, expiring: int = 0, in_bin: int = 0) -> Shelf:
    oldest = NOW - timedelta(days=900) if number else None
    return Shelf(UUID(int=len(name)), name, number, size, expiring, in_bin, oldest)


STORAGE = Storage(
    total=shelf("", 18204, 48_213 * GB, expiring=412, in_bin=7),
    servers=(
        shelf("elos-principal", 18000, 48_000 * GB, expiring=400, in_bin=7),
        shelf("bbb-" + "laboratorio" * 8, 204, 213 * GB, expiring=12),
    ),
    platforms=(
        shelf("Moodle, Universidade Exemplo", 17000, 46_000 * GB, expiring=400, in_bin=6),
        shelf(LONG_NAME, 1200, 2_213 * GB, expiring=12, in_bin=1),
        shelf(RTL_NAME, 4, 900_000),
    ),
    counted_at=NOW - timedelta(minutes=3),
)
NO_STORAGE = Storage(shelf("", 0), (), (), NOW)


def listed(name: str = "Aula 12 · Perguntas da turma", state: str = "published", **changed: Any) -> Listed:
    base = Listed(
        id=ID,
        name=name,
        state=state,
        started_at=NOW - timedelta(days=2),
        length=timedelta(minutes=98),
        size_bytes=941 * GB // 1000,
        room="Cálculo Diferencial e Integral I",
        platform_id=ID,
        platform="Moodle, Universidade Exemplo",
        expires_at=None,
        delete_at=None,
    )
    return replace(base, **changed)


LIST = (
    listed(),
    listed("", "processing", size_bytes=0, length=timedelta(0)),
    listed(LONG_NAME, "unpublished", room=LONG_NAME, platform=LONG_NAME, expires_at=NOW + timedelta(days=6)),
    listed("Plantão", "bin", delete_at=NOW + timedelta(days=5)),
    listed(RTL_NAME, "processed"),
    listed(EMOJI_NAME, "deleted"),
)
CHOICES = ((str(ID), "Moodle, Universidade Exemplo"), (str(UUID(int=3)), LONG_NAME))


def recordings(*items: Listed, **more: Any) -> RecordingsPage:
    values: dict[str, Any] = {
        "storage": STORAGE,
        "platforms": STORAGE.platforms,
        "query": "",
        "state": "",
        "platform_id": "",
        "choices": CHOICES,
        "next_url": "",
        "first_url": "",
        "looked_back_to": None,
        "now": NOW,
    }
    return RecordingsPage(items=items, **(values | more))


DETAILS = Details(
    listed=listed(expires_at=NOW + timedelta(days=20)),
    record_id=RECORD_ID,
    internal_id=RECORD_ID,
    meeting_id="7c1b8a4e-9a0e-4a8e-8d8e-3d0f6a8b1c22",
    description="Capítulo 4, exercícios 1 a 12",
    server_id=ID,
    server="elos-principal",
    course="Cálculo Diferencial e Integral I (MAT101)",
    room_id=ID,
    ended_at=NOW - timedelta(days=2) + timedelta(minutes=98),
    participants=31,
    formats=("presentation", "video"),
    audience=Audience.COURSE,
    is_protected=None,
    ready_at=NOW - timedelta(days=1),
    trashed_at=None,
    was_published=False,
    can_be_restored=False,
    plays=1204,
    links=2,
    shares=1,
)
BINNED = replace(
    DETAILS,
    listed=listed(LONG_NAME, "bin", delete_at=NOW + timedelta(days=5), room=LONG_NAME, size_bytes=0),
    description="",
    course="",
    participants=None,
    formats=(),
    audience=Audience.TEACHERS,
    is_protected=True,
    ready_at=None,
    trashed_at=NOW - timedelta(days=2),
    was_published=True,
    can_be_restored=True,
    plays=1,
)


def told(action: str = "played", **changed: Any) -> Told:
    base = Entry(
        id=7,
        at=NOW - timedelta(hours=3),
        action=action,
        platform_id=ID,
        platform="Moodle, Universidade Exemplo",
        room_id=ID,
        room="Cálculo Diferencial e Integral I",
        recording_id=ID,
        recording="Aula 12 · Perguntas da turma",
        record_id=RECORD_ID,
        user_id=ID,
        operator_id=None,
        operator="",
        details={},
    )
    entry = replace(base, **changed)
    return Told(entry, changed_text(entry.details), "/admin/recordings/x" if entry.recording_id else "")


TOLD = (
    *(told(action.value) for action in Action),
    told("audience", details={"from": "course", "to": "link"}),
    told("renamed", details={"old": "Aula 12", "new": LONG_NAME}, recording=LONG_NAME, room=RTL_NAME),
    told("restored", user_id=None, operator_id=ID, operator="operacao@exemplo.test"),
    told("published", user_id=None, operator_id=ID),
    told("deleted", user_id=None, recording_id=None, recording="", room="", platform=""),
    told("played", user_id=None, details={"kind": "video"}, recording=""),
)


def audit(*items: Told, **more: Any) -> AuditPage:
    values: dict[str, Any] = {
        "action": "",
        "actions": tuple(Action),
        "platform_id": "",
        "choices": CHOICES,
        "recording_id": "",
        "recording": "",
        "next_url": "",
        "first_url": "",
        "all_url": "/admin/audit",
        "file_url": "/admin/audit.csv",
        "file_limit": 10_000,
        "looked_back_to": None,
        "now": NOW,
    }
    return AuditPage(items=items, **(values | more))


def pages() -> dict[str, tuple[str, object, str]]:
    """(template, what it is given, the tab) by name."""
    long_ago = NOW - timedelta(days=200)
    onward = {"next_url": "/admin/recordings?after=1-0", "first_url": "/admin/recordings"}
    lists = {
        "desk-recordings": recordings(*LIST, next_url="/admin/recordings?after=1-0"),
        "desk-recordings-found": recordings(
            LIST[0],
            query="perguntas <b>",
            platform_id=str(ID),
            state="published",
            platforms=STORAGE.platforms[:1],
            looked_back_to=long_ago,
            **onward,
        ),
        "desk-recordings-nothing-so-far": recordings(query="x", platforms=(), looked_back_to=long_ago, **onward),
        "desk-recordings-expiring": recordings(LIST[2], state="expiring", looked_back_to=NOW + timedelta(days=3)),
        "desk-recordings-nothing-found": recordings(query="x", platforms=()),
        "desk-recordings-none": recordings(storage=NO_STORAGE, platforms=(), choices=()),
    }
    ones = {
        "desk-recording": RecordingPage(DETAILS, TOLD[:3], "/admin/audit?recording=x", NOW),
        "desk-recording-in-bin": RecordingPage(BINNED, (told("trashed"),), "", NOW),
        "desk-recording-restored": RecordingPage(replace(DETAILS, is_protected=False), (), "", NOW, done="restored"),
        "desk-recording-refused": RecordingPage(BINNED, (), "", NOW, problem="ELOS-UNREACHABLE"),
        "desk-recording-late": RecordingPage(
            replace(DETAILS, listed=listed("", "deleted"), audience=Audience.LINK), (), "", NOW, problem="late"
        ),
    }
    logs = {
        "desk-audit": audit(*TOLD, next_url="/admin/audit?before=7"),
        "desk-audit-of-one": audit(TOLD[0], recording_id=str(ID), recording=RTL_NAME, first_url="/admin/audit"),
        "desk-audit-nothing-so-far": audit(
            action="deleted", platform_id=str(ID), looked_back_to=long_ago, next_url="/admin/audit?before=7"
        ),
        "desk-audit-nothing-found": audit(action="deleted"),
        "desk-audit-none": audit(choices=()),
    }
    return (
        {name: ("recordings", page, "recordings") for name, page in lists.items()}
        | {name: ("recording", page, "recordings") for name, page in ones.items()}
        | {name: ("audit", page, "audit") for name, page in logs.items()}
    )
