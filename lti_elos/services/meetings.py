"""Opening, entering and ending a meeting."""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from lti_elos import __version__
from lti_elos.domain.abilities import Ability, may
from lti_elos.domain.live import Live
from lti_elos.domain.names import NAME_LIMIT, person_mark, tidy
from lti_elos.domain.rooms import SEVERAL
from lti_elos.domain.viewer import Viewer
from lti_elos.elos.client import ElosClient
from lti_elos.elos.options import CreateOptions, JoinOptions, meeting_locale
from lti_elos.elos.replies import error_for
from lti_elos.errors import ElosError, ElosNewSession, ElosNotOpen, NotAllowed
from lti_elos.services import analytics, live, metadata, rooms
from lti_elos.services.deps import Deps
from lti_elos.services.rooms import ATTENDEE, MODERATOR, Room
from lti_elos.services.spent import spend

log = logging.getLogger(__name__)


def enter(deps: Deps, viewer: Viewer, *, language: str, creates: bool = True) -> str:
    """The signed join URL of the person: a secret for one browser, to be redirected to at once.

    Who may open the room creates the meeting first (``create`` is repeatable: two at once both get in), unless
    ``creates`` is false. Everybody else gets in while it is open. Raises ElosNotOpen, or what Elos refused.

    :param language: of our pages ("pt_BR", "en", "es"), for names that we have to make up.
    """
    room = rooms.find(deps, viewer)
    with deps.database.reading() as db:
        client = deps.elos.of_platform(db, room.server_id)
    if creates and may(viewer.standing, Ability.OPEN):
        url = analytics.url_of(deps, room)
        options = _create_options(deps, room, viewer, language, analytics_url=url if client.reaches(url) else "")
        meeting = client.create(options)
        told = options.extra_metadata_sent()
        live.opened(deps, room.id, meeting, server_id=room.server_id, by=viewer.user_id, metadata=told)
        log.info("meeting opened", extra={"room_id": str(room.id), "existed": meeting.already_existed})
        return _join_url(deps, client, room, viewer, language, meeting.create_time_ms)
    state = live.read(deps, room.id)
    if not lets_in(viewer, state):
        raise ElosNotOpen("the meeting is not open")
    deps.watchers.went_in(room.id, viewer.session_id)
    return _join_url(deps, client, room, viewer, language, state.create_time_ms)


def lets_in(viewer: Viewer, state: Live) -> bool:
    """Whether the person gets in without a ``create``: who may open the room also while nobody is in it yet."""
    return state.is_open or (state.runs and may(viewer.standing, Ability.OPEN))


def end(deps: Deps, viewer: Viewer) -> None:
    """End the running meeting for everybody. Raises NotAllowed, or what Elos refused; not running is fine."""
    if not may(viewer.standing, Ability.END):
        raise NotAllowed("end", role=viewer.standing.role.value)
    room = rooms.find(deps, viewer)
    with deps.database.reading() as db:
        client = deps.elos.of_platform(db, room.server_id)
    client.end(room.meeting_id, deps.vault.open(MODERATOR, room.moderator_password_sealed))
    live.ended(deps, room.id, by=viewer.user_id)
    log.info("meeting ended", extra={"room_id": str(room.id), "user_id": str(viewer.user_id)})


_ROOM_WORDS = {"pt_BR": "Sala", "es": "Sala", "en": "Room"}
_GROUP_WORDS = {"pt_BR": "Grupo", "es": "Grupo", "en": "Group"}
_PERSON_WORDS = {"pt_BR": "Participante", "es": "Participante", "en": "Participant"}
_UNVERIFIED_WORDS = {"pt_BR": "não verificado", "es": "sin verificar", "en": "unverified"}
_TEST_WORDS = {"pt_BR": "teste", "es": "prueba", "en": "test"}


def shown_name(viewer: Viewer, language: str) -> str:
    """The person's name in the meeting."""
    name = name_shown(viewer.user_id, viewer.name, viewer.typed_name, language)
    return f"{name} ({_TEST_WORDS.get(language, 'test')})" if viewer.standing.is_test else name


