"""The application: the only module that knows every room."""

from __future__ import annotations

import time
from collections.abc import Callable

from flask import Flask
from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from lti_elos import clock as clocks
from lti_elos.clock import Clock
from lti_elos.counts import Counts
from lti_elos.db.engine import Database
from lti_elos.errors import Misconfigured
from lti_elos.lti.http import PlatformHttp
from lti_elos.lti.platform_keys import PlatformKeys
from lti_elos.paths import shipped_dir
from lti_elos.services.bell import Bell
from lti_elos.services.board import Board
from lti_elos.services.deps import Deps
from lti_elos.services.elos_doors import ElosDoors
from lti_elos.services.watchers import Watchers
from lti_elos.settings import Settings
from lti_elos.vault import Vault
from lti_elos.web import (
    callbacks,
    deep_linking,
    embed,
    errors,
    formats,
    guards,
    headers,
    languages,
    limits,
    lms,
    lti,
    lti_answers,
    metrics,
    people,
    public_links,
    recording_audience,
    recording_changes,
    recording_copies,
    recording_log,
    recording_notices,
    recording_player,
    recordings,
    registrations,
    rendering,
    reports,
    rooms,
    sessions,
    setup,
    site,
    status,
)
from lti_elos.web.admin import audit as admin_audit
from lti_elos.web.admin import desk, doctor, failures, invites, overview, platform_runs, servers, sign_in
from lti_elos.web.admin import platforms as admin_platforms
from lti_elos.web.admin import recordings as admin_recordings
from lti_elos.web.admin import sessions as admin_sessions
from lti_elos.web.request_log import RequestLog

MAX_BODY = 512 * 1024
DESK = (
    *(sign_in, overview, admin_platforms, platform_runs, invites, failures, doctor, admin_recordings, servers),
    admin_audit,
)
"""Modules of /admin: importing them puts their views on its blueprint."""


def make_deps(
    settings: Settings,
    *,
    clock: Clock = clocks.utc_now,
    guard: Callable[[], None] | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> Deps:
    """What use cases need, for one process. Raises Misconfigured without a SECRET_KEY.

    :param guard: called before each call to Elos (tests refuse calls inside a transaction).
    """
    if not settings.secret_keys:
        raise Misconfigured(
            "SECRET_KEY is not set: LTI_ELOS_SECRET_KEY, 32 characters or more. "
            'Make one: python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
        )
    vault = Vault(settings.secret_keys)
    counts = Counts()
    platform_http = PlatformHttp(allow_private=settings.allow_private_networks)
    return Deps(
        settings=settings,
        database=Database(settings.sqlalchemy_url),
        vault=vault,
        clock=clock,
        platform_http=platform_http,
        platform_keys=PlatformKeys(platform_http, monotonic=monotonic),
        elos=ElosDoors(vault, guard=guard, observe=counts.elos_call),
        watchers=Watchers(),
        board=Board(lasts_s=min(1.0, settings.live_refresh_s / 2)),
        bell=Bell(),
        counts=counts,
    )


def create_app(deps: Deps) -> Flask:
    """The WSGI application over ready dependencies. The schema is the caller's business."""
    settings = deps.settings
    app = Flask(__name__, template_folder=str(shipped_dir("templates")), static_folder="web/static")
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        BOOTSTRAP_SERVE_LOCAL=True,
        BABEL_TRANSLATION_DIRECTORIES="translations",
        BABEL_DEFAULT_LOCALE="en",
        SEND_FILE_MAX_AGE_DEFAULT=86400,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["lti_elos"] = deps
    Babel(app, locale_selector=languages.choose_locale, timezone_selector=languages.choose_zone)
    languages.install_gettext(app)
    Bootstrap5(app)
    formats.install(app)
    rendering.install(app)
    admin_sessions.install(app, deps)
    limits.install(app, settings.redis_url.get_secret_value())
    errors.install(app)
    app.before_request(guards.refuse_foreign_posts)
    app.after_request(guards.set_session_cookie)
    app.after_request(languages.remember_choice)
    app.after_request(headers.set_headers)
    app.context_processor(languages.page_context)
    for room in (
        lti,
        registrations,
        deep_linking,
        rooms,
        embed,
        people,
        status,
        recordings,
        recording_audience,
        recording_player,
        public_links,
        recording_changes,
        recording_log,
        recording_copies,
        recording_notices,
        sessions,
        reports,
        site,
        setup,
        lms,
        callbacks,
        metrics,
        desk,
    ):
        app.register_blueprint(room.bp)
    app.register_blueprint(recording_notices.links)
    app.wsgi_app = lti_answers.LtiAnswer(app, deps)  # type: ignore[method-assign]
    app.wsgi_app = callbacks.HookAnswer(app.wsgi_app, deps, most=MAX_BODY)  # type: ignore[method-assign]
    app.wsgi_app = RequestLog(app.wsgi_app, deps.counts, proxy_hops=settings.proxy_hops)  # type: ignore[method-assign]
    if settings.proxy_hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxy_hops, x_proto=settings.proxy_hops)  # type: ignore[method-assign]
    app.wsgi_app = status.StatusAnswer(app.wsgi_app, deps)  # type: ignore[method-assign]
    return app
