"""Flask's session and flask-login, for paths under /admin alone (DESIGN "Sessions").

Everywhere else Flask gets an empty session that reads and writes no cookie, and flask-login is not asked: a launched
person is never an operator, nor the other way round, and launches cost nothing more.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, Response, current_app, request, session
from flask.sessions import NullSession, SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from lti_elos.services import operators
from lti_elos.services.deps import Deps
from lti_elos.services.operators import Operator

COOKIE = "__Secure-elos-admin"


def is_admin_path(path: str) -> bool:
    return path == "/admin" or path.startswith("/admin/")


class Account(UserMixin):  # type: ignore[misc]  # untyped
    """An operator as flask-login knows them: by the secret of this session, not by the account."""

    def __init__(self, token: str, operator: Operator) -> None:
        self.token = token
        self.operator = operator

    def get_id(self) -> str:
        return self.token


class AdminSessions(SecureCookieSessionInterface):
    """Signed cookies under /admin; nothing elsewhere."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return super().open_session(app, request) if is_admin_path(request.path) else NullSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        super().save_session(app, session, response)


def install(app: Flask, deps: Deps) -> None:
    """The application's session and login manager."""
    first, *older = deps.vault.signing_keys("operator session")
    app.config.update(
        SECRET_KEY=first,
        SECRET_KEY_FALLBACKS=older,
        SESSION_COOKIE_NAME=COOKIE,
        SESSION_COOKIE_PATH="/admin",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
    )
    app.session_interface = AdminSessions()
    manager = LoginManager()
    manager.session_protection = None  # the session's row says how long it is good, whatever address it comes from
    manager.user_loader(_load)
    # Not init_app: it would look for remember cookies, of which there are none, after every request of the application.
    app.login_manager = manager  # type: ignore[attr-defined]


def _load(token: str) -> Account | None:
    if not is_admin_path(request.path):
        return None
    deps: Deps = current_app.extensions["lti_elos"]
    found = operators.of_session(deps, token)
    return Account(token, found) if found else None


def signed_in() -> Account | None:
    """Who is at this desk."""
    if not is_admin_path(request.path):
        return None
    account: Any = current_user._get_current_object()
    return account if account.is_authenticated else None


def begin(token: str) -> None:
    """The session of somebody who has just signed in: nothing of the one before is kept, its CSRF token neither."""
    deps: Deps = current_app.extensions["lti_elos"]
    found = operators.of_session(deps, token)
    if found is not None:
        session.clear()
        login_user(Account(token, found))


def end() -> None:
    """Signed out: here, and in the database."""
    account = signed_in()
    if account is not None:
        deps: Deps = current_app.extensions["lti_elos"]
        operators.sign_out(deps, account.token)
    logout_user()
    session.clear()
