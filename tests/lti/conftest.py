"""A server of our own for each test."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.elos.support import Wire


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire() as listening:
        yield listening


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that refuses: bound, so nobody else takes it, and not listening."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
