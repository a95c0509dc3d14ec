"""lti-elos platform."""

from __future__ import annotations

import argparse
import json
import re
from datetime import timedelta

from lti_elos.cli.common import Nouns, command, deps_of_settings, noun, print_rows

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def add_to(nouns: Nouns) -> None:
    actions = noun(nouns, "platform", "LMSs that may launch the tool.")
    add = command(actions, "add", _add, "Register a platform by hand; prints the platform's id alone on the last line.")
    add.add_argument("--name", required=True, help="what you call it")
    add.add_argument("--issuer", required=True, help="the platform's issuer (Moodle: its address)")
    add.add_argument("--client-id", required=True)
    add.add_argument("--auth-login-url", required=True, help="the OIDC authorisation endpoint")
    add.add_argument("--auth-token-url", required=True, help="where service tokens come from")
    add.add_argument("--jwks-url", required=True, help="the platform's public keys")
    add.add_argument("--audience", default="", help="of service tokens, where it is not the token URL (Brightspace)")
    add.add_argument("--deployment-id", action="append", default=[], help="only these; may be given several times")
    add.add_argument(
        "--deployments",
        choices=["auto", "approve"],
        default="",
        help="auto (default): a first launch creates the deployment; with --deployment-id only those listed get in; "
        "approve: a new one waits (default for https://blackboard.com)",
    )
    add.add_argument("--server", default="", help="name of its Elos server; else the default one")
    invite = command(
        actions, "invite", _invite, "Prints, alone on the last line, a one-time address for an LMS admin to paste."
    )
    invite.add_argument("--name", required=True, help="what you call the LMS")
    invite.add_argument(
        "--expires", type=_length, default="7d", metavar="N{s|m|h|d}", help="how long it is good (default: 7d)"
    )
    invite.add_argument("--server", default="", help="name of its Elos server; else the default one")
    invite.add_argument(
        "--deployments",
        choices=["auto", "approve"],
        default="",
        help="auto (default): a first launch creates the deployment; approve: a new one waits (default for "
        "https://blackboard.com)",
    )
    invite.add_argument("--update", default="", metavar="ID", help="for this platform, which keeps its id and rooms")
    open_ones = command(actions, "invites", _invites, "Invites that may still be used; never their addresses.")
    open_ones.add_argument("--json", action="store_true")
    command(
        actions, "withdraw", _withdraw, "Take an invite back: its address is good for nothing any more."
    ).add_argument("id", help="of the invite: see `platform invites`")
    listing = command(actions, "list", _list, "All platforms.")
    listing.add_argument("--json", action="store_true")
    show = command(actions, "show", _show, "One platform, with its policies.")
    show.add_argument("id")
    show.add_argument("--json", action="store_true")
    change = command(
        actions, "set", _set, "Set policies (and name, server, deployments, meta_<name>): key=value…; acts at once."
    )
    change.add_argument("id")
    change.add_argument("pairs", nargs="+", metavar="key=value")
    approval = command(actions, "approve", _approve, "Let a deployment in that waits, or that is still to come.")
    approval.add_argument("id")
    approval.add_argument("deployment", help="the platform's own id for it")
    for name, run, text in (
        ("disable", _disable, "Nobody from there gets in until it is enabled again; grants end at once."),
        ("enable", _enable, "Let people from there in again."),
        (
            "remove",
            _remove,
            "Remove the platform with its people, courses and rooms. Recordings stay in Elos.",
        ),
    ):
        command(actions, name, run, text).add_argument("id")


def _add(arguments: argparse.Namespace) -> None:
    from lti_elos.services import platforms

    with deps_of_settings() as deps:
        platform_id = platforms.add(
            deps,
            name=arguments.name,
            issuer=arguments.issuer,
            client_id=arguments.client_id,
            auth_login_url=arguments.auth_login_url,
            auth_token_url=arguments.auth_token_url,
            jwks_url=arguments.jwks_url,
            audience=arguments.audience,
            deployment_ids=arguments.deployment_id,
            deployment_policy=arguments.deployments,
            server=arguments.server,
        )
        base = deps.settings.base_url
    print("Give these to the LMS:")
    print(f"  login URL     {base}/lti/login")
    print(f"  redirect URL  {base}/lti/launch")
    print(f"  tool URL      {base}/lti/launch")
    print(f"  public keys   {base}/lti/jwks.json")
    print(f"Step by step for each LMS: {base}/docs/setup")
    print(platform_id)


