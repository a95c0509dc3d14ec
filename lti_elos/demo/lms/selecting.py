"""Where the tool's answer arrives, by the teacher's browser, when content was selected."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from lti_elos.demo.lms.answers import current_lms, page, refused
from lti_elos.demo.lms.claims import course_address
from lti_elos.demo.lms.deep_links import Bad, taken
from lti_elos.demo.lms.launches import Message

bp = Blueprint("selecting", __name__, url_prefix="/<slug>/deep-linking")


@bp.post("/return")
def answer(slug: str) -> Response:
    """In the frame or tab where the tool was: from here the whole page goes back to the course."""
    lms = current_lms()
    selection = lms.selections.get(slug, request.args.get("key", ""))
    if selection is None:
        return refused("selection", 400, detail="key")
    launch = selection.launch
    platform = lms.platform(slug, launch.client_id)
    entry = {"platform": platform.slug, "at": lms.clock(), "outcome": "selection", "course": launch.course.id}
    try:
        good = taken(lms, platform, selection, request.form.get("JWT", ""))
    except Bad as bad:
        lms.journal.add(entry | {"error": str(bad)})
        return refused("selection", 400, detail=str(bad))
    if not lms.selections.end(selection):
        return refused("selection", 400, detail="key")
    lms.selections.add(slug, launch.course.id, good.links)
    titles = [one.title for one in good.links]
    lms.journal.add(entry | {"titles": titles, "custom": [dict(one.custom) for one in good.links]})
    back = replace(launch, message=Message.RESOURCE_LINK, link=good.links[0] if good.links else launch.link)
    after = course_address(lms, platform, back) + (f"&{urlencode(good.said)}" if good.said else "")
    return page("selected.html", locale=launch.locale, after=after)
