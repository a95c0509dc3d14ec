"""What the API answers: XML, its refusals, and the shapes servers give them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Response
from lxml import etree

# Key to sentence. The sentences are BigBlueButton's and Elos's literal ones; clients must not depend on them.
TEXTS = {
    "checksumError": "Checksums do not match",
    "unsupportedRequest": "This request is not supported.",
    "unsupportedContentType": "POST request Content-Type is missing or unsupported",
    "missingParamMeetingID": "You must specify a meeting ID for the meeting",
    "missingParamName": "You must specify a name for the meeting",
    "missingParamFullName": "You must specify a name for the attendee who will be joining the meeting.",
    "missingParamRecordID": "You must specify a recordID",
    "missingParamPublish": "You must specify a publish value true or false",
    "invalidFormat": "Meeting id contains invalid characters.",
    "idNotUnique": "A meeting already exists with that meeting ID.  Please use a different meeting ID.",
    "duplicateWarning": "This conference was already in existence and may currently be in progress.",
    "simultaneousMeetingsLimitReachedForSecret": "The secret's limit of simultaneous meetings was reached.",
    "simultaneousMeetingsLimitReachedForInstitution": ("The institution's limit of simultaneous meetings was reached."),
    "notFound": "We could not find a meeting with that meeting ID",
    "invalidMeetingIdentifier": "The meeting ID that you supplied did not match any existing meetings",
    "invalidPassword": (
        "You either did not supply a password or the password supplied is neither the attendee or moderator"
        " password for this conference."
    ),
    "mismatchCreateTimeParam": "The createTime parameter submitted mismatches with the current meeting.",
    "meetingForciblyEnded": "You can not re-join a meeting that has already been forcibly ended.",
    "maxParticipantsReached": "The number of participants allowed for this meeting has been reached.",
    "simultaneousParticipantsLimitReachedForSecret": "The secret's limit of simultaneous participants was reached.",
    "simultaneousParticipantsLimitReachedForInstitution": (
        "The institution's limit of simultaneous participants was reached."
    ),
    "guestDeniedAccess": "Guests are not allowed into this meeting.",
    "noMeetings": "no meetings were found on this server",
    "noRecordings": "There are no recordings for the meeting(s).",
    "missingParamCallbackURL": "You must specify a callbackURL in the parameters.",
    "missingParamHookID": "You must specify a hookID in the parameters.",
    "invalidParamHookID": "The hookID informed is not valid.",
    "duplicateHook": "There is already a hook for this callback URL.",
    "destroyMissingHook": "The hook informed was not found.",
    "enableMissingHook": "The hook informed was not found or the shared secret didn't match the hook's.",
    "createHookError": "An error happened while creating your hook. Check the logs.",
    "listHookError": "There was an error listing the hooks.",
    "internalError": "Load balancer failed. Is it running?",
}

_STATUSES = {
    "checksumError": 401,
    "notFound": 404,
    "invalidMeetingIdentifier": 404,
    "internalError": 500,
    "unsupportedContentType": 415,
    "destroyMissingHook": 404,
    "enableMissingHook": 404,
    "invalidParamHookID": 422,
    "createHookError": 500,
    "listHookError": 500,
}


class RefusedError(Exception):
    """The call is answered with FAILED and this key."""

    def __init__(self, key: str, message: str = "") -> None:
        super().__init__(key)
        self.key = key
        self.message = message or TEXTS.get(key, "The call was refused.")


class BrokenPageError(Exception):
    """The call is answered with this status and a page of HTML, and not by the API."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Answer:
    """A successful call: its elements after ``returncode``, or the address a browser is sent to."""

    body: tuple[etree._Element, ...] = ()
    key: str = ""
    location: str = ""
    session_id: str = ""
    """The cookie to give to the browser."""
    text: str = ""
    """In place of XML."""


def tag(name: str, value: str | int | Iterable[etree._Element] = "", /, **attributes: str) -> etree._Element:
    """One XML element; booleans become ``true`` and ``false``, nothing becomes ``<name/>``."""
    element = etree.Element(name, attributes)
    if isinstance(value, bool):
        element.text = "true" if value else "false"
    elif isinstance(value, (str, int)):
        element.text = str(value) or None
    else:
        element.extend(value)
    return element


def remark(key: str, told_as: str = "") -> tuple[etree._Element, etree._Element]:
    """``messageKey`` and ``message``; present and empty when there is nothing to say.

    ``told_as`` is for a key that has another sentence elsewhere.
    """
    return tag("messageKey", told_as or key), tag("message", TEXTS.get(key, ""))


def success(answer: Answer) -> Response:
    if answer.location:
        return Response(status=302, headers={"Location": answer.location, "Cache-Control": "no-cache"})
    if answer.text:
        return Response(answer.text, content_type="text/plain;charset=utf-8")
    return xml_reply([tag("returncode", "SUCCESS"), *answer.body])


def broken_page(status: int) -> Response:
    return Response("<!doctype html><title>Error</title><pre>Error</pre>", status, content_type="text/html")


def failure(refusal: RefusedError, *, form: str, real_statuses: bool) -> Response:
    """``form`` picks one of the three shapes seen on servers: flat, list, attributes."""
    key, message = refusal.key, refusal.message
    if form == "list":
        told = [tag("errors", [tag("error", [tag("key", key), tag("message", message)])])]
    elif form == "attributes":
        told = [tag("errors", [tag("error", key=key, message=message)])]
    else:
        told = [tag("messageKey", key), tag("message", message)]
    status = _STATUSES.get(key, 400) if real_statuses else 200
    return xml_reply([tag("returncode", "FAILED"), *told], status=status)


def xml_reply(elements: Iterable[etree._Element], *, status: int = 200) -> Response:
    body = etree.tostring(tag("response", elements), pretty_print=True)
    return xml_text(body, status=status)


def xml_text(body: bytes, *, status: int = 200) -> Response:
    return Response(body, status, content_type="text/xml;charset=utf-8", headers={"Cache-Control": "no-cache"})


def with_errors(url: str, refusal: RefusedError) -> str:
    """The address a refused browser is sent to, with ``errors`` appended to whatever query it has."""
    errors = json.dumps([{"key": refusal.key, "message": refusal.message}], separators=(",", ":"))
    return f"{url}{'&' if '?' in url else '?'}{urlencode({'errors': errors})}"
