"""Puts the simulator's parts on one Flask app."""

from __future__ import annotations

import ssl

from flask import Flask
from jinja2 import StrictUndefined

from lti_elos.demo.elos import api, control, control_events, pages, playback
from lti_elos.demo.elos.clock import Clock
from lti_elos.demo.elos.post import Post
from lti_elos.demo.elos.simulator import Simulator


def create_simulator(
    *,
    secret: str,
    public_url: str,
    clock: Clock | None = None,
    speed: float = 1.0,
    may_call_out: bool = False,
    context: ssl.SSLContext | None = None,
) -> Flask:
    """An Elos with this shared secret, reached by browsers at ``public_url``.

    ``speed`` makes recordings and analytics come that many times faster; it changes no other time. The
    :class:`Simulator` is at ``app.extensions["simulator"]``; ``close()`` it afterwards, or its threads go on.

    :param may_call_out: whether hooks and analytics may go beyond this machine
    :param context: whom to trust when they go over https
    """
    app = Flask(__name__, static_url_path="/simulator-static")
    app.jinja_env.undefined = StrictUndefined
    app.extensions["simulator"] = Simulator(
        secret=secret,
        public_url=public_url,
        clock=clock or Clock(),
        speed=speed,
        post=Post(loopback_only=not may_call_out, context=context),
    )
    for part in (api, pages, playback, control, control_events):
        app.register_blueprint(part.bp)
    return app
