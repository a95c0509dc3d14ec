"""Connecting an LMS by hand: a page per LMS with each value and every step, and the JSON that Canvas reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from flask import Blueprint, Response, jsonify, render_template, url_for
from flask_babel import get_locale, gettext
from markupsafe import Markup

from lti_elos.errors import NotFound
from lti_elos.services import by_hand
from lti_elos.services.by_hand import Typed
from lti_elos.web.guards import Needs, current_deps, requires
from lti_elos.web.languages import LABELS
from lti_elos.web.pages import SetupField, SetupLabel, SetupLink, SetupPage, SetupStep
from lti_elos.web.registrations import our_description, our_name
from lti_elos.web.setup_guides import CHECKS, GUIDES, Field, Guide, Label, Slots, Step

bp = Blueprint("setup", __name__)


@bp.get("/lti/config/canvas.json")
@requires(Needs.ANYONE)
def canvas() -> Response:
    """For Canvas's "Enter URL" and "Paste JSON"."""
    settings = current_deps().settings
    locale = settings.default_locale
    return jsonify(by_hand.canvas_key(settings.base_url, name=our_name(locale), description=our_description(locale)))


@bp.get("/docs/setup")
@requires(Needs.ANYONE)
def index() -> str:
    """Which LMS?"""
    return render_template("setup/index.html", links=links_of())


@bp.get("/docs/setup/<family>")
@requires(Needs.ANYONE)
def guide(family: str) -> str:
    """One LMS. Raises NotFound."""
    if (found := GUIDES.get(family)) is None:
        raise NotFound("no such LMS")
    settings = current_deps().settings
    locale = settings.default_locale
    typed = by_hand.typed(settings.base_url, found.family, name=our_name(locale), description=our_description(locale))
    return render_template("setup/guide.html", page=page_of(found, typed, links_of(family)))


def links_of(current: str = "") -> tuple[SetupLink, ...]:
    """All guides. ``current``: the key of the one that is shown."""
    return tuple(
        SetupLink(one.name, url_for("setup.guide", family=one.key), is_current=one.key == current)
        for one in GUIDES.values()
    )


def page_of(found: Guide, typed: Typed, links: tuple[SetupLink, ...]) -> SetupPage:
    """The guide in the page's language, with our values."""
    return SetupPage(
        name=found.name,
        registers_itself=found.registers_itself,
        links=links,
        steps=_steps(found.steps, typed),
        brings=tuple((_label(one.label), one.option) for one in found.brings),
        command=command_of(found),
        afterwards=_steps(found.afterwards, typed),
        checks=_steps(CHECKS, typed),
        notes=_steps(found.notes, typed),
    )


def values_of(typed: Typed) -> Mapping[str, str]:
    """What fills the slots of a guide's values."""
    return {
        **{name: value for name, value in asdict(typed).items() if isinstance(value, str)},
        "custom_lines": "\n".join(f"{name}={value}" for name, value in typed.custom),
    }


def command_of(found: Guide) -> str:
    """What the operator types, an option a line."""
    options = (f'{option} "{value}"' if " " in value else f"{option} {value}" for option, value in found.command)
    return " \\\n    ".join(["lti-elos platform add", *options])


def _steps(steps: tuple[Step, ...], typed: Typed) -> tuple[SetupStep, ...]:
    values = values_of(typed)
    return tuple(SetupStep(_sentence(one), tuple(_field(line, values) for line in one.fields)) for one in steps)


def _field(found: Field, values: Mapping[str, str]) -> SetupField:
    return SetupField(
        label=_label(found.label),
        value=found.value.format(**values),
        option=_label(found.option) if found.option else None,
        state=str(gettext(found.state)) if found.state else "",
    )


def _sentence(step: Step) -> Markup:
    return Markup.escape(gettext(step.text)).format(**_marked(step.slots))


def _marked(slots: Slots) -> dict[str, Markup]:
    return {
        name: _words(one) if isinstance(one, Label) else Markup("<code>{}</code>").format(one)
        for name, one in slots.items()
    }


def _words(label: Label) -> Markup:
    said = _label(label)
    if said.lang:
        return Markup('<b lang="{}">{}</b>').format(said.lang, said.text)
    return Markup("<b>{}</b>").format(said.text)


def _label(label: Label) -> SetupLabel:
    """In the page's language, where the LMS is known to have it; then with the English words too."""
    locale = str(get_locale())
    known = label.known(locale)
    if not known:
        return SetupLabel(label.en, LABELS["en"][1])
    return SetupLabel(known, "", "" if known == label.en else label.en)
