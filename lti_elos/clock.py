"""The one place that asks what time it is. Everything that depends on the time takes ``now`` or a Clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the current moment as an aware UTC datetime."""


def utc_now() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC)
