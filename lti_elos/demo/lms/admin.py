"""The page where an LMS's administrator registers tools by their address, and lets people use them."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, make_response, redirect, request, url_for

from lti_elos.demo.lms.answers import asked_locale, current_lms, page
from lti_elos.demo.lms.discovery import DESKS, configuration_address
from lti_elos.demo.lms.issuing import issue
from lti_elos.demo.lms.launches import LOCALES, NotEnrolled
from lti_elos.demo.lms.platforms import Lms, Platform, Product
from lti_elos.demo.lms.registration import trouble_asked
from lti_elos.demo.lms.school import NotInSchool, Person
from lti_elos.demo.lms.tools import Client, State, origin_of

bp = Blueprint("admin", __name__, url_prefix="/<slug>/admin/tools")

_NEW = "new"


@bp.get("")
def tools(slug: str) -> Response:
    return _page(_platform(slug))


@bp.post("")
def register(slug: str) -> Response:
    """The tool's page, in a frame of this one or, where the product does so, alone in the tab that the form opened."""
    lms = current_lms()
    platform = _platform(slug)
    asked = request.form.get("registration_url", "").strip()
    origin = origin_of(asked)
    if origin is None:
        return _page(platform, asked=asked, problem="no_address", status=400)
    update = request.form.get("update", "")
    if platform.slug is Product.MOODLE and not update and (same := _of_domain(lms, slug, urlsplit(asked).netloc)):
        return _page(platform, asked=asked, choice=same)
    changes = lms.clients.get(slug, update) if update not in ("", _NEW) else None
    trouble = trouble_asked()
    token, ticket = issue(lms, platform, changes=changes, trouble=trouble)
    configuration = configuration_address(platform, token, ticket, trouble)
    address = _with_query(asked, {"openid_configuration": configuration, "registration_token": token})
    if DESKS[platform.slug].opens_tab:
        return make_response(redirect(address, code=303))
    return _page(platform, asked=asked, address=address, origins=(origin,))


@bp.post("/<client_id>")
def change(slug: str, client_id: str) -> Response:
    """``to``: a state, or ``removed``."""
    lms = current_lms()
    platform = _platform(slug)
    client = lms.clients.get(slug, client_id)
    if client is None:
        raise NotInSchool(client_id)
    to = request.form.get("to", "")
    if to == "removed":
        lms.clients.remove(slug, client_id)
    elif to in list(State):
        lms.clients.put(slug, replace(client, state=State(to)))
    return make_response(redirect(_own_address(platform), code=303))


def _platform(slug: str) -> Platform:
    """Also sees to it that who asks is an administrator. Raises NotInSchool where tools are registered otherwise."""
    platform = current_lms().platform(slug)
    if platform.slug not in DESKS:
        raise NotInSchool(slug)
    if not _person().is_admin:
        raise NotEnrolled(_person().id)
    return platform


def _person() -> Person:
    school = current_lms().school
    asked = request.values.get("as")
    return school.person(asked) if asked else next(one for one in school.people if one.is_admin)


def _page(
    platform: Platform,
    *,
    asked: str = "",
    address: str = "",
    problem: str = "",
    choice: Client | None = None,
    origins: tuple[str, ...] = (),
    status: int = 200,
) -> Response:
    """``address``: of the tool's page in the frame. ``choice``: a tool that could be changed instead."""
    lms = current_lms()
    answer = page(
        "admin.html",
        status=status,
        origins=origins,
        platform=platform,
        person=_person(),
        own_address=_own_address(platform),
        locales=[(one, _own_address(platform, locale=one)) for one in LOCALES],
        clients=[
            (
                one,
                f"{url_for('.change', slug=platform.slug, client_id=one.client_id)}?{urlencode(_kept())}",
                _course(platform, one),
            )
            for one in lms.clients.of(platform.slug)
        ],
        asked=asked,
        address=address,
        problem=problem,
        choice=choice,
        opens_tab=DESKS[platform.slug].opens_tab,
    )
    if DESKS[platform.slug].opens_tab:
        # The form's answer leads on to a tool that nobody knew when this page was made.
        policy = answer.headers["Content-Security-Policy"]
        answer.headers["Content-Security-Policy"] = policy.replace("form-action 'self'", "form-action http: https:")
    return answer


def _course(platform: Platform, client: Client) -> str:
    """A course with the tool in it, as its teacher has it."""
    course = current_lms().school.courses[0]
    asked = {"as": next(iter(course.roles)), "locale": asked_locale(), "tool": client.client_id}
    return f"{url_for('pages.course_page', slug=platform.slug, course=course.id)}?{urlencode(asked)}"


def _kept() -> dict[str, str]:
    trouble = trouble_asked()
    return {"as": _person().id, "locale": asked_locale()} | ({"trouble": trouble.value} if trouble else {})


def _own_address(platform: Platform, **changes: str) -> str:
    return f"{url_for('.tools', slug=platform.slug)}?{urlencode(_kept() | changes)}"


def _of_domain(lms: Lms, slug: str, domain: str) -> Client | None:
    return next((one for one in lms.clients.of(slug) if one.domain == domain), None)


def _with_query(address: str, more: dict[str, str]) -> str:
    """A query that is there already stays."""
    parts = urlsplit(address)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *more.items()]
    return urlunsplit(parts._replace(query=urlencode(query), fragment=""))
