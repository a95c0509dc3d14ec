"""What people see of the LMS: the university's front page, and a course as each product frames it."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, request, url_for

from lti_elos.demo.lms.answers import current_lms, page
from lti_elos.demo.lms.claims import course_address
from lti_elos.demo.lms.discovery import DESKS, selects
from lti_elos.demo.lms.frames import FRAMES, UNITS
from lti_elos.demo.lms.launches import LOCALES, Launch, Message, Opening, launch_from, storage_from
from lti_elos.demo.lms.school import NotInSchool, Role
from lti_elos.demo.lms.storage import STORAGES, in_page
from lti_elos.demo.lms.tools import State

bp = Blueprint("pages", __name__)


@bp.get("/")
def front() -> Response:
    return page("front.html", locales=LOCALES, openings=list(Opening), registering=list(DESKS))


@bp.get("/open")
def open_course() -> Response:
    """The front page's form. ``who`` is a course and one of its people, chosen in one go: ``mat101/teacher-1``."""
    lms = current_lms()
    platform = lms.platform(request.args.get("lms", ""))
    course, _, person = request.args.get("who", "").partition("/")
    asked = {"course": course, "as": person, **{name: request.args.get(name) for name in ("open", "locale")}}
    return make_response(redirect(course_address(lms, platform, launch_from(lms.school, asked)), code=303))


@bp.get("/<slug>/courses/<course>")
def course_page(slug: str, course: str) -> Response:
    """The course with one activity open, as one person has it. The tool's ``return_url`` leads here as well."""
    lms = current_lms()
    shown = launch_from(lms.school_at(slug), {**request.args.to_dict(), "course": course})
    platform = lms.platform(slug, shown.client_id)
    if shown.selects and not selects(platform):
        raise NotInSchool(slug)
    people = [one for one in lms.school.people if shown.course.admits(one)]
    return page(
        "course.html",
        locale=shown.locale,
        origins=platform.tool.origins,
        platform=platform,
        launch=shown,
        frame=FRAMES[platform.slug],
        storage=in_page(platform, shown),
        storage_address=url_for(".storage_page", slug=slug, storage=shown.storage.value),
        start=_start(slug, shown),
        unit=UNITS.get(platform.slug),
        unit_address=f"{url_for('.unit_page', slug=slug, course=course)}?{urlencode(shown.query)}",
        people=[(one, _address(slug, replace(shown, person=one))) for one in people],
        openings=[(one, _address(slug, replace(shown, opening=one))) for one in Opening],
        links=[
            (one, _address(slug, replace(shown, link=one, message=Message.RESOURCE_LINK))) for one in shown.course.links
        ],
        locales=[(one, _address(slug, replace(shown, locale=one))) for one in LOCALES],
        tools=[
            (one.tool.name, one.client_id, _address(slug, replace(shown, tool=one.client_id)))
            for one in lms.clients.of(slug)
            if one.state is State.ACTIVE
        ],
        select=_select(slug, shown),
        back=_address(slug, replace(shown, message=Message.RESOURCE_LINK)),
        start_tool=_address(slug, replace(shown, tool="")),
        # The platform's part of the launch_presentation claim: show what the tool has to say.
        said=request.args.get("lti_errormsg") or request.args.get("lti_msg") or "",
    )


@bp.get("/<slug>/units/<course>")
def unit_page(slug: str, course: str) -> Response:
    """The page in between, of products that have one: alone in the course page's frame, around the activity's."""
    lms = current_lms()
    shown = launch_from(lms.school_at(slug), {**request.args.to_dict(), "course": course})
    platform = lms.platform(slug, shown.client_id)
    if platform.slug not in UNITS:
        raise NotInSchool(slug)
    return page(
        "unit.html",
        locale=shown.locale,
        origins=platform.tool.origins,
        platform=platform,
        launch=shown,
        frame=FRAMES[platform.slug],
        start=_start(slug, shown),
    )


@bp.get("/<slug>/storage")
def storage_page(slug: str) -> Response:
    """The hidden frame beside the activity's, of products that keep there what tools put."""
    platform = current_lms().platform(slug)
    storage = STORAGES.get(platform.slug)
    if storage is None or not storage.frame:
        raise NotInSchool(slug)
    return page("storage.html", storage=storage, switch=storage_from(request.args))


def _select(slug: str, shown: Launch) -> str:
    """Where who teaches selects content, in the tool that is shown; "" for others, and where there is none."""
    teaches = shown.role in (Role.TEACHER, Role.ASSISTANT, None)
    client_id = shown.client_id
    if not teaches or not selects(current_lms().platform(slug, client_id)):
        return ""
    return _address(slug, replace(shown, message=Message.DEEP_LINKING, tool=client_id))


def _start(slug: str, launch: Launch) -> str:
    return f"{url_for('auth.launch', slug=slug)}?{urlencode({'course': launch.course.id, **launch.query})}"


def _address(slug: str, launch: Launch) -> str:
    return f"{url_for('.course_page', slug=slug, course=launch.course.id)}?{urlencode(launch.query)}"
