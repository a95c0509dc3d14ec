"""Errors as people see them: one handler, four parts, three languages; RFC 9457 problem documents for programs."""

from __future__ import annotations

import json
import logging
from typing import Any

from flask import Flask, Response, g, make_response, render_template, request, url_for
from sqlalchemy.exc import InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from lti_elos.errors import (
    BadRequest,
    ElosError,
    ElosNotOpen,
    ElosRoomFull,
    ElosSessionsLimit,
    Fault,
    LaunchRefused,
    LtiElosError,
    NotFound,
    NotReady,
    NotRegistered,
    OtherPerson,
    PlatformSaidNo,
    RegistrationRefused,
    RegistrationRunning,
    RegistrationUnreachable,
    Unproven,
)
from lti_elos.services import meetings
from lti_elos.services.failed_launches import new_occurrence
from lti_elos.web.admin.desk import Desk, desk
from lti_elos.web.admin.sessions import is_admin_path
from lti_elos.web.error_texts import FOR_ADMINS, Audience, fill, text_for
from lti_elos.web.guards import current_deps
from lti_elos.web.pages import PostForm, Problem

log = logging.getLogger(__name__)

_RETRY_AFTER_S = {429: 10, 503: 15}
_RETRY_PAGE_S = 10
_RETRY_LIMIT_S = 30
_BAD = {"WEB-FAULT", "WEB-NOT-READY", "ELOS-UNREACHABLE", "ELOS-SECRET", "ELOS-REPLY", "ELOS-NO-SERVER"}


def install(app: Flask) -> None:
    """Every error of the application goes through here."""
    app.register_error_handler(LtiElosError, _handle)
    app.register_error_handler(HTTPException, _handle_http)
    app.register_error_handler(OperationalError, _handle_database)
    app.register_error_handler(InterfaceError, _handle_database)
    app.register_error_handler(Exception, _handle_fault)


def _handle(error: LtiElosError) -> AnyResponse:
    occurrence = g.get("occurrence") or new_occurrence()
    level = logging.ERROR if error.status == 500 else logging.WARNING if error.status >= 502 else logging.INFO
    log.log(
        level,
        "request refused",
        extra={
            "code": error.code,
            "status": error.status,
            "occurrence": occurrence,
            "detail": error.detail[:300],
            # A platform's own words may name people: the page shows them, and the failed-launch row keeps them.
            "received": "" if isinstance(error, PlatformSaidNo) else error.received[:200],
        },
    )
    problem = problem_of(error, occurrence=occurrence)
    response = _json(problem) if _wants_json() else make_response(_page(problem))
    response.status_code = error.status
    if error.status in _RETRY_AFTER_S:
        response.headers["Retry-After"] = str(_RETRY_AFTER_S[error.status])
    return response


def _page(problem: Problem) -> str:
    if not is_admin_path(request.path):
        return render_template("errors/problem.html", problem=problem)
    try:
        g.desk = desk()
    except (OperationalError, InterfaceError):  # the database is what is wrong
        g.desk = Desk("", (), "/admin", "", "")
    return render_template("admin/problem.html", problem=problem, desk=g.desk)


def _handle_http(error: HTTPException) -> AnyResponse:
    if error.code is None or error.response is not None or error.code < 400:
        return error.get_response()  # redirects of the router
    if error.code == 404:
        return _handle(NotFound("no such page"))
    if error.code >= 500:  # the request was good: something failed while an answer was finished
        return _handle(Fault(error.name))
    ours = BadRequest(error.name)
    ours.status = error.code
    response = _handle(ours)
    for name, value in error.get_headers(request.environ):
        if name == "Allow":
            response.headers[name] = value
    return response


def _handle_database(error: Exception) -> AnyResponse:
    log.error("database out of reach", extra={"reason": type(error).__name__})
    return _handle(NotReady(type(error).__name__))


