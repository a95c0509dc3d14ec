"""Run by alembic. The connection comes from lti_elos.db.schema (or a test); there is no offline mode."""

from typing import Any, Literal

from alembic import context

import lti_elos.db.models  # noqa: F401 - fills the metadata
from lti_elos.db.base import Base, UtcDateTime


def _render_item(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"  # a migration must not import today's model code
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=_render_item,
    compare_type=True,
)
context.run_migrations()
