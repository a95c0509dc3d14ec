"""Puts the simulator's parts on one Flask app."""

from __future__ import annotations

from flask import Flask
from jinja2 import StrictUndefined

from lti_elos.demo.elos import api, control, pages, playback
from lti_elos.demo.elos.clock import Clock
from lti_elos.demo.elos.simulator import Simulator


def create_simulator(*, secret: str, public_url: str, clock: Clock | None = None, speed: float = 1.0) -> Flask:
    """An Elos with this shared secret, reached by browsers at ``public_url``.

    ``speed`` makes recordings come that many times faster; it changes no other time. The :class:`Simulator`
    is at ``app.extensions["simulator"]``.
    """
    app = Flask(__name__, static_url_path="/simulator-static")
    app.jinja_env.undefined = StrictUndefined
    app.extensions["simulator"] = Simulator(secret=secret, public_url=public_url, clock=clock or Clock(), speed=speed)
    for part in (api, pages, playback, control):
        app.register_blueprint(part.bp)
    return app