def name_shown(user_id: UUID, name: str, typed_name: str | None, language: str) -> str:
    """A person's name as others see it: the LMS's; or the one that was typed, marked, so that nobody poses as the
    teacher; or "Participant" and a short mark that stays the same."""
    if name:
        return name
    if typed_name:
        return f"{typed_name} ({_UNVERIFIED_WORDS.get(language, 'unverified')})"
    return f"{_PERSON_WORDS.get(language, 'Participant')} {person_mark(user_id)}"


def meeting_name(room: Room, language: str) -> str:
    """What the meeting is called at Elos: "<course> – <group>" where the course has several rooms."""
    if room.scope not in SEVERAL:
        return room.name
    own = room.name or (f"{_GROUP_WORDS.get(language, 'Group')} {room.scope_id}" if room.scope == "group" else "")
    course = tidy(room.course_title or room.course_label, NAME_LIMIT // 2)  # the end tells the rooms apart
    return " – ".join(part for part in (course, own) if part)


def _create_options(deps: Deps, room: Room, viewer: Viewer, language: str, *, analytics_url: str) -> CreateOptions:
    base = deps.settings.base_url
    return CreateOptions(
        meeting_id=room.meeting_id,
        name=meeting_name(room, language) or _ROOM_WORDS.get(language, "Room"),
        attendee_password=deps.vault.open(ATTENDEE, room.attendee_password_sealed),
        moderator_password=deps.vault.open(MODERATOR, room.moderator_password_sealed),
        record=True,
        auto_start_recording=False,
        logout_url=f"{base}/rooms/{room.id}/left",
        metadata={
            "bbb-origin": "LTI",
            "bbb-origin-version": __version__,
            "bbb-origin-server-name": urlsplit(base).hostname or "",
            "bbb-origin-server-url": base,
            "bbb-origin-lti-version": "1.3.0",
            "bbb-context-id": room.context_id,
            "bbb-context-title": room.course_title,
            "bbb-context-label": room.course_label,
        },
        extra_metadata=metadata.of_opening(deps, viewer),
        analytics_url=analytics_url,
        may_be_framed=viewer.policies.embedding != "off",
    )


def _join_url(deps: Deps, client: ElosClient, room: Room, viewer: Viewer, language: str, create_time_ms: int) -> str:
    moderates = viewer.standing.moderates
    purpose, sealed = (
        (MODERATOR, room.moderator_password_sealed) if moderates else (ATTENDEE, room.attendee_password_sealed)
    )
    return client.join_url(
        JoinOptions(
            meeting_id=room.meeting_id,
            full_name=shown_name(viewer, language),
            password=deps.vault.open(purpose, sealed),
            role="MODERATOR" if moderates else "VIEWER",
            user_id=str(viewer.user_id),
            create_time_ms=create_time_ms or None,
            locale=meeting_locale(viewer.locale),
        )
    )


_REOPENED = (ElosNewSession.code, ElosNotOpen.code)
_ONCE_IN = timedelta(minutes=5)


def reopens(deps: Deps, viewer: Viewer, code: str) -> bool:
    """Whether a refused join is to be repeated by itself, since it opens the room anew. Once: what is in vain is not
    done again and again. A session that somebody ended for all is opened again by a person's click only.
    """
    if code not in _REOPENED or not may(viewer.standing, Ability.OPEN):
        return False
    now = deps.clock()
    window = int(now.timestamp() / _ONCE_IN.total_seconds())
    key = hashlib.sha256(f"{viewer.session_id} {viewer.room_id} {window}".encode()).hexdigest()
    with deps.database.transaction() as db:
        return spend(db, "reopen", key, ends_at=now + _ONCE_IN)


def join_trouble(key: str) -> ElosError | None:
    """The error that Elos names by ``key`` when it sends a join back to our logoutURL; None for no key."""
    return error_for(key)("the join was refused", key=key) if key else None
