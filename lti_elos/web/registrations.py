"""Dynamic registration: an LMS's administrator, in the LMS's frame or tab, agrees to connect the tool."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint, render_template, request, url_for
from flask_babel import force_locale, gettext

from lti_elos.domain.sentences import marked as _l
from lti_elos.errors import NotRegistered
from lti_elos.services import registrations
from lti_elos.services.registrations import Offer
from lti_elos.settings import LOCALES
from lti_elos.web.guards import Needs, current_deps, requires
from lti_elos.web.languages import LABELS
from lti_elos.web.limits import count_failure
from lti_elos.web.pages import PostForm, RegisterPage

bp = Blueprint("registrations", __name__, url_prefix="/lti/register")


@bp.get("/<invite>")
@requires(Needs.INVITE)
def show(invite: str) -> str:
    """What would be registered, with the button to do so. Without an LMS's parameters: what to do with this address."""
    deps = current_deps()
    configuration_url = request.args.get("openid_configuration", "")
    with _counting():
        if not configuration_url:
            good = registrations.look(deps, invite)
            address = f"{deps.settings.base_url}{url_for('registrations.show', invite=invite)}"
            return render_template("registrations/paste.html", address=address, expires_at=good.expires_at)
        offer = registrations.offer(
            deps,
            invite,
            configuration_url=configuration_url,
            token=request.args.get("registration_token", ""),
            name=our_name(deps.settings.default_locale),
            names=tuple((LABELS[locale][1], our_name(locale)) for locale in LOCALES),
            description=our_description(deps.settings.default_locale),
        )
    return render_template("registrations/show.html", page=_page(offer, invite))


@bp.post("/<invite>")
@requires(Needs.INVITE)
def register(invite: str) -> str:
    """Register, and say what is left to do in the LMS."""
    with _counting():
        done = registrations.register(current_deps(), invite, request.form.get("consent", ""))
    return render_template("registrations/done.html", done=done)


def _page(offer: Offer, invite: str) -> RegisterPage:
    return RegisterPage(
        lms=offer.lms,
        version=offer.version,
        issuer=offer.issuer,
        called=offer.invite.name,
        is_update=offer.invite.platform_id is not None,
        expires_at=offer.invite.expires_at,
        messages=offer.messages,
        placements=offer.placements,
        claims=offer.claims,
        scopes=offer.scopes,
        custom=offer.custom,
        form=PostForm(url_for("registrations.register", invite=invite), (("consent", offer.consent),)),
    )


_NAME = _l("Elos live room")
_DESCRIPTION = _l("The live room and the recordings of the course")


def our_name(locale: str) -> str:
    """What an LMS calls the tool."""
    return _in(locale, _NAME)


def our_description(locale: str) -> str:
    """What an LMS says of the tool."""
    return _in(locale, _DESCRIPTION)


def _in(locale: str, sentence: str) -> str:
    with force_locale(locale):
        return str(gettext(sentence))


@contextmanager
def _counting() -> Iterator[None]:
    """Past the limit of failures nothing is fetched for whoever it is. Raises TooMany."""
    try:
        yield
    except NotRegistered:
        count_failure("registration")
        raise
