"""What tests want changed in tokens: for one launch, or for all that follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict


class Overrides(BaseModel):
    """By full name; None removes. Replaced as a whole, never changed in place, so it is read without a lock."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    claims: dict[str, Any] = {}
    header: dict[str, Any] = {}
    custom: dict[str, Any] = {}


def changed(values: Mapping[str, Any], *changes: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` with each of ``changes`` laid over it."""
    result = dict(values)
    for change in changes:
        result |= change
    removed = {name for change in changes for name in change if result[name] is None}
    return {name: value for name, value in result.items() if name not in removed}
