"""README.md, CHANGELOG.md and docs/ say nothing that is not so: generated files, commands, settings, paths, links."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest

from lti_elos.app import create_app, make_deps
from lti_elos.cli import _parser
from lti_elos.domain.policies import Policies, parse_policy
from lti_elos.settings import PREFIX, Settings
from tools import make_docs

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("**/*.md")])
EXAMPLE = "https://rooms.example.org"

_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_SETTING = re.compile(rf"\b{PREFIX}[A-Z][A-Z_]*\b")
_ASSIGNMENT = re.compile(r"[A-Z_]+=\S*")

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, *kinds: str) -> list[str]:
    return [body for kind, body in _FENCE.findall(text) if kind in kinds]


def prose(text: str) -> str:
    return _FENCE.sub("", text)


def command_lines(text: str) -> list[list[str]]:
    """The lines of shell blocks and of systemd units, split; continued lines joined, assignments in front dropped."""
    found = []
    for body in blocks(text, "sh", "ini"):
        for line in body.replace("\\\n", " ").splitlines():
            words = shlex.split(line.removeprefix("ExecStart="), comments=True)
            while words and _ASSIGNMENT.fullmatch(words[0]):
                words.pop(0)
            if words:
                found.append(words)
    return found


def actions_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The sub-commands of a parser; none for a leaf."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def log_events() -> set[str]:
    """The events in docs/install.md's table of log lines."""
    table = read("docs/install.md").partition("### Log lines")[2].partition("\n#")[0]
    return set(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE))


# --- what is made from code ---


def test_generated_files_are_current() -> None:
    assert make_docs.stale() == [], "run: make docs"


def test_check_names_the_stale_files(tmp_path: Path) -> None:
    made = list(make_docs.MADE)
    assert {"configs/default.toml", "docs/errors.md", "docs/setup/moodle.md"} <= set(made)
    assert make_docs.stale(tmp_path) == made
    assert make_docs.write(tmp_path) == made
    (tmp_path / "docs" / "errors.md").write_text("edited by hand", encoding="utf-8")
    assert make_docs.stale(tmp_path) == ["docs/errors.md"]


def test_check_exits_1_and_writes_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert make_docs.main(["--check"]) == 0
    monkeypatch.setitem(make_docs.MADE, "docs/errors.md", lambda: "something else")
    before = read("docs/errors.md")
    assert make_docs.main(["--check"]) == 1
    assert "docs/errors.md" in capsys.readouterr().err
    assert read("docs/errors.md") == before


# --- commands ---


@every_page
def test_commands_in_blocks_are_accepted(page: Path) -> None:
    for words in command_lines(page.read_text(encoding="utf-8")):
        if Path(words[0]).name != "lti-elos":
            continue
        try:
            _parser().parse_args(words[1:])
        except SystemExit:
            pytest.fail(f"{page.name}: {shlex.join(words)}")


@every_page
def test_commands_in_sentences_exist(page: Path) -> None:
    for code in _INLINE.findall(prose(page.read_text(encoding="utf-8"))):
        words = code.split()
        parser = _parser()
        # "`platform set`" is short for "`lti-elos platform set`".
        is_short = len(words) > 1 and words[0] in actions_of(parser) and code not in log_events()
        if words[0] != "lti-elos" and not is_short:
            continue
        for word in words[1:] if words[0] == "lti-elos" else words:
            if not (actions := actions_of(parser)):
                break
            assert word in actions, f"{page.name}: `{code}`"
            parser = actions[word]


def test_every_command_is_told_of() -> None:
    texts = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    for noun, parser in actions_of(_parser()).items():
        for name in [f"{noun} {verb}" for verb in actions_of(parser)] or [noun]:
            assert f"lti-elos {name}" in texts, name


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([\w./-]+):", read("Makefile"), re.MULTILINE)) | {".venv/.run"}
    for page in PAGES:
        for words in command_lines(page.read_text(encoding="utf-8")):
            if words[0] == "make":
                assert {word for word in words[1:] if "=" not in word} <= targets, f"{page.name}: {shlex.join(words)}"


def test_readme_says_how_to_try_and_how_to_test() -> None:
    lines = [shlex.join(words) for words in command_lines(read("README.md"))]
    assert "make demo" in lines
    assert "make test" in lines


# --- settings and policies ---


@every_page
def test_settings_exist(page: Path) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {f"{PREFIX}CONFIG"}
    assert set(_SETTING.findall(page.read_text(encoding="utf-8"))) <= known


@every_page
def test_settings_files_load(page: Path) -> None:
    for body in blocks(page.read_text(encoding="utf-8"), "toml"):
        keys = set(re.findall(r"^#? ?([a-z_]+) = ", body, re.MULTILINE))
        assert keys <= set(Settings.model_fields)
        Settings(**tomllib.loads(body))


def test_every_setting_is_told_of() -> None:
    told = set(_SETTING.findall(read("docs/install.md")))
    assert {PREFIX + name.upper() for name in Settings.model_fields} <= told


def test_policies_are_told_with_their_defaults() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (\S+) \| .+ \|$", read("docs/policies.md"), re.MULTILINE)
    told = {key: (values, default.strip("`")) for key, values, default in rows}
    defaults = {
        key: {True: "true", False: "false", "": "empty"}.get(value, value) for key, value in asdict(Policies()).items()
    }
    assert {key: default for key, (_, default) in told.items()} == defaults
    for key, (values, _) in told.items():
        for value in re.findall(r"`(\w+)`", values):
            parse_policy(key, value)


# --- paths, log lines, samples ---


def test_paths_of_the_tool_exist(tmp_path: Path) -> None:
    deps = make_deps(Settings(base_url=EXAMPLE, data_dir=tmp_path, secret_key="a key of the test, 32 characters"))
    rules = {rule.rule for rule in create_app(deps).url_map.iter_rules()}
    deps.database.dispose()
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        told = re.findall(rf"{EXAMPLE}(/[\w./-]+)", text)
        told += [code for code in _INLINE.findall(prose(text)) if re.fullmatch(r"/(lti|rooms|healthz|readyz).*", code)]
        assert set(told) <= rules, page.name


def test_log_lines_are_told_of() -> None:
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "lti_elos").rglob("*.py")
        if "demo" not in path.relative_to(ROOT).parts
    )
    said = re.findall(
        r"\b(?:log|logging\.getLogger\(__name__\))\.(?:debug|info|warning|error|exception)\(\s*\"([^\"]+)\"", source
    )
    said += re.findall(r"\blog\.log\(\s*\w+,\s*\"([^\"]+)\"", source)
    assert log_events() == set(said)


@every_page
def test_samples_of_json_are_json(page: Path) -> None:
    for body in blocks(page.read_text(encoding="utf-8"), "json"):
        json.loads(body)


# --- links ---


@every_page
def test_links_and_images_resolve(page: Path) -> None:
    for target in _LINK.findall(prose(page.read_text(encoding="utf-8"))):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.is_relative_to(ROOT), f"{page.name} links to {target}, outside the repository"
        assert file.is_file(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in anchors(file), f"{page.name} links to {target}"


def anchors(page: Path) -> set[str]:
    """The ids that GitHub and GitLab give to the headings of a page."""
    headings = _HEADING.findall(prose(page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_page
def test_nothing_of_a_developers_machine_is_told(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert str(ROOT) not in text
    assert not re.search(r"/root/|/home/\w|/tmp/|pypi\.org|pythonhosted", text)
