"""Registration tokens as each product makes them, with the ids of the tool to be."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import uuid4

from lti_elos.demo.lms import jose
from lti_elos.demo.lms.platforms import Lms, Platform, Product
from lti_elos.demo.lms.tickets import LIFE_S, Ticket, Trouble
from lti_elos.demo.lms.tools import Client


def issue(lms: Lms, platform: Platform, *, changes: Client | None, trouble: Trouble) -> tuple[str, Ticket]:
    """A new token. ``changes``: the tool that is registered already, on products that know such a thing."""
    row = lms.tickets.next_row()
    client_id, deployment_id = (changes.client_id, changes.deployment_id) if changes else _ids(platform, row)
    expires_at = lms.clock() + (-1 if trouble is Trouble.EXPIRED else LIFE_S)
    ticket = Ticket(client_id, deployment_id, row, expires_at, is_update=changes is not None)
    text = _text(platform, ticket, int(lms.clock()))
    lms.tickets.keep(platform.slug, text, ticket)
    return text, ticket


def _ids(platform: Platform, row: str) -> tuple[str, str]:
    """Client and deployment id as the product makes them. New at each start: the tool may remember those of another."""
    match platform.slug:
        case Product.MOODLE:
            return jose.encode(secrets.token_bytes(11)).replace("-", "x").replace("_", "y"), row
        case Product.CANVAS:
            return str(10_000_000_000_000 + secrets.randbelow(10**9)), f"{row}:{secrets.token_hex(20)}"
        case Product.SAKAI:
            return str(uuid4()), "1"
        case _:
            return str(uuid4()), str(uuid4())


def _text(platform: Platform, ticket: Ticket, now: int) -> str:
    header = {"typ": "JWT", "alg": "RS256", "kid": platform.kid}
    expires = int(ticket.expires_at)
    match platform.slug:
        case Product.MOODLE:
            scope, subject = ("reg-update", ticket.deployment_id) if ticket.is_update else ("reg", ticket.client_id)
            claims: dict[str, Any] = {"sub": subject, "scope": scope, "iat": now, "exp": expires}
            return jose.sign(header, claims | {"jti": secrets.token_hex(8)}, platform.key)
        case Product.CANVAS:
            claims = {"uuid": str(uuid4()), "user_id": 2, "initiated_at": now, "exp": expires}
            claims |= {"root_account_global_id": 10_000_000_000_001, "registration_url": ""}
            return jose.sign({"typ": "JWT", "alg": "HS256"}, claims, secrets.token_bytes(32))
        case Product.SAKAI:
            return f"{now}:{secrets.token_hex(32)}"
        case _:
            return secrets.token_urlsafe(32)
