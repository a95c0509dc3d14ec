"""Whether this process can serve."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from lti_elos.db import schema
from lti_elos.services.deps import Deps


def readiness(deps: Deps) -> dict[str, str]:
    """{check: "ok" or what is wrong}, for /readyz and the start."""
    try:
        current = schema.current(deps.database)
    except SQLAlchemyError as cause:
        return {"database": f"out of reach: {type(cause).__name__}"}
    if current != schema.HEAD:
        return {
            "database": "ok",
            "schema": f"is {current or 'empty'}, {schema.HEAD} is needed: `lti-elos db upgrade`",
        }
    return {"database": "ok", "schema": "ok"}
