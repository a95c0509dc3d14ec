"""Who may come: declared on every view, checked before it runs.

A person is known by the session cookie, or by a handover in a posted form (DESIGN "Sessions"); never by anything in a
URL. Posts of our own pages are told from foreign ones by ``Sec-Fetch-Site`` or Origin: no token, so it works without
cookies.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import wraps
from typing import Any
from uuid import UUID

from flask import current_app, g, request
from werkzeug.http import dump_cookie
from werkzeug.wrappers import Response

from lti_elos.domain.viewer import Viewer
from lti_elos.errors import FormStale, NotAllowed, OtherPerson
from lti_elos.services import handovers, selections, sessions
from lti_elos.services.deps import Deps
from lti_elos.services.selections import Selection
from lti_elos.web.admin import desk
from lti_elos.web.admin import sessions as admin_sessions
from lti_elos.web.request_log import bind_launch

COOKIE = "__Host-elos"

View = Callable[..., Any]


_ATTRIBUTES = dump_cookie(
    COOKIE, "", secure=True, httponly=True, samesite="None", path="/", partitioned=True
).partition("; ")[2]
"""The same for every session: put together once."""


class Needs(Enum):
    """What a view asks of whoever comes."""

    ANYONE = "anyone"
    PLATFORM = "platform"
    """The LMS, by a form of its own: the message itself is verified."""
    CHECKED_LAUNCH = "checked launch"
    """A sealed launch that passed all checks but its binding, from our own page, with the proof of that."""
    ELOS = "elos"
    """The meeting server: the use case looks at its proof."""
    METRICS = "metrics"
    """The operator's Prometheus: the view looks at its token, or where it asks from."""
    INVITE = "invite"
    """An invite's secret in the URL, which the use case looks at."""
    VIEWER = "viewer"
    """A person with a grant for the room in the URL, by cookie."""
    VIEWER_OR_HANDOVER = "viewer or handover"
    """… or by a handover, which sets the cookie in the tab."""
    HANDOVER = "handover"
    MANAGER = "manager"
    """A viewer whose standing manages the room."""
    SELECTOR = "selector"
    """Who was asked for content, as the URL's selection says: by cookie, or by the key in the page's form."""
    LMS_ADMIN = "LMS administrator"
    """A viewer who administers the LMS, by the LMS's own word."""
    MAIL_LINK = "link in a mail"
    """A sealed link that we mailed, which the use case opens. It is all the proof there is, also for a mail program
    that posts to it: what a foreign page does not know it cannot post."""
    STATUS_TOKEN = "status token"  # noqa: S105 - a name
    """A sealed token for one room, or a viewer."""
    OPERATOR = "operator"
    """Somebody signed in at /admin; a form has to carry that session's CSRF token."""


_BY_COOKIE = (Needs.VIEWER, Needs.MANAGER, Needs.LMS_ADMIN)
_OF_ROOMS = (*_BY_COOKIE, Needs.VIEWER_OR_HANDOVER, Needs.HANDOVER)


def current_deps() -> Deps:
    """The use cases' dependencies of this application."""
    deps: Deps = current_app.extensions["lti_elos"]
    return deps


def requires(needs: Needs) -> Callable[[View], View]:
    """Declare and check who may come. A meta-test finds views without it."""

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if needs in _OF_ROOMS:
                g.viewer = _viewer(kwargs["room_id"], needs)
                bind_launch(g.viewer.launch_id)
            if needs is Needs.SELECTOR:
                g.selection = _selection(kwargs["selection_id"])
            if needs is Needs.MANAGER and not g.viewer.standing.manages:
                raise NotAllowed("manage", role=g.viewer.standing.role.value)
            if needs is Needs.LMS_ADMIN and not g.viewer.standing.administers:
                raise NotAllowed("administer", role=g.viewer.standing.role.value)
            if needs is Needs.OPERATOR and (away := _keep_strangers_away()) is not None:
                return away
            return view(*args, **kwargs)

        guarded.needs = needs  # type: ignore[attr-defined]
        return guarded

    return declare


def _viewer(room_id: UUID, needs: Needs) -> Any:
    token = request.cookies.get(COOKIE)
    handover = request.form.get("handover", "") if request.method == "POST" else ""
    if needs in _BY_COOKIE or (needs is Needs.VIEWER_OR_HANDOVER and not handover):
        return sessions.viewer_of(current_deps(), token, room_id)
    if not handover:
        raise FormStale("no handover")
    try:
        taken = handovers.take_over(
            current_deps(), handover, room_id=room_id, token=token, replaces_other="replace" in request.form
        )
    except OtherPerson as refusal:
        refusal.form = [(key, value) for key, value in request.form.items(multi=True) if key != "replace"]
        raise
    if taken.new_token:
        g.new_token = taken.new_token
    return taken.viewer


def _keep_strangers_away() -> Response | None:
    account = admin_sessions.signed_in()
    if account is None:
        return desk.to_sign_in()
    if request.method == "POST":
        desk.require_csrf()
    g.operator = account.operator
    return None


def _selection(selection_id: UUID) -> Selection:
    key = request.form.get("key", "") if request.method == "POST" else ""
    return selections.find(current_deps(), selection_id, token=request.cookies.get(COOKIE), key=key)


def refuse_foreign_posts() -> None:
    """before_request: a POST to our pages must come from our pages. Platforms' forms and Elos's calls are exempt."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or getattr(view, "needs", None) in (Needs.PLATFORM, Needs.ELOS, Needs.MAIL_LINK):
        return
    site = request.headers.get("Sec-Fetch-Site")
    ours = current_deps().settings.base_url
    if site != "same-origin" if site is not None else request.headers.get("Origin") != ours:
        raise FormStale("the form was posted from elsewhere")


def set_session_cookie(response: Response) -> Response:
    """after_request: the cookie of a session begun in this request. It ends with the browser; grants end earlier."""
    token = g.pop("new_token", None)
    if token is not None:
        response.headers.add("Set-Cookie", session_cookie(token))
    return response


def session_cookie(token: str) -> str:
    """As ``Set-Cookie`` has it."""
    return f"{COOKIE}={token}; {_ATTRIBUTES}"


def is_framed() -> bool:
    """Whether the page is shown inside another page: told by the browser, or by our own script that fetches it anew."""
    return (
        request.headers.get("Sec-Fetch-Dest") in ("iframe", "frame", "embed", "object")
        or request.headers.get("X-Framed") == "1"
    )


def waits_as(viewer: Viewer) -> str:
    """Who waits, for the address that the waiting page goes on to by itself: says nothing of the person."""
    return current_deps().vault.fingerprint("waits", viewer.user_id.hex)[:16]


def is_anothers_way_in() -> bool:
    """Whether a page goes on by itself that somebody left waiting who is not the viewer: on a shared computer, another
    person's launch has taken the browser over since, and nobody takes part without having asked for it.
    """
    waits = request.args.get("waits")
    return waits is not None and waits != waits_as(g.viewer)
