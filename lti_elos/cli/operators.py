"""lti-elos admin."""

from __future__ import annotations

import argparse
import getpass
import sys

from lti_elos.cli.common import Nouns, command, deps_of_settings, noun, print_rows


def add_to(nouns: Nouns) -> None:
    actions = noun(nouns, "admin", "Operators: people who may open /admin.")
    for name, run, text in (
        ("create", _create, "Let somebody in; asks for a password of 12 characters or more."),
        ("reset", _reset, "A new password: ends the operator's sessions and locks, and lets a disabled one in again."),
    ):
        action = command(actions, name, run, text)
        action.add_argument("email", metavar="EMAIL")
        action.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    listing = command(actions, "list", _list, "All operators.")
    listing.add_argument("--json", action="store_true")
    command(actions, "disable", _disable, "Sign an operator out everywhere, and let them in no more.").add_argument(
        "email", metavar="EMAIL"
    )


def _create(arguments: argparse.Namespace) -> None:
    from lti_elos.services import operators

    with deps_of_settings() as deps:
        operators.create(deps, arguments.email, _password(arguments))
        base = deps.settings.base_url
    print(f"created; sign in: {base}/admin")


def _reset(arguments: argparse.Namespace) -> None:
    from lti_elos.services import operators

    with deps_of_settings() as deps:
        operators.reset(deps, arguments.email, _password(arguments))


def _list(arguments: argparse.Namespace) -> None:
    from lti_elos.services import operators

    with deps_of_settings() as deps:
        rows = operators.listing(deps)
    print_rows(rows, as_json=arguments.json, columns=["email", "enabled", "created_at", "signed_in_at"])


def _disable(arguments: argparse.Namespace) -> None:
    from lti_elos.services import operators

    with deps_of_settings() as deps:
        operators.disable(deps, arguments.email)


def _password(arguments: argparse.Namespace) -> str:
    """Never an argument: other users of the machine see those."""
    from lti_elos.errors import Misconfigured

    if arguments.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise Misconfigured("nobody is there to type a password: --password-stdin reads it from standard input")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise Misconfigured("the two passwords differ")
    return password
