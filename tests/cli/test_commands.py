"""The commands, each as one story in processes of their own (1 s each: few of them, and each says much)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from lti_elos.cli import main
from lti_elos.db import schema
from lti_elos.demo.certificate import kept_certificate
from tests.cli.conftest import Command, Ran
from tests.conftest import ELOS_SECRET, SECRET_KEY, Elos

Here = Callable[..., Ran]
"""A command in this process."""
NEW_KEY = "new-key-of-more-than-32-characters"
NOBODY = "00000000-0000-0000-0000-000000000000"
PLATFORM = [
    "--name=Escola São João",
    "--issuer=https://lms.example/",
    "--client-id=client-1",
    "--auth-login-url=https://lms.example/auth",
    "--auth-token-url=https://lms.example/token",
    "--jwks-url=https://lms.example/jwks",
]


def test_the_schema_is_made_and_told(bare: Command) -> None:
    before = bare("db", "current")
    made = bare.done("db", "upgrade")
    after = bare.done("db", "current")

    assert (before.code, before.out) == (1, f"empty (needed: {schema.HEAD})\n")
    assert made.out == f"schema {schema.HEAD}\n"
    assert after.out == f"{schema.HEAD} (needed: {schema.HEAD})\n"


def test_a_server_is_added_checked_listed_and_removed(elos_command: Command, elos: Elos, tmp_path: Path) -> None:
    secret, wrong = tmp_path / "secret", tmp_path / "wrong"
    secret.write_text(f"{ELOS_SECRET}\n")
    wrong.write_text("wrong-secret\n")

    elos_command.done("server", "add", "--name=sim", f"--url={elos.url}", f"--secret-file={secret}")
    checked = elos_command.done("server", "check")
    elos_command.done("server", "add", "--name=bad", f"--url={elos.url}", f"--secret-file={wrong}")
    refused = elos_command.failed("server", "check", "bad")
    listed = json.loads(elos_command.done("server", "list", "--json").out)
    elos_command.done("server", "remove", "bad")

    assert checked.lines[0].endswith("takes our signature")
    assert "ELOS-SECRET" in refused
    assert "wrong secret or digest" in refused
    assert "wrong-secret" not in refused
    assert [(row["name"], row["default"]) for row in listed] == [("bad", False), ("sim", True)]
    assert listed[0].keys() == {"name", "url", "internal_url", "kind", "digest", "playback_token", "default"}
    assert elos_command.column("select name from servers") == ["sim"]


def test_an_invite_is_printed_alone_on_the_last_line_and_kept_as_a_hash(elos_command: Command) -> None:
    base = {"BASE_URL": "https://tool.example/"}
    platform_id = elos_command.done("platform", "add", *PLATFORM).lines[-1]

    made = elos_command.done("platform", "invite", "--name=Escola São João", **base)
    update = ("--update", platform_id, "--expires=90m", "--deployments=approve")
    elos_command.done("platform", "invite", "--name=Campus", *update, **base)

    prefix, _, secret = made.lines[-1].rpartition("/")
    assert prefix == "https://tool.example/lti/register"
    assert len(secret) == 32
    hashes = elos_command.column("select token_hash from invites order by created_at")
    assert hashes[0] == hashlib.sha256(secret.encode()).hexdigest()
    assert elos_command.column("select deployment_policy from invites order by created_at") == ["", "approve"]
    lasts = elos_command.column("select julianday(expires_at) - julianday(created_at) from invites order by created_at")
    assert [round(float(days), 4) for days in lasts] == [7, 0.0625]


def test_an_open_invite_is_listed_and_withdrawn(elos_command: Command) -> None:
    elos_command.done("platform", "invite", "--name=Campus")

    [listed] = json.loads(elos_command.done("platform", "invites", "--json").out)
    elos_command.done("platform", "withdraw", listed["id"])

    assert (listed["name"], listed["platform_id"]) == ("Campus", None)
    assert elos_command.column("select name from invites") == []
    for unknown in (listed["id"], "nonsense"):
        assert "see `platform invites`" in elos_command.failed("platform", "withdraw", unknown)


def test_an_operator_is_let_in_given_a_new_password_and_shut_out(elos_command: Command) -> None:
    made = elos_command.done("admin", "create", "Ana@Exemplo.test", "--password-stdin", typed="uma senha comprida\n")
    assert "/admin" in made.out
    assert "senha" not in made.out
    [first] = elos_command.column("select password_hash from operators")

    elos_command.done("admin", "reset", "ana@exemplo.test", "--password-stdin", typed="outra senha comprida")
    [second] = elos_command.column("select password_hash from operators")
    assert first != second
    [listed] = json.loads(elos_command.done("admin", "list", "--json").out)
    assert listed.keys() == {"email", "enabled", "created_at", "signed_in_at"}
    assert (listed["email"], listed["enabled"], listed["signed_in_at"]) == ("ana@exemplo.test", True, None)
    elos_command.done("admin", "disable", "ana@exemplo.test")
    assert elos_command.done("admin", "list").lines[1].split()[:2] == ["ana@exemplo.test", "no"]

    assert "see `admin list`" in elos_command.failed("admin", "disable", "bia@exemplo.test")
    assert "is there already" in elos_command.failed(
        "admin", "create", "ana@exemplo.test", "--password-stdin", typed="uma senha comprida"
    )
    for email, password, said in (
        ("bia@exemplo.test", "curta", "12 to 1000 characters"),
        ("bia", "uma senha comprida", "is not an e-mail address"),
    ):
        assert said in elos_command.failed("admin", "create", email, "--password-stdin", typed=password)
    assert "--password-stdin" in elos_command.failed("admin", "create", "bia@exemplo.test")


@pytest.mark.parametrize("length", ["7", "7w", "-1d", "d", "1.5h", "99999999d", ""])
def test_an_invites_length_is_a_number_and_a_unit(length: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["platform", "invite", "--name=x", f"--expires={length}"])

    assert exit_.value.code == 2
    assert "30m, 12h, 7d" in capsys.readouterr().err


def test_a_platform_is_added_changed_listed_and_removed(elos_command: Command) -> None:
    added = elos_command.done("platform", "add", *PLATFORM, "--deployment-id=1", BASE_URL="https://tool.example/")
    platform_id = added.lines[-1]
    elos_command.done("platform", "set", platform_id, "room_scope=resource", "name=Campus São João")
    elos_command.done("platform", "disable", platform_id)
    shown = json.loads(elos_command.done("platform", "show", platform_id, "--json").out)
    elos_command.done("platform", "enable", platform_id)
    listed = json.loads(elos_command.done("platform", "list", "--json").out)
    elos_command.done("platform", "remove", platform_id)

    assert "login URL     https://tool.example/lti/login" in added.out
    assert "https://tool.example/lti/jwks.json" in added.out
    assert (shown["enabled"], shown["deployment_policy"]) == (False, "listed")
    assert shown["policies"]["room_scope"] == "resource"
    assert listed == [
        {
            "id": platform_id,
            "name": "Campus São João",
            "issuer": "https://lms.example",
            "client_id": "client-1",
            "enabled": True,
            "deployments": [{"deployment_id": "1", "is_active": True}],
        }
    ]
    assert elos_command.column("select id from platforms") == []


def test_keys_rotate_and_secrets_move_to_a_new_secret_key(elos_command: Command) -> None:
    first = elos_command.done("key", "rotate").lines[-1]
    second = elos_command.done("key", "rotate").lines[-1]
    listed = json.loads(elos_command.done("key", "list", "--json").out)
    refused = elos_command.failed("secrets", "reseal", SECRET_KEY=NEW_KEY)
    moved = elos_command.done("secrets", "reseal", SECRET_KEY=f"{NEW_KEY},{SECRET_KEY}").out

    assert [row["kid"] for row in listed] == [second, first]
    assert listed[0]["published_until"] is None
    assert listed[1]["published_until"]
    assert "SECRET_KEY does not hold any more" in refused
    assert moved == "2 secrets moved to the first key\n"


# --- the same in this process: for what needs none of its own ---


@pytest.fixture
def here(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    monkeypatch.setenv("LTI_ELOS_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("LTI_ELOS_SECRET_KEY", SECRET_KEY)

    def run(*arguments: str) -> Ran:
        code = main(arguments)
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return run


def test_without_json_lists_are_tables_for_people(here: Here, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    here("server", "add", "--name=sim", "--url=elos.example", f"--secret-file={tmp_path}/secret")
    here("platform", "add", *PLATFORM, "--deployment-id=1", "--deployment-id=2")

    servers, platforms = here("server", "list").lines, here("platform", "list").lines

    assert servers[0].split() == ["name", "url", "internal_url", "kind", "digest", "playback_token", "default"]
    assert servers[1].split() == ["sim", "https://elos.example/bigbluebutton/api", "elos", "sha256", "off", "yes"]
    assert [len(servers), len(platforms)] == [2, 2]
    assert platforms[1].endswith("https://lms.example  client-1   yes      1, 2")


def test_how_a_servers_recordings_are_opened_is_set(here: Here, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    here("server", "add", "--name=sim", "--url=elos.example", f"--secret-file={tmp_path}/secret")

    assert here("server", "set", "sim", "--playback-token=preferred").code == 0
    unknown = here("server", "set", "nothing", "--playback-token=off")

    assert json.loads(here("server", "list", "--json").out)[0]["playback_token"] == "preferred"
    assert (unknown.code, "no server is named 'nothing'" in unknown.err) == (1, True)


def test_a_platform_is_shown_line_by_line(here: Here) -> None:
    platform_id = here("platform", "add", *PLATFORM).lines[-1]

    lines = here("platform", "show", platform_id).lines

    assert f"id                 {platform_id}" in lines
    assert "deployment_policy  auto" in lines
    assert "policy             admins_manage=true" in lines


# --- one line, with the mend ---


def test_an_unknown_variable_is_one_line(elos_command: Command) -> None:
    line = elos_command.failed("platform", "list", SECRET_KEI="s3cret")

    assert line.startswith("LTI_ELOS_SECRET_KEI (environment) is not a setting")
    assert "s3cret" not in line


@pytest.mark.parametrize("command", [["platform", "list"], ["db", "upgrade"]], ids=" ".join)
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgres://u:s3cret@db/elos", "DATABASE_URL names no database"),
        ("postgresql://u:s3cret@/elos?host=/nowhere", "out of reach"),
    ],
)
def test_a_database_that_is_none_is_one_line(
    here: Here, monkeypatch: pytest.MonkeyPatch, command: list[str], url: str, said: str
) -> None:
    monkeypatch.setenv("LTI_ELOS_DATABASE_URL", url)

    ran = here(*command)

    (line,) = ran.err.splitlines()
    assert (ran.code, ran.out) == (1, "")
    assert said in line
    assert "s3cret" not in line


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b" \n"], ids=["missing", "not text", "empty"])
def test_a_secret_file_that_holds_no_secret_is_one_line(here: Here, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)

    ran = here("server", "add", "--name=one", "--url=elos.example", f"--secret-file={file}")

    (line,) = ran.err.splitlines()
    assert ran.code == 1
    assert str(file) in line or "secret file" in line


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"DATABASE_URL": None}, f"schema: is empty, {schema.HEAD} is needed: `lti-elos db upgrade`"),
        ({"SECRET_KEY": None}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY: part 1 has fewer than 32 characters"),
        ({"BASE_URL": "http://127.evil.example"}, "outside loopback it must be https"),
    ],
    ids=["schema", "no key", "short key", "http"],
)
def test_serve_refuses_to_start_with_the_mend(
    elos_command: Command, tmp_path: Path, settings: dict[str, str | None], said: str
) -> None:
    line = elos_command.failed("serve", "--port=1", **{"DATA_DIR": str(tmp_path / "empty")} | settings)

    assert said in line


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--certificate=demo-certificate.pem"], "--certificate and --key go together"),
        (["--key=demo-key.pem"], "--certificate and --key go together"),
        (["--certificate=nowhere.pem", "--key=demo-key.pem"], "--certificate nowhere.pem cannot be read: No such file"),
        (["--certificate=demo-certificate.pem", "--key=."], "--key . cannot be read: Is a directory"),
        (["--certificate=demo-certificate.pem", "--key=demo-certificate.pem"], "are no pair"),
        (["--certificate=demo-certificate.pem", "--key=sealed.pem"], "the key without a passphrase"),
    ],
    ids=["no key", "no certificate", "missing", "unreadable", "no key in it", "passphrase"],
)
def test_serve_refuses_a_certificate_it_cannot_serve_with(
    elos_command: Command, tmp_path: Path, options: list[str], said: str
) -> None:
    kept = kept_certificate(tmp_path)
    key = serialization.load_pem_private_key(kept.key.read_bytes(), None)
    sealing = serialization.BestAvailableEncryption(b"passphrase")
    sealed = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealing)
    (tmp_path / "sealed.pem").write_bytes(sealed)

    assert said in elos_command.failed("serve", "--port=1", *options, BASE_URL="https://localhost")


def test_serve_refuses_a_certificate_with_an_address_of_plain_http(elos_command: Command, tmp_path: Path) -> None:
    kept = kept_certificate(tmp_path)

    line = elos_command.failed("serve", "--port=1", f"--certificate={kept.path}", f"--key={kept.key}")

    assert line == "BASE_URL is http://localhost:8000, but with --certificate the tool is at https"


# --- usage ---


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["platform"],
        ["platform", "add", "--name=x"],
        ["platform", "add", *PLATFORM, "--deployments=listed"],
        ["server", "add", "--name=x", "--url=y", "--secret-file=z", "--digest=md5"],
        ["platform", "set", NOBODY],
        ["no-such-command"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2_and_says_how(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)

    assert caught.value.code == 2
    assert "usage: lti-elos" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        *(["serve"], ["demo"], ["doctor"], ["db"], ["db", "upgrade"], ["db", "current"]),
        *(["platform", action] for action in ("add", "list", "show", "set", "approve", "disable", "enable", "remove")),
        *(["server", action] for action in ("add", "list", "check", "remove")),
        *(["key", "list"], ["key", "rotate"], ["secrets", "reseal"]),
    ],
    ids=" ".join,
)
def test_every_command_explains_itself(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*arguments, "--help"])

    assert caught.value.code == 0
    assert " ".join(["usage: lti-elos", *arguments]) in capsys.readouterr().out


def test_deployments_are_taken_automatically_or_wait_for_approval(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["platform", "add", "--help"])

    assert "--deployments {auto,approve}" in capsys.readouterr().out


def test_a_usage_error_is_told_by_the_process_too(elos_command: Command) -> None:
    ran = elos_command("platform", "list", "--yaml")

    assert (ran.code, ran.out) == (2, "")
    assert "usage: lti-elos" in ran.err
