"""lti-elos doctor."""

from __future__ import annotations

import argparse
import json
import logging
import secrets
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from lti_elos.cli.common import Nouns, command

if TYPE_CHECKING:
    from lti_elos.services.doctor import Check


def add_to(nouns: Nouns) -> None:
    doctor = command(nouns, "doctor", _doctor, "Look for what is wrong here, and say how to mend it. Changes nothing.")
    doctor.add_argument("--platform", default="", metavar="ID", help="look at this platform too")
    doctor.add_argument("--json", action="store_true")


def _doctor(arguments: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.CRITICAL)  # what is wrong is in the findings
    checks = _examined(arguments.platform)
    if arguments.json:
        told = [{name: getattr(check, name) for name in ("check", "state", "found", "mend")} for check in checks]
        print(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        width = max(len(check.check) for check in checks)
        for check in checks:
            mend = f" -> {check.mend}" if check.mend else ""
            print(f"{check.state:4}  {check.check:{width}}  {_plain(check.found + mend)}")
    failing = [check.check for check in checks if check.state == "fail"]
    if failing:
        print(f"lti-elos: to mend: {', '.join(dict.fromkeys(failing))}", file=sys.stderr)
    return 1 if failing else 0


def _plain(text: str) -> str:
    """Some of it was written by others: nothing that a terminal would obey."""
    return "".join(char if char.isprintable() else "?" for char in text)


def _examined(platform_id: str) -> list[Check]:
    from pydantic import SecretStr

    from lti_elos.app import make_deps
    from lti_elos.errors import Misconfigured
    from lti_elos.services import doctor
    from lti_elos.services.doctor import Check
    from lti_elos.settings import load_settings

    try:
        settings = load_settings()
    except Misconfigured as wrong:
        return [Check("settings", "fail", wrong.detail, "change it in the environment or in LTI_ELOS_CONFIG's file")]
    found = doctor.of_settings(settings)
    if (file := settings.sqlite_file) is not None and not file.exists():  # to connect would make it
        found.append(Check("database", "fail", f"{file} is not there yet", "lti-elos db upgrade"))
        return found + doctor.examine(settings, None)
    for_today = {} if settings.secret_keys else {"secret_key": SecretStr(secrets.token_urlsafe(48))}
    try:
        deps = replace(make_deps(settings.model_copy(update=for_today)), settings=settings)
    except Misconfigured as wrong:
        found.append(Check("database", "fail", wrong.detail, "DATABASE_URL"))
        return found + doctor.examine(settings, None)
    try:
        return found + doctor.examine(settings, deps, platform_id=platform_id)
    finally:
        deps.database.dispose()
