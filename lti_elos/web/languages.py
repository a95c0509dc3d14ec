"""Which language and zone a page speaks: the person's choice, the launch, the browser, the default, in this order."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Flask, g, request
from flask_babel import get_translations
from werkzeug.wrappers import Response

from lti_elos.settings import LOCALES
from lti_elos.web.guards import current_deps, is_framed

COOKIE = "__Host-lang"
LABELS = {"pt_BR": ("Português", "pt-BR"), "en": ("English", "en"), "es": ("Español", "es")}


def known_locale(text: str | None) -> str | None:
    """ "pt", "pt-br", "pt_PT" → pt_BR; "es-419" → es; None for a language that we do not speak."""
    language = (text or "").replace("_", "-").partition("-")[0].lower()
    return next((locale for locale in LOCALES if locale.partition("_")[0] == language), None)


def choose_locale() -> str:
    """Flask-Babel's selector."""
    person = g.get("viewer") or g.get("selection")
    said = person.locale if person else g.get("said_locale")  # of a launch that is refused
    chosen = (
        known_locale(request.args.get("lang"))
        or known_locale(request.cookies.get(COOKIE))
        or known_locale(said)
        or next((found for tag, _ in request.accept_languages if (found := known_locale(tag))), None)
    )
    return chosen or current_deps().settings.default_locale


def install_gettext(app: Flask) -> None:
    """Templates ask for the catalogue once a page: Flask-Babel's own callables look for it at each sentence.

    ``_`` is as good as ``gettext``; Jinja's own looks for that first, and calls it through the context.
    """
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: _catalogue().ugettext(text),
        ngettext=lambda one, many, number: _catalogue().ungettext(one, many, number),
        pgettext=lambda context, text: _catalogue().upgettext(context, text),
        npgettext=lambda context, one, many, number: _catalogue().unpgettext(context, one, many, number),
        newstyle=True,
    )
    app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"]


def _catalogue() -> Any:
    found = g.get("catalogue")
    if found is None:
        found = g.catalogue = get_translations()
    return found


def choose_zone() -> str:
    """The zone of the launch, else the configured one."""
    viewer = g.get("viewer")
    return (viewer.time_zone if viewer else "") or current_deps().settings.default_time_zone


def remember_choice(response: Response) -> Response:
    """after_request: ``?lang=`` was chosen in a page's footer; it lasts as long as the browser's session."""
    if chosen := known_locale(request.args.get("lang")):
        response.set_cookie(COOKIE, chosen, secure=True, httponly=True, samesite="None", path="/", partitioned=True)
    return response


def _address(code: str) -> str:
    """This page in another language; where it leads to, and what the operators' pages filter by, stays the same."""
    is_desk = request.blueprint == "admin"
    kept = {key: value for key, value in request.args.items() if key in ("to", "show") or (is_desk and key != "lang")}
    return "?" + urlencode(kept | {"lang": code})


def page_context() -> dict[str, Any]:
    """What base.html needs on every page."""
    locale = choose_locale()
    framed = is_framed()
    return {
        "lang": LABELS[locale][1],
        "framed": framed,
        # The LMS around is light: a dark island jars.
        "theme": "light" if framed else "auto",
        # A registration cannot be asked for again without what the LMS gave in its address.
        "languages": []
        if "openid_configuration" in request.args
        else [
            {"code": code, "label": label, "lang": lang, "url": _address(code), "is_current": code == locale}
            for code, (label, lang) in LABELS.items()
        ],
        "handover": "",
    }
