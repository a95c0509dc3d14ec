"""Pages that a whole class is given alike: rendered once for all of them, and not again while nothing in them changes.

A template's output follows from what it is given and from what is around it (language, zone, frame, address): both are
the key, compared in full, so nobody is given what another's values would not have given them too. What is each
person's own is a mark while the page is rendered, and its value on the way out.
"""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

from flask import Flask, current_app, render_template, request
from markupsafe import escape

from lti_elos.web.guards import is_framed
from lti_elos.web.languages import choose_locale, choose_zone

_KEPT = 256
"""Pages per process: some 10 kB each."""

_SECRET = secrets.token_hex(16)


def mark(name: str) -> str:
    """Stands for a person's own value. Nobody outside the process can write one."""
    return f"own-{_SECRET}-{name}-"


@dataclass(frozen=True, slots=True)
class _Around:
    """What templates see besides what they are given (``languages.page_context``, filters, ``url_for``)."""

    locale: str
    zone: str
    is_framed: bool
    method: str
    root: str
    leads_to: str | None


_Given = tuple[tuple[str, Hashable], ...]


def install(app: Flask) -> None:
    """Each application keeps its own pages."""

    @functools.lru_cache(maxsize=_KEPT)
    def rendered(template: str, _around: _Around, given: _Given) -> str:
        return render_template(template, **dict(given))

    app.extensions["lti_elos_rendered"] = rendered


def render_alike(template: str, own: Mapping[str, object], **given: Hashable) -> str:
    """The page, as ``render_template`` gives it.

    :param own: what replaces each :func:`mark` in ``given``. What a template decides by is no such value.
    :param given: everything else that the template is given. It must not tell the second: the page would be new each
        time.
    """
    around = _Around(
        choose_locale(), choose_zone(), is_framed(), request.method, request.root_path, request.args.get("to")
    )
    rendered: Callable[[str, _Around, _Given], str] = current_app.extensions["lti_elos_rendered"]
    page = rendered(template, around, tuple(given.items()))
    for name, value in own.items():
        page = page.replace(mark(name), escape(value))
    return page
