"""What Elos's hooks send, as a test sends it in Elos's stead."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode
from uuid import UUID, uuid4

import requests
from sqlalchemy import select

from lti_elos.db.tables import hooks, servers
from lti_elos.services import jobs
from lti_elos.services.hooks import url_of
from lti_elos.services.job_kinds import KINDS
from tests.conftest import Tool

TOKEN = "0123456789abcdef0123456789abcdef01234567"
INTERNAL = "8043c8452ae9830aac14c517adff3839dbd9228f-1795353362000"
START_MS = 1795353362000
_FIXTURES = Path(__file__).parents[1] / "fixtures" / "bbb-webhooks-3.5" / "deliveries.jsonl"


def event(
    name: str,
    *,
    at_s: float = 0,
    who: str = "",
    person: str = "",
    external: str = "",
    internal: str = INTERNAL,
    **more: Any,
) -> dict[str, Any]:
    """One event (elos-api 6.4), ``at_s`` seconds after the meeting's creation."""
    meeting: dict[str, Any] = {"internal-meeting-id": internal, "external-meeting-id": external}
    attributes: dict[str, Any] = {"meeting": meeting | more.pop("meeting", {}), **more}
    if who:
        attributes["user"] = {
            "internal-user-id": who,
            "external-user-id": person,
            "name": "Pessoa Nomeada",
            "role": "VIEWER",
            "guest": False,
        }
    ts = START_MS + round(at_s * 1000)
    return {"data": {"type": "event", "id": name, "attributes": attributes, "event": {"ts": ts}}}


def captured() -> list[dict[str, Any]]:
    """The events of a BigBlueButton, each as its delivery's one."""
    lines = _FIXTURES.read_text(encoding="utf-8").splitlines()
    return [json.loads(parse_qs(json.loads(line)["body"])["event"][0])[0] for line in lines]


@dataclass
class Sender:
    """Elos, at its hook of the tool."""

    tool: Tool
    server_id: UUID
    token: str = TOKEN

    def send(self, *told: dict[str, Any], **headers: str) -> requests.Response:
        """All in one delivery, form-encoded."""
        body = urlencode({"domain": "elos.test", "event": json.dumps(list(told)), "timestamp": START_MS})
        return self.post(body.encode(), **headers)

    def post(self, body: bytes, *, query: str = "", **headers: str) -> requests.Response:
        kinds = {
            "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8",
            "Authorization": f"Bearer {self.token}",
        }
        sent = kinds | {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"{self.tool.url}/elos/hooks/{self.server_id}{query}"
        return requests.post(url, data=body, headers={name: value for name, value in sent.items() if value}, timeout=20)


def hooked(tool: Tool, *, token: str = TOKEN) -> Sender:
    """The tool has a hook at its server, whose deliveries carry ``token`` ("": Elos told none)."""
    now = tool.deps.clock()
    with tool.deps.database.transaction() as db:
        server_id = db.scalars(select(servers.c.id).where(servers.c.is_default)).one()
        db.execute(
            hooks.insert().values(
                server_id=server_id,
                hook_id=str(uuid4()),
                url=url_of(tool.deps, server_id),
                token_sealed=tool.deps.vault.seal("hook-token", token) if token else "",
                checked_at=now,
                made_at=now,
                trouble="",
            )
        )
    return Sender(tool, server_id, token)


def do_jobs(tool: Tool) -> None:
    """What a worker does, done now."""
    while ids := jobs.due(tool.deps):
        for job_id in ids:
            jobs.run(tool.deps, job_id, KINDS)
