"""The cookie that ties a browser to the joins it made.

BigBlueButton's has no SameSite attribute, so browsers neither keep nor send it in a frame of another site: there only
meetings created with ``allowRequestsWithoutSession`` open. Source: BigBlueButton documentation, create.
"""

from __future__ import annotations

import re
import secrets

from flask import Response, request

from lti_elos.demo.elos.meetings import Meeting, Person
from lti_elos.demo.elos.simulator import Simulator

COOKIE = "JSESSIONID"
_ID = re.compile("[0-9A-F]{32}")


def session_of_browser() -> str:
    """The browser's session, or a new one: all its tabs share it."""
    sent = request.cookies.get(COOKIE, "")
    return sent if _ID.fullmatch(sent) else secrets.token_hex(16).upper()


def remember(response: Response, session_id: str) -> None:
    response.set_cookie(COOKIE, session_id, path="/", httponly=True)


def is_same_browser(sim: Simulator, meeting: Meeting, person: Person) -> bool:
    """Whether the request may act for this person: it comes from the browser that joined, or nobody asks for that.

    People whom the control API put in never had a browser.
    """
    if not (sim.switches.requires_session and meeting.needs_session and person.session_id):
        return True
    return request.cookies.get(COOKIE) == person.session_id
