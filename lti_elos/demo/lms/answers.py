"""Pages as this LMS sends them: templates with a policy that lets the tool in, and nothing inline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from flask import Response, current_app, make_response, render_template, request

from lti_elos.demo.lms.launches import LOCALES
from lti_elos.demo.lms.platforms import Lms
from lti_elos.demo.lms.tools import Tool
from lti_elos.demo.lms.words import WORDS


def current_lms() -> Lms:
    return cast(Lms, current_app.extensions["lms"])


def page(
    template: str, *, locale: str | None = None, status: int = 200, origins: Sequence[str] = (), **values: Any
) -> Response:
    """``t`` in the template is the page's words. ``origins`` may be in its frames and get its forms, or the tool's of
    the start."""
    lms = current_lms()
    chosen = asked_locale() if locale is None else locale
    answer = make_response(
        render_template(template, lms=lms, school=lms.school, locale=chosen, t=WORDS[chosen], **values), status
    )
    # Chromium applies form-action to redirects too: the tool's login answers with one back to us, hence 'self'.
    tool = " ".join(origins or lms.tool.origins)
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
        f"frame-src 'self' {tool}; form-action 'self' {tool}; frame-ancestors 'self'"
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def asked_locale() -> str:
    """The query's, if we speak it."""
    asked = request.args.get("locale", "")
    return asked if asked in LOCALES else LOCALES[0]


def refused(what: str, status: int, *, detail: str = "") -> Response:
    """The LMS's own error page: nothing goes to the tool. ``detail`` is a word for whoever writes tools."""
    return page("error.html", status=status, what=what, detail=detail)


def self_posting(action: str, fields: dict[str, str], *, tool: Tool, locale: str | None = None) -> Response:
    """A form to ``tool`` that the page's script sends at once, and a button for browsers without."""
    return page("post.html", locale=locale, origins=tool.origins, action=action, fields=fields)
