"""What only the network can tell: our own address, Elos, the time elsewhere."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import select

from lti_elos import mail
from lti_elos.db.tables import AnyRow
from lti_elos.db.tables import servers as server_table
from lti_elos.domain.sentences import marked as _l
from lti_elos.errors import ElosError, ElosNoServer, ElosUnreachable, MailUnsent
from lti_elos.lti.http import AddressRefused, FetchFailed, PlatformHttp, TlsRefused
from lti_elos.services.deps import Deps
from lti_elos.services.doctor.findings import Check, Checks, State, said
from lti_elos.settings import Settings

CONNECT_S, TOTAL_S = 3.0, 6.0
SKEW_WARN_S, SKEW_FAIL_S = 5, 60


def door(*, allow_private: bool) -> PlatformHttp:
    """To platforms as the settings say; to our own address and the operator's own servers wherever they are."""
    return PlatformHttp(allow_private=allow_private, connect_s=CONNECT_S, total_s=TOTAL_S)


# --- mail ---


def mail_server(settings: Settings) -> list[Check]:
    """Whether it lets us in; no mail is sent."""
    server = settings.smtp_server
    if server is None:
        return [Check("mail", "ok", "SMTP_URL is not set: no mail is offered")]
    try:
        mail.greet(server)
    except MailUnsent as trouble:
        mend = "SMTP_URL: host, port, user and password; is TLS on, with a certificate for that name?"
        return [Check("mail", "fail", f"{server.host}:{server.port}: {trouble.detail}", mend)]
    return [Check("mail", "ok", f"{server.host}:{server.port} answers; mails come from {settings.mail_from}")]


# --- our own address ---


def public_address(settings: Settings, kids: Callable[[], set[str]] | None) -> list[Check]:
    """Whether BASE_URL leads to this installation, as far as this machine sees it.

    :param kids: of all keys that the database holds; None when it cannot be asked
    """
    name, http = "public address", door(allow_private=True)
    try:
        alive = http.fetch(f"{settings.base_url}/healthz")
        if alive.status != 200:
            what = f"{settings.base_url}/healthz answers {alive.status}"
            return [Check(name, "fail", what, "is `lti-elos serve` running, and does the proxy lead to it?")]
        if not _is_healthz(alive.body):
            mend = "the name or the proxy leads elsewhere: see BASE_URL"
            return [Check(name, "fail", f"something else answers at {settings.base_url}", mend)]
        published = _kids(http.get(f"{settings.base_url}/lti/jwks.json"))
    except TlsRefused as wrong:
        mend = "a certificate for this name, with its whole chain"
        return [Check(name, "fail", f"browsers would refuse it: {wrong}", mend)]
    except (FetchFailed, AddressRefused) as wrong:
        if settings.is_loopback:
            return [Check(name, "fail", f"does not answer: {wrong}", "lti-elos serve")]
        what = f"not reached from this machine: {wrong}"
        return [Check(name, "warn", what, f"open {settings.base_url}/healthz elsewhere; is `lti-elos serve` running?")]
    if kids is not None and not (published and published <= kids()):
        mend = "is the running tool on the same DATABASE_URL as this command?"
        return [Check(name, "fail", f"{settings.base_url} answers with another installation's keys", mend)]
    return [Check(name, "ok", f"{settings.base_url} answers{'' if kids is None else ', and is this installation'}")]


def _is_healthz(body: bytes) -> bool:
    try:
        return bool(json.loads(body) == {"status": "ok"})
    except (ValueError, RecursionError):
        return False


def _kids(body: bytes) -> set[str]:
    try:
        return {str(key["kid"]) for key in json.loads(body)["keys"]}
    except (ValueError, RecursionError, TypeError, KeyError):
        return set()


# --- Elos ---


def servers(deps: Deps) -> list[Checks]:
    """A call for each server."""
    with deps.database.reading() as db:
        rows = db.execute(select(server_table).order_by(server_table.c.name)).all()
    return [partial(_server, deps, row) for row in rows]


def _server(deps: Deps, row: AnyRow) -> list[Check]:
    asked = row.internal_url or row.url
    check = f"lti-elos server check {shlex.quote(row.name)}"
    try:
        reply = deps.elos.of_row(row, connect_s=CONNECT_S, read_s=TOTAL_S - CONNECT_S).probe()
    except ElosError as wrong:
        mends = {
            "ELOS-UNREACHABLE": f"the address, a firewall, or Elos itself; then {check}",
            "ELOS-SECRET": "the secret or --digest: lti-elos server add under another name (docs/install.md)",
            "ELOS-REPLY": "something else answers there: a proxy, a login page; see --url",
            "ELOS-NO-SERVER": "the old SECRET_KEY behind the new one, or lti-elos server add again",
        }
        found = [Check("elos", "fail", f"{row.name}: {wrong.code}: {wrong.detail}", mends.get(wrong.code, check))]
        if isinstance(wrong, ElosUnreachable | ElosNoServer):
            return found
    else:
        version = f" (version {reply.version})" if reply.version else ""
        found = [Check("elos", "ok", f"{row.name}: answers{version} and takes our signature")]
    if row.url.startswith("http:"):
        mend = "https in --url: browsers give camera and microphone to https alone"
        found.append(Check("elos", "warn", f"{row.name}: {row.url} is plain http", mend))
    try:
        told_at = door(allow_private=True).fetch(f"{asked}/").told_at
    except (FetchFailed, AddressRefused):
        return found
    return found + clock(deps.clock(), told_at, row.name)


# --- the time ---


def clock(now: datetime, told_at: datetime | None, source: str) -> list[Check]:
    """Our clock beside somebody else's, which tells whole seconds. No finding where it told none."""
    if told_at is None:
        return []
    ahead = round((now - told_at).total_seconds())
    if abs(ahead) <= SKEW_WARN_S:
        return [said("clock", "ok", _l("agrees with %(source)s"), source=source)]
    what = _l("this machine is %(seconds)s s behind %(source)s")
    if ahead > 0:
        what = _l("this machine is %(seconds)s s ahead of %(source)s")
    mend = _l("timedatectl set-ntp true, here or there: launches are refused when clocks differ")
    state: State = "fail" if abs(ahead) > SKEW_FAIL_S else "warn"
    return [said("clock", state, what, mend, seconds=str(abs(ahead)), source=source)]
