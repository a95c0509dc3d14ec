"""What Elos tells us: events of its hooks."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, request

from lti_elos.services import hooks
from lti_elos.services.hooks import Delivery
from lti_elos.web.guards import Needs, current_deps, requires

bp = Blueprint("callbacks", __name__, url_prefix="/elos")


@bp.post("/hooks/<uuid:server_id>")
@requires(Needs.ELOS)
def hook(server_id: UUID) -> Response:
    """Events, stored at once and worked on later. 401 for a wrong token alone: Elos takes it as delivered, and whatever
    else is no 2xx comes again, until the hook is given up (elos-api 6.3).
    """
    is_taken = hooks.receive(
        current_deps(),
        server_id,
        Delivery(
            authorization=request.headers.get("Authorization", ""),
            checksum=request.args.get("checksum", ""),
            content_type=request.headers.get("Content-Type", ""),
            body=request.get_data(cache=False),
        ),
    )
    return Response(status=200 if is_taken else 401, content_type="text/plain")
