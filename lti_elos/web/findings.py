"""What the connection doctor finds, in the page's language."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext

from lti_elos.services.doctor import Check


@dataclass(frozen=True, slots=True)
class Finding:
    """One row, in the page's language."""

    state: str
    label: str
    found: str
    mend: str


def finding(check: Check) -> Finding:
    """A check as the page says it."""
    if check.sentences is None:
        return Finding(check.state, label(check.check), check.found, check.mend)
    values = {**check.sentences.values, "source": gettext("the platform")}
    mend = gettext(check.sentences.mend) % values if check.sentences.mend else ""
    return Finding(check.state, label(check.check), gettext(check.sentences.found) % values, mend)


def label(check: str) -> str:
    """What a check is called; its own name where it has no other."""
    words = {
        "platform": gettext("Registration"),
        "login url": gettext("Login address"),
        "platform's server": gettext("Elos server"),
        "platform keys": gettext("Public keys (JWKS)"),
        "clock": gettext("Clock"),
        "token url": gettext("Token address"),
        "class list": gettext("Class list (NRPS)"),
        "gradebook columns": gettext("Gradebook columns (AGS)"),
        "grades": gettext("Grades (AGS)"),
        "launches": gettext("Last launches"),
        "cookies": gettext("Cookies"),
        "failed launches": gettext("Failed launches"),
    }
    return str(words.get(check, check))


def as_text(findings: tuple[Finding, ...]) -> str:
    """To be copied: one line each, as the command prints them."""
    return "\n".join(
        f"{one.state:4}  {one.label}: {one.found}" + (f" -> {one.mend}" if one.mend else "") for one in findings
    )