def _handle_fault(error: Exception) -> AnyResponse:
    # The traceback may quote values: the redaction of log.py stands behind it. The engine keeps statements' own back.
    g.occurrence = new_occurrence()
    log.error("unhandled", exc_info=error, extra={"occurrence": g.occurrence, "endpoint": request.endpoint})
    return _handle(Fault(type(error).__name__))


def problem_of(error: LtiElosError, *, occurrence: str) -> Problem:
    """The page of an error, with the ways on that this request has."""
    viewer = g.get("viewer")
    refusal = error if isinstance(error, LaunchRefused) else None
    lms = error.values.get("lms") or (viewer.lms_name if viewer else "")
    audience: Audience = "teacher" if viewer and viewer.standing.manages else "student"
    text = text_for(error.code, audience=audience)
    values = error.values | {"lms": lms}
    if error.status == 429:
        values["n"] = str(_RETRY_AFTER_S[429])
    retry, retry_s = _retry(error)
    return Problem(
        code=error.code,
        status=error.status,
        message=fill(text.message, values),
        suggestion=fill(text.suggestion, values),
        explanation=fill(text.explanation, values),
        occurrence=occurrence,
        when=current_deps().clock(),
        lms=lms,
        return_url=(refusal.return_url if refusal else "") or (viewer.return_url if viewer else ""),
        open_window=_open_window(error),
        carry_on=_carry_on(error),
        retry=retry,
        retry_s=retry_s,
        room_url=url_for("rooms.show", room_id=viewer.room_id) if viewer and not isinstance(error, NotFound) else "",
        severity="bad" if error.code in _BAD else "wait",
        is_for_admins=error.code in FOR_ADMINS,
    )


def problem_of_key(key: str) -> Problem | None:
    """The page part for a join error that Elos named by ``key``; None for none."""
    error = meetings.join_trouble(key)
    return problem_of(error, occurrence=new_occurrence()) if error is not None else None


def _open_window(error: LtiElosError) -> PostForm | None:
    if isinstance(error, Unproven) and error.login_parameters:
        return PostForm(url_for("lti.login"), error.login_parameters, new_window=True)
    return None


def _carry_on(error: LtiElosError) -> PostForm | None:
    if isinstance(error, OtherPerson):
        return PostForm(request.full_path.removesuffix("?"), (*error.form, ("replace", "1")))
    return None


def _retry(error: LtiElosError) -> tuple[PostForm | None, int]:
    """Entering again is safe: ``create`` is repeatable. Ending is not repeated by itself, nor is registering."""
    if isinstance(error, NotRegistered):
        return _register_again(error), 0
    enters = request.endpoint in ("rooms.join", "people.give_name")
    if not isinstance(error, ElosError) or isinstance(error, ElosNotOpen) or not enters:
        return None, 0
    # The name that was given just before is kept already.
    fields = tuple((key, value) for key, value in request.form.items(multi=True) if key in ("handover", "to"))
    waits = isinstance(error, ElosSessionsLimit | ElosRoomFull)
    again = PostForm(url_for("rooms.join", **(request.view_args or {})), fields)
    return again, _RETRY_LIMIT_S if waits else _RETRY_PAGE_S


def _register_again(error: NotRegistered) -> PostForm | None:
    """The same consent, for as long as it is good. None where that would not help."""
    may_pass = isinstance(error, RegistrationRunning | RegistrationRefused | RegistrationUnreachable)
    if request.method != "POST" or not may_pass:
        return None
    return PostForm(request.path, (("consent", request.form.get("consent", "")),))


def _wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return best in ("application/json", "application/problem+json")


def _json(problem: Problem) -> Response:
    document: dict[str, Any] = {
        "type": f"urn:lti-elos:error:{problem.code}",
        "title": problem.message,
        "status": problem.status,
        "detail": problem.explanation,
        "code": problem.code,
        "occurrence": problem.occurrence,
    }
    return Response(json.dumps(document, ensure_ascii=False), content_type="application/problem+json")
