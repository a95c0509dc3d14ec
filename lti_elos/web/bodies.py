"""Bodies of requests that are answered before Flask sees them."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

_LENGTH = re.compile(r"[0-9]{1,9}")


def read_body(environ: dict[str, Any], *, most: int) -> bytes | None:
    """The whole body, which stays there to be read again.

    None: Flask may see to it, since it has no stated length, or is longer than ``most`` bytes, or its sender has gone.
    """
    length = environ.get("CONTENT_LENGTH") or ""
    if "HTTP_TRANSFER_ENCODING" in environ or not _LENGTH.fullmatch(length) or int(length) > most:
        return None
    try:
        body: bytes = environ["wsgi.input"].read(int(length))
    except (OSError, ValueError):
        body = b""
    environ["wsgi.input"] = BytesIO(body)
    return body if len(body) == int(length) else None
