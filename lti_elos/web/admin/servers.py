"""Elos servers at the desk. A secret goes in and never comes out. What `lti-elos server` does too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_elos.errors import Misconfigured
from lti_elos.services import hooks, jobs, servers
from lti_elos.services.servers import DIGESTS, KINDS, PLAYBACK_TOKENS, Checked, Server
from lti_elos.web.admin.desk import bp
from lti_elos.web.admin.pages import CheckResult, ServerPage, ServersPage
from lti_elos.web.guards import Needs, current_deps, requires

_NEW = {"name": "", "url": "", "internal_url": "", "kind": "elos", "digest": "sha256", "playback_token": "off"}
_DONE = ("added", "saved", "default", "removed", "hook")


@bp.get("/servers", endpoint="servers")
@requires(Needs.OPERATOR)
def list_servers() -> str:
    """All of them, with how the last check went, and whether they tell us what happens."""
    deps = current_deps()
    page = ServersPage(tuple(servers.all_servers(deps)), jobs.health(deps), deps.clock(), _done())
    return render_template("admin/servers.html", page=page)


@bp.get("/servers/new")
@requires(Needs.OPERATOR)
def new_server() -> str:
    """The form of a new one."""
    return render_template("admin/server.html", page=ServerPage(_NEW, {}, current_deps().clock()))


@bp.post("/servers/new")
@requires(Needs.OPERATOR)
def add_server() -> Response:
    """The first one becomes the default."""
    deps = current_deps()
    values, secret = _typed()
    problems = _problems(values)
    if not secret:
        problems["secret"] = "empty"  # noqa: S105 - what is wrong with it
    if not problems:
        try:
            servers.add(deps, secret=secret, default=False, **values)
        except Misconfigured as wrong:
            problems["name"] = _of_name(wrong)
    if problems:
        page = ServerPage(values, problems, deps.clock())
        return make_response(render_template("admin/server.html", page=page), 400)
    return redirect(url_for("admin.servers", done="added"), code=303)


@bp.get("/servers/<uuid:server_id>")
@requires(Needs.OPERATOR)
def server(server_id: UUID) -> str:
    """Its form, without the secret."""
    return _show(server_id, done=_done())


@bp.post("/servers/<uuid:server_id>")
@requires(Needs.OPERATOR)
def change_server(server_id: UUID) -> Response:
    """Acts at once. An empty secret keeps the one that is there."""
    deps = current_deps()
    values, secret = _typed()
    problems = _problems(values)
    if not problems:
        try:
            servers.change(deps, server_id, secret=secret, **values)
        except Misconfigured as wrong:
            problems["name"] = _of_name(wrong)
    if problems:
        return make_response(_show(server_id, values=values, problems=problems), 400)
    return _back(server_id, "saved")


@bp.post("/servers/<uuid:server_id>/check")
@requires(Needs.OPERATOR)
def check_server(server_id: UUID) -> str:
    """A signed call, now."""
    return _show(server_id, checked=_result(servers.look_at(current_deps(), server_id)))


@bp.post("/servers/<uuid:server_id>/hook")
@requires(Needs.OPERATOR)
def check_hook(server_id: UUID) -> Response:
    """Ask the server about its hook now, and make it where there is none."""
    hooks.look_at(current_deps(), server_id)
    return _back(server_id, "hook")


@bp.post("/servers/<uuid:server_id>/default")
@requires(Needs.OPERATOR)
def make_default(server_id: UUID) -> Response:
    """It serves the platforms that name no server."""
    servers.set_default(current_deps(), server_id)
    return _back(server_id, "default")


@bp.post("/servers/<uuid:server_id>/remove")
@requires(Needs.OPERATOR)
def remove_server(server_id: UUID) -> Response:
    """Refused while a platform names it."""
    deps = current_deps()
    found, _ = servers.one(deps, server_id)
    try:
        servers.remove(deps, found.name)
    except Misconfigured:
        return make_response(_show(server_id, problem="used"), 409)
    return redirect(url_for("admin.servers", done="removed"), code=303)


def _back(server_id: UUID, done: str) -> Response:
    return redirect(url_for("admin.server", server_id=server_id, done=done), code=303)


def _done() -> str:
    said = request.args.get("done", "")
    return said if said in _DONE else ""


def _typed() -> tuple[dict[str, Any], str]:
    """What is in the form, and apart from it the secret, which is not shown again."""
    return {key: request.form.get(key, "").strip() for key in _NEW}, request.form.get("secret", "").strip()


def _problems(values: Mapping[str, str]) -> dict[str, str]:
    found = {}
    if not servers.is_name(values["name"]):
        found["name"] = "text"
    for key in ("url", "internal_url"):
        if (values[key] or key == "url") and not servers.is_address(values[key]):
            found[key] = "address"
    for key, allowed in (("kind", KINDS), ("digest", DIGESTS), ("playback_token", PLAYBACK_TOKENS)):
        if values[key] not in allowed:
            found[key] = "choice"
    return found


def _of_name(wrong: Misconfigured) -> str:
    return "taken" if "already" in wrong.detail else "text"


def _result(found: Checked) -> CheckResult:
    trouble = found.trouble
    return CheckResult(
        found.took_ms,
        found.version,
        trouble.code if trouble else "",
        trouble.detail if trouble else "",
        trouble.operator if trouble else "",
    )


def _of(found: Server) -> dict[str, str]:
    return {key: str(getattr(found, key)) for key in _NEW}


def _show(
    server_id: UUID, *, values: Mapping[str, str] | None = None, problems: Mapping[str, str] | None = None, **more: Any
) -> str:
    deps = current_deps()
    found, used_by = servers.one(deps, server_id)
    page = ServerPage(
        values=values if values is not None else _of(found),
        problems=problems or {},
        now=deps.clock(),
        server=found,
        used_by=tuple(used_by),
        **more,
    )
    return render_template("admin/server.html", page=page)
