"""The wheel holds what the tool needs to run, and runs away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent.parent

FRONT_PAGE = """
import lti_elos, os, sys
assert lti_elos.__file__.startswith(sys.argv[1]), lti_elos.__file__
from lti_elos.app import create_app, make_deps
from lti_elos.db import schema
from lti_elos.db.engine import Database
from lti_elos.paths import shipped_dir
from lti_elos.settings import load_settings
assert str(shipped_dir("templates")).startswith(sys.argv[1])
settings = load_settings()
deps = make_deps(settings)
schema.upgrade(deps.database)
client = create_app(deps).test_client()
for path, words in {
    "/": "Elos",
    "/?lang=es": 'lang="es"',
    "/privacy": "<h1",
    "/static/elos.css": ":root",
    "/bootstrap/static/css/bootstrap.min.css": "Bootstrap",
    "/readyz": '"ok"',
    "/no": "WEB-NOT-FOUND",
}.items():
    text = client.get(path, headers={"Accept": "text/html"}).get_data(as_text=True)
    assert words in text, (path, text[:400])
pages = [client.get(f"/?lang={lang}").get_data(as_text=True) for lang in ("pt", "en", "es")]
assert len(set(page.partition("<main")[2] for page in pages)) == 3, "the catalogues are missing"
print("rendered")
"""


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LTI_ELOS_", "PYTHON"))}
    done = subprocess.run(
        command, cwd=cwd, env=inherited | environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built without network, by the build backend of this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input")
    offline = {"PIP_NO_INDEX": "1", "PIP_NO_CACHE_DIR": "1"}
    run(*pip, "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, ROOT, cwd=folder, **offline)
    [made] = folder.glob("lti_elos-*.whl")
    return made


def test_the_wheel_holds_code_templates_settings_catalogues_and_files(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())
    checkout = {path.relative_to(ROOT) for path in ROOT.glob("templates/**/*.html")}

    assert {f"lti_elos/_shipped/{path}" for path in checkout} <= names
    for name in (
        "lti_elos/_shipped/templates/base.html",
        "lti_elos/_shipped/configs/default.toml",
        "lti_elos/_shipped/configs/gunicorn.conf.py",
        "lti_elos/translations/pt_BR/LC_MESSAGES/messages.mo",
        "lti_elos/translations/es/LC_MESSAGES/messages.mo",
        "lti_elos/web/static/elos.css",
        "lti_elos/web/static/icons.svg",
        "lti_elos/db/migrations/versions/m0001_first.py",
    ):
        assert name in names
    assert any(name.endswith("dist-info/licenses/LICENSE") for name in names)


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()

    assert {name.split("/")[0].partition("-")[0] for name in names} == {"lti_elos"}
    unwanted = (".pyc", ".sqlite3", ".pem", ".key", ".log", ".env")
    assert [name for name in names if name.endswith(unwanted) or "/tests/" in name] == []


def test_an_installed_wheel_serves_pages_from_any_folder(wheel: Path, tmp_path: Path) -> None:
    target, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-q", "--no-deps", "--no-index")
    run(*pip, "--target", target, wheel, cwd=elsewhere)
    settings = {"LTI_ELOS_DATA_DIR": str(elsewhere / "data"), "LTI_ELOS_SECRET_KEY": "k" * 40}

    said = run(
        sys.executable, "-W", "error", "-c", FRONT_PAGE, target, cwd=elsewhere, PYTHONPATH=str(target), **settings
    )
    version = run(
        sys.executable, "-m", "lti_elos", "serve", "--help", cwd=elsewhere, PYTHONPATH=str(target), **settings
    )

    assert said.strip() == "rendered"
    assert "--workers" in version
