"""Invites at the desk: made, shown once, withdrawn. What `lti-elos platform invite` does too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_elos.errors import InviteUnknown, Misconfigured, NotFound
from lti_elos.services import invites, platform_lists, platforms, servers
from lti_elos.services.invites import MadeInvite
from lti_elos.web.admin.desk import bp
from lti_elos.web.admin.pages import InvitesPage
from lti_elos.web.guards import Needs, current_deps, requires

_DAYS = ("1", "7", "30")
_DEPLOYMENTS = ("", "auto", "approve")


@bp.get("/platforms/invites", endpoint="invites")
@requires(Needs.OPERATOR)
def list_invites() -> str:
    """The form, and the invites that are open."""
    update = request.args.get("update", type=UUID)
    values = {"name": "", "days": "7", "server": "", "deployments": "", "update": str(update or "")}
    if update:
        values["name"] = platform_lists.name_of(current_deps(), update)
    done = "withdrawn" if request.args.get("done") == "withdrawn" else ""
    return _show(values, {}, update=update, done=done)


@bp.post("/platforms/invites")
@requires(Needs.OPERATOR)
def make_invite() -> Response:
    """The answer shows the address, which is kept nowhere."""
    deps = current_deps()
    keys = ("name", "days", "server", "deployments", "update")
    values = {key: request.form.get(key, "").strip() for key in keys}
    update = request.form.get("update", type=UUID)
    if update:
        platform_lists.name_of(deps, update)
    elif values["update"]:
        raise NotFound("no such platform")
    problems = {
        key: "choice"
        for key, allowed in (
            ("days", _DAYS),
            ("deployments", _DEPLOYMENTS),
            ("server", ("", *(one.name for one in servers.all_servers(deps)))),
        )
        if values[key] not in allowed
    }
    try:
        platforms.require_text("name", values["name"], 200)
    except Misconfigured:
        problems["name"] = "text"
    if problems:
        return make_response(_show(values, problems, update=update), 400)
    made = invites.make(
        deps,
        name=values["name"],
        lasts=timedelta(days=int(values["days"])),
        server=values["server"],
        deployment_policy=values["deployments"],
        update=str(update or ""),
    )
    return make_response(_show(values, {}, update=update, made=made))


@bp.post("/platforms/invites/<uuid:invite_id>/withdraw")
@requires(Needs.OPERATOR)
def withdraw_invite(invite_id: UUID) -> Response:
    """Whoever has the address cannot use it any more."""
    try:
        invites.withdraw(current_deps(), invite_id)
    except InviteUnknown:
        raise NotFound("no such invite, or it is used") from None
    return redirect(url_for("admin.invites", done="withdrawn"), code=303)


def _show(
    values: Mapping[str, str],
    problems: Mapping[str, str],
    *,
    update: UUID | None,
    made: MadeInvite | None = None,
    done: str = "",
) -> str:
    deps = current_deps()
    page = InvitesPage(
        open=tuple(invites.listing(deps)),
        servers=tuple(one.name for one in servers.all_servers(deps)),
        values=values,
        problems=problems,
        now=deps.clock(),
        update_name=platform_lists.name_of(deps, update) if update else "",
        url=made.url if made else "",
        expires_at=made.expires_at if made else None,
        done=done,
    )
    return render_template("admin/invites.html", page=page)
