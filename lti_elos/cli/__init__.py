"""The `lti-elos` command: one file per noun; exit 0 done, 1 failed with one line on stderr, 2 usage."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from lti_elos import __version__
from lti_elos.errors import LtiElosError, Misconfigured


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point. Imports of the application happen inside the commands: --help stays quick."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    try:
        code: int = arguments.run(arguments) or 0
    except Misconfigured as wrong:
        return _fail(str(wrong))
    except LtiElosError as wrong:
        return _fail(f"{wrong.code}: {wrong.detail or wrong.operator}")
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0
    except OSError as wrong:
        return _fail(f"{wrong.strerror or wrong} {wrong.filename or ''}".strip())
    return code


def _fail(line: str) -> int:
    print(f"lti-elos: {line}".replace("\n", " "), file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    from lti_elos.cli import database, demo, doctor, keys, operators, platforms, serve, servers

    parser = argparse.ArgumentParser(
        prog="lti-elos", description="The LTI 1.3 tool that puts an Elos meeting behind an LMS link."
    )
    parser.add_argument("--version", action="version", version=f"lti-elos {__version__}")
    nouns = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for module in (demo, serve, doctor, database, platforms, servers, operators, keys):
        module.add_to(nouns)
    return parser
