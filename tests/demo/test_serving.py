"""Serving a WSGI application for the demo and for tests."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import closing
from http.client import HTTPSConnection

import pytest
import requests
from flask import Flask
from werkzeug.serving import generate_adhoc_ssl_context

from lti_elos.demo.serving import ThreadedServer


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "here")
    return app


def test_a_server_answers_between_start_and_stop(app: Flask) -> None:
    server = ThreadedServer(app)
    server.start()
    assert requests.get(server.url, timeout=5).text == "here"

    server.stop()

    with pytest.raises(requests.ConnectionError):
        requests.get(server.url, timeout=5)


def test_a_stopped_server_frees_its_port_at_once(app: Flask) -> None:
    with ThreadedServer(app) as first:
        port = first.port

    with ThreadedServer(app, port=port) as second:
        assert requests.get(second.url, timeout=5).text == "here"


def test_a_taken_port_is_an_os_error(app: Flask) -> None:
    with ThreadedServer(app) as server, pytest.raises(OSError, match="in use"):
        ThreadedServer(app, port=server.port)


def test_stopping_does_not_wait_for_silent_connections(app: Flask) -> None:
    server = ThreadedServer(app).start()
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as silent:
        requests.get(server.url, timeout=5)  # so that the silent one was accepted before

        server.stop()

        assert silent.recv(1) == b""


def test_requests_are_served_side_by_side() -> None:
    app = Flask(__name__)
    both_in = threading.Barrier(2, timeout=5)
    app.add_url_rule("/", view_func=lambda: str(both_in.wait()))

    with ThreadedServer(app) as server:
        callers = [threading.Thread(target=requests.get, args=(server.url,)) for _ in range(2)]
        for one in callers:
            one.start()
        for one in callers:
            one.join()

    assert not both_in.broken


def test_a_silent_client_does_not_keep_others_from_a_tls_server(app: Flask) -> None:
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE

    with (
        ThreadedServer(app, ssl_context=generate_adhoc_ssl_context()) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=5),
        closing(HTTPSConnection("127.0.0.1", server.port, timeout=5, context=trusting)) as client,
    ):
        client.request("GET", "/")

        assert client.getresponse().read() == b"here"
        assert server.url.startswith("https://")


def test_an_application_may_come_after_the_address(app: Flask) -> None:
    with ThreadedServer() as server:
        assert requests.get(server.url, timeout=5).status_code == 503

        server.app = app

        assert requests.get(server.url, timeout=5).text == "here"


def test_a_server_that_never_started_can_be_stopped(app: Flask) -> None:
    ThreadedServer(app).stop()
