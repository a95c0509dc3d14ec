"""Signing in and out."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from lti_elos.services import operators
from lti_elos.services.operators import SignInLocked, SignInRefused
from lti_elos.web.admin import sessions
from lti_elos.web.admin.desk import bp, require_csrf, safe_next
from lti_elos.web.admin.pages import SignInPage
from lti_elos.web.guards import Needs, current_deps, requires


@bp.get("/login")
@requires(Needs.ANYONE)
def sign_in() -> Response | str:
    """The form; who is signed in goes on."""
    onward = safe_next(request.args.get("next", ""))
    if sessions.signed_in():
        return redirect(onward, code=303)
    return render_template("admin/sign_in.html", page=SignInPage(onward))


@bp.post("/login")
@requires(Needs.ANYONE)
def take_sign_in() -> Response:
    """Rotates the session. A refusal does not say whether there is such an account."""
    require_csrf()
    onward, email = safe_next(request.form.get("next", "")), request.form.get("email", "")
    former = sessions.signed_in()
    try:
        token = operators.sign_in(
            current_deps(),
            email,
            request.form.get("password", ""),
            address=request.remote_addr or "",
            former=former.token if former else "",
        )
    except SignInRefused as refusal:
        is_locked = isinstance(refusal, SignInLocked)
        page = SignInPage(onward, email[:254], "locked" if is_locked else "wrong")
        response = make_response(render_template("admin/sign_in.html", page=page), 429 if is_locked else 401)
        if is_locked:
            response.headers["Retry-After"] = str(int(operators.WINDOW.total_seconds()))
        return response
    sessions.begin(token)
    return redirect(onward, code=303)


@bp.post("/logout")
@requires(Needs.OPERATOR)
def sign_out() -> Response:
    """A copy of the cookie is good for nothing afterwards."""
    sessions.end()
    return redirect("/admin/login", code=303)
