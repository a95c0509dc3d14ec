"""Being told that recordings are ready: the line on the page, asking for mails, and the links in these."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_elos.errors import NotFound
from lti_elos.services import mails, recording_notices
from lti_elos.services.recording_notices import Asked, MailLink, TooOften
from lti_elos.web.guards import Needs, current_deps, requires
from lti_elos.web.languages import choose_locale
from lti_elos.web.recording_pages import MailPage
from lti_elos.web.words import room_word

bp = Blueprint("recording_notices", __name__, url_prefix="/rooms/<uuid:room_id>/recordings/notice")
links = Blueprint("mail_links", __name__, url_prefix="/mail")


@bp.post("/seen")
@requires(Needs.MANAGER)
def seen(room_id: UUID) -> Response:
    """The line is put away."""
    try:
        recording_id = UUID(request.form.get("recording", ""))
    except ValueError:
        raise NotFound("a recording's id is none") from None
    recording_notices.seen(current_deps(), g.viewer, recording_id)
    return redirect(url_for("rooms.show", room_id=room_id), code=303)


@bp.post("")
@requires(Needs.MANAGER)
def ask(room_id: UUID) -> Response | tuple[Response | str, int]:
    """An address was typed; what is none is shown again beside what is wrong with it."""
    from lti_elos.web.recordings import index

    deps, typed = current_deps(), request.form.get("address", "")
    if not mails.is_configured(deps):
        raise NotFound("no mail server is set")
    try:
        asked = recording_notices.ask(deps, g.viewer, typed, locale=choose_locale())
    except ValueError as wrong:
        g.refused_address = typed[:254]
        g.address_problem = "often" if isinstance(wrong, TooOften) else "address"
        return index(room_id=room_id), 422
    note = "mail-told" if asked is Asked.TOLD else "mail-asked"
    return redirect(url_for("recordings.index", room_id=room_id, note=note), code=303)


@bp.get("")
@requires(Needs.VIEWER)
def asked(room_id: UUID) -> Response:
    """A refused address's page, asked for anew."""
    return redirect(url_for("recordings.index", room_id=room_id), code=303)


@bp.post("/stop")
@requires(Needs.MANAGER)
def stop(room_id: UUID) -> Response:
    """No more mails."""
    recording_notices.stop(current_deps(), g.viewer)
    return redirect(url_for("recordings.index", room_id=room_id, note="mail-stopped"), code=303)


@links.get("/<token>")
@requires(Needs.MAIL_LINK)
def show(token: str) -> str:
    """A button: programs that look at links before people do must not press it."""
    return _page(recording_notices.follow(current_deps(), token), token)


@links.post("/<token>")
@requires(Needs.MAIL_LINK)
def act(token: str) -> str:
    """Press it; a mail program's own one-click (RFC 8058) posts here too."""
    recording_notices.act(current_deps(), token)
    return _page(recording_notices.follow(current_deps(), token), token)


def _page(link: MailLink, token: str) -> str:
    g.said_locale = link.locale
    room = link.room
    page = MailPage(
        does=link.does,
        room_name=room_word(room.scope, room.scope_id, room.name or room.course_title or ""),
        is_done=link.is_done,
        action=url_for("mail_links.act", token=token),
    )
    return render_template("mail/link.html", link=page)
