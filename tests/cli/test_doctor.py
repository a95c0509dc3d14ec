"""`lti-elos doctor` as people run it: each trouble is a real one."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from werkzeug.serving import generate_adhoc_ssl_context

from lti_elos.app import make_deps
from lti_elos.cli import main
from lti_elos.clock import utc_now
from lti_elos.db import schema
from lti_elos.demo.lms import jose
from lti_elos.services import keys, platforms, servers
from lti_elos.services.admissions import insert_deployment
from lti_elos.services.doctor import Check, examine
from tests.cli.conftest import Command
from tests.cli.test_commands import NEW_KEY, NOBODY
from tests.conftest import ELOS_SECRET, SECRET_KEY, Elos, Tool, add_platform
from tests.elos.support import Wire, http
from tests.support.browser import Browser
from tests.support.platform import Platform
from tests.support.rooms import one_database

NOTHING = "http://127.0.0.1:9"
"""Nobody listens there."""


def states(checks: list[Check], name: str) -> list[str]:
    return [check.state for check in checks if check.check == name]


def the(checks: list[Check], name: str) -> Check:
    (check,) = [check for check in checks if check.check == name]
    return check


def examined(tool: Tool, platform: Platform | None = None) -> list[Check]:
    return examine(tool.deps.settings, tool.deps, platform_id=str(platform.id) if platform else "")


# --- the whole ---


def test_a_sound_installation_has_nothing_to_mend(tool: Tool, platform: Platform, browser: Browser) -> None:
    browser.enter_room(platform)

    checks = examined(tool, platform)

    assert [check for check in checks if check.state == "fail"] == []
    assert {check.check for check in checks} >= {
        "database",
        "schema",
        "signing key",
        "secrets",
        "platforms",
        "default server",
        "public address",
        "elos",
        "clock",
        "platform",
        "platform keys",
        "launches",
        "failed launches",
    }
    assert the(checks, "public address").found.endswith("is this installation")
    assert "1 fit to sign (key-1)" in the(checks, "platform keys").found
    assert the(checks, "launches").found.startswith("deployment-1: the last one ")
    assert the(checks, "token url").state == "warn"  # that platform has none
    assert [check for check in checks if check.state == "ok" and check.mend] == []
    assert [check for check in checks if check.state != "ok" and not check.mend] == []


def test_one_line_a_check_and_one_for_the_failing_ones(elos_command: Command) -> None:
    ran = elos_command("doctor", BASE_URL=NOTHING)

    assert ran.code == 1
    assert ran.err == "lti-elos: to mend: public address\n"
    assert {line.split()[0] for line in ran.lines} == {"ok", "warn", "fail"}
    assert {line[20:22] for line in ran.lines} == {"  "}
    assert not [line for line in ran.lines if line[22] == " "]
    assert any(line.startswith("warn  platforms ") and "-> lti-elos platform add" in line for line in ran.lines)


def test_json_is_a_list_of_findings_and_no_secret(elos_command: Command, elos: Elos, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(ELOS_SECRET)
    elos_command.done("server", "add", "--name=sim", f"--url={elos.url}", f"--secret-file={tmp_path}/secret")
    before = elos_command.column("select count(*) from tool_keys")

    ran = elos_command("doctor", "--json", BASE_URL=NOTHING)

    found = json.loads(ran.out)
    assert all(one.keys() == {"check", "state", "found", "mend"} for one in found)
    assert ("elos", "ok") in [(one["check"], one["state"]) for one in found]
    assert SECRET_KEY not in ran.out
    assert ELOS_SECRET not in ran.out
    assert elos_command.column("select count(*) from tool_keys") == before


def test_an_unknown_platform_is_one_line(elos_command: Command) -> None:
    assert "no platform has the id" in elos_command.failed("doctor", f"--platform={NOBODY}")


# --- settings ---


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"SECRET_KEI": "x"}, "fail  settings  LTI_ELOS_SECRET_KEI"),
        ({"SECRET_KEY": "short"}, "fail  settings  SECRET_KEY: part 1"),
        ({"SECRET_KEY": None}, "fail  secret key"),
        ({"BASE_URL": "http://rooms.invalid"}, "fail  address"),
        ({"BASE_URL": "https://rooms.invalid"}, "warn  proxy"),
        ({"BASE_URL": "https://rooms.invalid"}, "warn  public address"),
        ({"BASE_URL": "https://rooms.invalid", "ALLOW_PRIVATE_NETWORKS": "true"}, "warn  private networks"),
        ({"REDIS_URL": "redis://127.0.0.1:9"}, "warn  sqlite"),
        ({"DATABASE_URL": "postgres://u:s3cret@db/elos"}, "fail  database"),
        ({"DATABASE_URL": "postgresql://u:s3cret@/elos?host=/nowhere"}, "fail  database"),
        ({"DATABASE_URL": None}, "fail  database"),
    ],
    ids=lambda one: str(one)[:40],
)
def test_what_is_wrong_with_settings(
    sqlite_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    settings: dict[str, str | None],
    line: str,
) -> None:
    given = {"DATABASE_URL": sqlite_url, "SECRET_KEY": SECRET_KEY, "DATA_DIR": str(tmp_path / "none")} | settings
    for name, text in given.items():
        if text is not None:
            monkeypatch.setenv(f"LTI_ELOS_{name}", text)

    code = main(["doctor"])

    said = capsys.readouterr().out
    assert any(one.startswith(line) for one in said.splitlines()), said
    assert code == (1 if "fail" in said else 0)
    assert "s3cret" not in said
    assert not (tmp_path / "none").exists()


# --- the database ---


def test_an_outdated_schema_is_told_and_hides_nothing_else(tool: Tool) -> None:
    schema.downgrade(tool.deps.database, "0001")

    checks = examined(tool)

    assert the(checks, "schema") == Check("schema", "fail", f"is 0001, {schema.HEAD} is needed", "lti-elos db upgrade")
    assert the(checks, "database").state == "ok"
    assert the(checks, "public address").state == "ok"


@one_database
def test_a_database_file_that_everybody_may_read(tool: Tool, tmp_path: Path) -> None:
    (tmp_path / "test.sqlite3").chmod(0o644)
    assert the(examined(tool), "database file").state == "ok"  # nobody else gets into the folder

    tmp_path.chmod(0o755)

    assert the(examined(tool), "database file").state == "warn"


@one_database
def test_a_full_disk(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lti_elos.services.doctor.data.LOW_DISK", 1 << 60)

    assert the(examined(tool), "disk").state == "warn"


def test_secrets_of_an_older_key_and_of_one_that_is_gone(tool: Tool, elos_secrets: Any) -> None:
    older = elos_secrets(f"{NEW_KEY},{SECRET_KEY}")
    gone = elos_secrets(NEW_KEY)

    assert the(older, "secrets") == Check("secrets", "warn", "2 sealed with an older key", "lti-elos secrets reseal")
    assert the(gone, "secrets").state == "fail"
    assert "1 in servers, 1 in tool_keys" in the(gone, "secrets").found
    assert "ok" in states(older, "elos")
    assert "ELOS-NO-SERVER" in the(gone, "elos").found


@pytest.fixture
def elos_secrets(tool: Tool) -> Any:
    keys.rotate(tool.deps)

    def with_key(secret_key: str) -> list[Check]:
        deps = make_deps(tool.deps.settings.model_copy(update={"secret_key": SecretStr(secret_key)}))
        try:
            return examine(deps.settings, deps)
        finally:
            deps.database.dispose()

    return with_key


# --- the public address ---


@one_database
def test_an_address_that_leads_to_another_database(tool: Tool, sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "other.sqlite3")
    url = SecretStr(f"sqlite:///{tmp_path}/other.sqlite3")
    deps = make_deps(tool.deps.settings.model_copy(update={"database_url": url}))

    checks = examine(deps.settings, deps)
    deps.database.dispose()

    assert "another installation" in the(checks, "public address").found
    assert the(checks, "public address").state == "fail"


@one_database
@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (http(b"", "502 Bad Gateway"), "answers 502"),
        (http(b"", "301 Moved", "Location: https://x.invalid/"), "answers 301"),
        (http(b"<html>It works</html>"), "something else answers"),
    ],
)
def test_an_address_where_something_else_answers(tool: Tool, answer: bytes, found: str) -> None:
    with Wire() as wire:
        wire.always(answer)
        settings = tool.deps.settings.model_copy(update={"base_url": f"http://127.0.0.1:{wire.port}"})
        check = the(examine(settings, tool.deps), "public address")

    assert check.state == "fail"
    assert found in check.found


@one_database
def test_a_certificate_that_browsers_would_refuse(tool: Tool) -> None:
    with Wire(tls=generate_adhoc_ssl_context()) as wire:
        settings = tool.deps.settings.model_copy(update={"base_url": f"https://127.0.0.1:{wire.port}"})
        check = the(examine(settings, tool.deps), "public address")

    assert check.state == "fail"
    assert "SSLError: self-signed certificate" in check.found


# --- Elos and the time ---


@one_database
def test_a_wrong_secret_a_server_that_is_down_and_plain_http(tool: Tool, elos: Elos) -> None:
    servers.add(tool.deps, name="wrong", url=elos.url, secret="another-secret")
    servers.add(tool.deps, name="down", url=NOTHING, secret="s")

    found = {(check.found.split(":")[0], check.state): check.found for check in examined(tool) if check.check == "elos"}

    assert "ELOS-SECRET" in found["wrong", "fail"]
    assert "ELOS-UNREACHABLE" in found["down", "fail"]
    assert "takes our signature" in found["sim", "ok"]
    assert "plain http" in found["sim", "warn"]
    assert "another-secret" not in str(found)


@one_database
def test_no_server_at_all_matters_once_a_platform_is_there(tool: Tool, platform: Platform) -> None:
    platforms.set_enabled(tool.deps, str(platform.id), enabled=False)
    servers.remove(tool.deps, "sim")

    assert the(examined(tool), "default server").state == "warn"

    platforms.set_enabled(tool.deps, str(platform.id), enabled=True)

    assert the(examined(tool), "default server").state == "fail"
    assert the(examined(tool, platform), "platform's server").state == "fail"


@one_database
@pytest.mark.parametrize(("seconds", "state"), [(-3600, "fail"), (30, "warn"), (0, "ok")])
def test_a_clock_that_differs(tool: Tool, elos: Elos, seconds: int, state: str) -> None:
    servers.remove(tool.deps, "sim")
    date = format_datetime(utc_now() + timedelta(seconds=seconds), usegmt=True)
    body = b"<response><returncode>SUCCESS</returncode><version>2.0</version></response>"
    with Wire() as wire:
        wire.always(http(body, "200 OK", f"Date: {date}"))
        servers.add(tool.deps, name="other", url=wire.url, secret="s")
        check = the(examined(tool), "clock")

    assert check.state == state
    assert "other" in check.found


@one_database
def test_nobody_told_the_time(tool: Tool) -> None:
    servers.remove(tool.deps, "sim")
    servers.add(tool.deps, name="down", url=NOTHING, secret="s")

    assert the(examined(tool), "clock").state == "warn"


# --- platforms ---


def test_a_deployment_that_waits_is_told_with_the_command(tool: Tool, platform: Platform, browser: Browser) -> None:
    platforms.set_policies(tool.deps, str(platform.id), ["deployments=approve"])
    browser.launch(platform)

    check = the(examined(tool, platform), "deployments")

    assert (check.state, check.mend) == ("warn", f"lti-elos platform approve {platform.id} deployment-1")
    assert "LTI-DEPLOYMENT-PENDING 1" in the(examined(tool, platform), "failed launches").found


@one_database
def test_the_id_of_a_deployment_cannot_become_a_command(tool: Tool, platform: Platform) -> None:
    with tool.deps.database.transaction() as db:
        insert_deployment(db, platform.id, "1; reboot\x1b[2J", is_active=False, now=tool.deps.clock())

    assert the(examined(tool), "deployments").mend.endswith(f"{platform.id} '1; reboot[2J'")


@one_database
def test_a_disabled_platform(tool: Tool, platform: Platform) -> None:
    platforms.set_enabled(tool.deps, str(platform.id), enabled=False)

    check = the(examined(tool, platform), "platform")

    assert (check.state, check.mend) == ("fail", f"lti-elos platform enable {platform.id}")
    assert "disabled: LMS Exemplo" in the(examined(tool), "platforms").found


@one_database
@pytest.mark.parametrize("behaviour", ["500", "html", "redirect", "huge"])
def test_platform_keys_that_do_not_come(tool: Tool, platform: Platform, behaviour: str) -> None:
    platform.jwks.behaviour = behaviour

    assert the(examined(tool, platform), "platform keys").state == "fail"


@one_database
def test_platform_keys_that_do_not_fit(tool: Tool, platform: Platform, platform_key: Any) -> None:
    fit = jose.public_jwk(platform_key, kid="key-1")
    platform.jwks.keys = [fit, {"kty": "EC", "kid": "curve"}]
    assert "1 fit to sign (key-1), 1 that may not" in the(examined(tool, platform), "platform keys").found

    platform.jwks.keys = [{"kty": "EC", "kid": "curve"}]

    assert the(examined(tool, platform), "platform keys").state == "fail"


@one_database
def test_a_wrong_client_id_shows_among_the_platforms_failed_launches(
    tool: Tool, platform: Platform, browser: Browser
) -> None:
    browser.login(platform, client_id="mistyped")

    assert "LTI-PLATFORM-UNKNOWN 1" in the(examined(tool, platform), "failed launches").found


@one_database
def test_a_platform_key_set_that_is_gone(tool: Tool, platform: Platform, platform_key: Any) -> None:
    other = add_platform(tool, f"{NOTHING}/jwks", platform.jwks, platform_key, client_id="client-2")

    check = the(examined(tool, other), "platform keys")

    assert (check.state, states(examined(tool, other), "launches")) == ("fail", ["warn"])


def test_a_database_made_by_no_command_is_not_made_by_looking(bare: Command, tmp_path: Path) -> None:
    ran = bare("doctor", "--json", BASE_URL=NOTHING)

    assert "is not there yet" in ran.out
    assert not (tmp_path / "data").exists()
