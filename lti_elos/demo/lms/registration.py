"""The registration's two addresses on each product: the configuration document, and where a tool registers itself."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, request

from lti_elos.demo.lms.answers import current_lms, refused
from lti_elos.demo.lms.discovery import DESKS, configuration
from lti_elos.demo.lms.platforms import Lms, Platform, Product
from lti_elos.demo.lms.registering import Asked, Refused, registered
from lti_elos.demo.lms.school import NotInSchool
from lti_elos.demo.lms.tickets import Ticket, Trouble

bp = Blueprint("registration", __name__)

_LONGEST = 300_000


def trouble_asked() -> Trouble:
    """Raises NotInSchool for one that is not known."""
    try:
        return Trouble(request.values.get("trouble", ""))
    except ValueError as cause:
        raise NotInSchool("trouble") from cause


def _document(slug: Product) -> Response:
    lms = current_lms()
    platform = lms.platform(slug)
    trouble = trouble_asked()
    key = ""
    match platform.slug:
        case Product.CANVAS | Product.BRIGHTSPACE:
            token = request.args.get("registration_token")
            if not token:
                words = "Access token missing (You must include the registration_token parameter)."
                return make_response(jsonify(error=words), 401)
            ticket = lms.tickets.get(slug, token)
            if ticket is None or not lms.tickets.is_young(ticket):
                return make_response(jsonify(error="Invalid access token."), 401)
        case Product.SAKAI:
            for name in ("clientId", "key", "issuerURL", "deploymentId"):
                if not request.args.get(name):
                    return make_response(jsonify(error=f"Missing {name}"), 400)
            key = request.args["key"]
    return jsonify(configuration(lms, platform, key=key, trouble=trouble))


def _register(slug: Product, key: str = "") -> Response:
    lms = current_lms()
    platform = lms.platform(slug)
    trouble = trouble_asked()
    if trouble is Trouble.FAILS:
        return make_response("<h1>Internal Server Error</h1>", 500)
    if trouble is Trouble.SLOW:
        time.sleep(lms.slow_s)
    try:
        return _at_desk(lms, platform, key, trouble)
    except Refused as no:
        if isinstance(no.body, str):
            return make_response(no.body, no.status, {"Content-Type": "text/html; charset=utf-8"})
        return make_response(jsonify(no.body), no.status)


def _at_desk(lms: Lms, platform: Platform, key: str, trouble: Trouble) -> Response:
    slug = platform.slug
    token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if slug is Product.MOODLE and request.method not in ("GET", "POST"):
        raise Refused(400, "Unsupported operation")
    ticket = lms.tickets.get(slug, token)
    if token and ticket is None and slug is Product.MOODLE:
        return refused("unknown", 404)  # a whole page, as seen on 4.5
    ticket = _valid(lms, slug, token, ticket, key)
    if request.method == "GET":
        return _present(lms, slug, ticket)
    known = tuple(one for one in lms.clients.of(slug) if one.client_id != ticket.client_id)
    client = registered(Asked(platform, ticket, _body(slug), known, trouble, lms.keys_of))
    if slug is not Product.CANVAS and not lms.tickets.use(slug, token):
        raise _used(slug)
    before = lms.clients.get(slug, client.client_id)
    lms.clients.put(slug, replace(client, state=before.state) if before else client)
    answer = make_response(jsonify(client.registration), 201 if slug is Product.BRIGHTSPACE else 200)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _valid(lms: Lms, slug: Product, token: str, ticket: Ticket | None, key: str) -> Ticket:
    """Raises Refused, each product in its own words."""
    is_good = ticket is not None and lms.tickets.is_young(ticket)
    match slug:
        case Product.MOODLE:
            if not token:
                raise Refused(401, "missing_registration_token")
            if ticket is not None and ticket.is_used:
                raise _used(slug)
            # Too old is as good as garbage: the library that reads it throws.
            problem = Refused(401, "invalid_registration_token")
        case Product.SAKAI:
            if not token:
                raise Refused(400, {"error": "invalid_authorization"})
            is_good = is_good and ticket is not None and not ticket.is_used and ticket.key == key
            problem = Refused(403, "")
        case Product.CANVAS:
            problem = Refused(401, {"errorMessage": "JWT did not include expected contents"})
        case _:
            is_good = is_good and ticket is not None and not ticket.is_used
            problem = Refused(401, {"error": "invalid_token"})
    if ticket is None or not is_good:
        raise problem
    return ticket


def _used(slug: Product) -> Refused:
    return {
        Product.MOODLE: Refused(401, "token_already_used"),
        Product.SAKAI: Refused(403, ""),
    }.get(slug, Refused(401, {"error": "invalid_token"}))


def _present(lms: Lms, slug: Product, ticket: Ticket) -> Response:
    """Moodle alone tells a tool what it is registered as: with a token for updates, which stays good."""
    client = lms.clients.get(slug, ticket.client_id)
    if slug is not Product.MOODLE or client is None or not ticket.is_update:
        raise Refused(400, "Unsupported operation")
    return jsonify(client.registration)


def _body(slug: Product) -> dict[str, Any]:
    raw = request.get_data()
    try:
        body = json.loads(raw) if len(raw) <= _LONGEST else None
    except ValueError:
        body = None
    if not isinstance(body, dict):
        words: str | dict[str, Any] = "invalid JSON" if slug is Product.MOODLE else {"error": "Badly formatted JSON"}
        raise Refused(400, words)
    return body


for _slug, _desk in DESKS.items():
    _base = f"/{_slug}"
    bp.add_url_rule(f"{_base}/{_desk.configuration}", f"{_slug}_document", _document, defaults={"slug": _slug})
    _place = f"{_base}/{_desk.registration}" + ("/<key>" if _slug is Product.SAKAI else "")
    _methods = ["GET", "POST", "PUT"] if _slug is Product.MOODLE else ["POST"]
    bp.add_url_rule(_place, f"{_slug}_register", _register, defaults={"slug": _slug}, methods=_methods)
