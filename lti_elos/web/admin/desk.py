"""What all pages of the desk share: the blueprint, the bar with its tabs, the CSRF token, and where to sign in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, g, redirect, request, url_for
from flask_wtf.csrf import generate_csrf, validate_csrf
from werkzeug.wrappers import Response
from wtforms import ValidationError

from lti_elos import __version__
from lti_elos.errors import FormStale
from lti_elos.web.admin import sessions
from lti_elos.web.admin.sessions import is_admin_path

bp = Blueprint("admin", __name__, url_prefix="/admin")

TABS = (
    ("overview", "admin.overview"),
    ("platforms", "admin.platforms"),
    ("failures", "admin.failures"),
    ("recordings", "admin.recordings"),
    ("servers", "admin.servers"),
    ("audit", "admin.audit"),
)
"""(key, endpoint) in the bar's order; templates/admin/base.html has their words. Only of pages that there are."""

_HOME = "/admin"
_PLAIN = re.compile(r"/admin(/[A-Za-z0-9/_.~-]*)?(\?[A-Za-z0-9/_.~%&=+-]*)?")


@dataclass(frozen=True, slots=True)
class DeskTab:
    """One entry of the bar."""

    key: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """What templates/admin/base.html needs."""

    email: str
    """"" for nobody: then there are no tabs."""
    tabs: tuple[DeskTab, ...]
    home_url: str
    sign_out_url: str
    csrf: str
    version: str = __version__


def desk() -> Desk:
    """The bar around this page. A page's tab is the one whose address its own begins with."""
    account = sessions.signed_in()
    tabs: tuple[DeskTab, ...] = ()
    if account:
        urls = {key: url_for(endpoint) for key, endpoint in TABS}
        here = max((url for url in urls.values() if f"{request.path}/".startswith(f"{url}/")), key=len, default="")
        here = here if here != _HOME or request.path == _HOME else ""
        tabs = tuple(DeskTab(key, url, url == here and request.routing_exception is None) for key, url in urls.items())
    return Desk(
        email=account.operator.email if account else "",
        tabs=tabs,
        home_url=url_for("admin.overview"),
        sign_out_url=url_for("admin.sign_out"),
        csrf=generate_csrf(),
    )


@bp.context_processor
def _with_desk() -> dict[str, Any]:
    return {"desk": g.get("desk") or desk()}


def require_csrf() -> None:
    """Raises FormStale for a form that this session was not given."""
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        raise FormStale("the form's csrf_token is missing, old, or of another session") from None


def to_sign_in() -> Response:
    """To the sign-in page, which leads back here if here can be asked for."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else ""
    onward = safe_next(wanted)
    return redirect(url_for("admin.sign_in", next=onward if onward != _HOME else None), code=303)


def safe_next(wanted: str) -> str:
    """A page of the desk; its first one for anything else. Nothing leads to another site, or out of /admin."""
    if not _PLAIN.fullmatch(wanted) or ".." in wanted:
        return _HOME
    path = urlsplit(wanted).path
    return wanted if is_admin_path(path) and path not in ("/admin/login", "/admin/logout") else _HOME