def _invite(arguments: argparse.Namespace) -> None:
    from lti_elos.services import invites

    with deps_of_settings() as deps:
        made = invites.make(
            deps,
            name=arguments.name,
            lasts=arguments.expires,
            server=arguments.server,
            deployment_policy=arguments.deployments,
            update=arguments.update,
        )
    print(f"For the administrator of {arguments.name}: paste this where the LMS registers tools. It works once.")
    print(f"Good until {made.expires_at.isoformat(sep=' ', timespec='minutes')}. Whoever has it can register an LMS.")
    print(made.url)


def _invites(arguments: argparse.Namespace) -> None:
    from lti_elos.services import invites

    with deps_of_settings() as deps:
        rows = [
            {
                "id": str(one.id),
                "name": one.name,
                "platform_id": str(one.platform_id) if one.platform_id else None,
                "created_at": one.created_at.isoformat(),
                "expires_at": one.expires_at.isoformat(),
            }
            for one in invites.listing(deps)
        ]
    print_rows(rows, as_json=arguments.json, columns=["id", "name", "platform_id", "expires_at"])


def _withdraw(arguments: argparse.Namespace) -> None:
    from uuid import UUID

    from lti_elos.errors import InviteUnknown, Misconfigured
    from lti_elos.services import invites

    with deps_of_settings() as deps:
        try:
            invites.withdraw(deps, UUID(arguments.id))
        except (ValueError, InviteUnknown):
            raise Misconfigured(f"no invite {arguments.id!r}, or it is used: see `platform invites`") from None


def _length(text: str) -> timedelta:
    """ "7d" → 7 days."""
    found = re.fullmatch(r"(\d{1,6})([smhd])", text)
    if found is None:
        raise argparse.ArgumentTypeError("a number and s, m, h or d: 30m, 12h, 7d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _list(arguments: argparse.Namespace) -> None:
    from lti_elos.services import platforms

    with deps_of_settings() as deps:
        rows = platforms.listing(deps)
    print_rows(rows, as_json=arguments.json, columns=["id", "name", "issuer", "client_id", "enabled", "deployments"])


def _show(arguments: argparse.Namespace) -> None:
    from lti_elos.services import platforms

    with deps_of_settings() as deps:
        found = platforms.details(deps, arguments.id)
    if arguments.json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return
    policies = found.pop("policies")
    deployments = found.pop("deployments")
    for key, value in found.items():
        print(f"{key:18} {value}")
    for one in deployments:
        print(f"{'deployment':18} {one['deployment_id']}{'' if one['is_active'] else ' (pending)'}")
    extra = policies.pop("extra_metadata").splitlines()
    for key, value in (*policies.items(), *(f"meta_{line}".split("=", 1) for line in extra)):
        print(f"{'policy':18} {key}={str(value).lower() if isinstance(value, bool) else value}")


def _set(arguments: argparse.Namespace) -> None:
    from lti_elos.services import platforms

    with deps_of_settings() as deps:
        platforms.set_policies(deps, arguments.id, arguments.pairs)


def _approve(arguments: argparse.Namespace) -> None:
    from lti_elos.services import platforms

    with deps_of_settings() as deps:
        platforms.approve(deps, arguments.id, arguments.deployment)


def _disable(arguments: argparse.Namespace) -> None:
    from lti_elos.services import platforms

    with deps_of_settings() as deps:
        platforms.set_enabled(deps, arguments.id, enabled=False)


def _enable(arguments: argparse.Namespace) -> None:
    from lti_elos.services import platforms

    with deps_of_settings() as deps:
        platforms.set_enabled(deps, arguments.id, enabled=True)


def _remove(arguments: argparse.Namespace) -> None:
    from lti_elos.services import platforms

    with deps_of_settings() as deps:
        platforms.remove(deps, arguments.id)
