"""Puts the LMS's parts on one Flask app."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, Response
from jinja2 import StrictUndefined

from lti_elos.demo.lms import admin, auth, control, pages, registration, selecting
from lti_elos.demo.lms.answers import refused
from lti_elos.demo.lms.launches import NotEnrolled
from lti_elos.demo.lms.platforms import Lms
from lti_elos.demo.lms.school import NotInSchool, School, sample_school


@dataclass(frozen=True, slots=True)
class Registration:
    """What an administrator of the tool types in about one platform."""

    slug: str
    name: str
    issuer: str
    client_id: str
    deployment_id: str
    auth_login_url: str
    auth_token_url: str
    jwks_url: str
    audience: str


def create_lms(
    *,
    public_url: str,
    tool_url: str,
    school: School | None = None,
    clock: Callable[[], float] = time.time,
    context: ssl.SSLContext | None = None,
) -> Flask:
    """An LMS that browsers reach at ``public_url``, with the tool at ``tool_url`` already registered in it.

    The :class:`Lms` is at ``app.extensions["lms"]``.

    :param context: whom to trust when it reads tools' keys over https
    """
    app = Flask(__name__, static_url_path="/lms-static")
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["lms"] = Lms(
        school=school or sample_school(), public_url=public_url, tool_url=tool_url, clock=clock, context=context
    )
    for part in (pages, auth, registration, admin, selecting, control):
        app.register_blueprint(part.bp)
    app.register_error_handler(NotInSchool, _unknown)
    app.register_error_handler(NotEnrolled, _stranger)
    return app


def registrations(lms: Lms) -> list[Registration]:
    return [
        Registration(
            slug=one.slug.value,
            name=one.name,
            issuer=one.issuer,
            client_id=one.client_id,
            deployment_id=one.deployment_id,
            auth_login_url=one.endpoint("auth"),
            auth_token_url=one.endpoint("token"),
            jwks_url=one.endpoint("jwks"),
            audience=one.audience,
        )
        for one in lms.platforms.values()
    ]


def _unknown(_error: NotInSchool) -> Response:
    return refused("unknown", 404)


def _stranger(_error: NotEnrolled) -> Response:
    return refused("stranger", 403)
