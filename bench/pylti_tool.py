"""The tool that we compare with: pylti1p3 in a bare Flask application, no database, no page (gunicorn serves it).

BENCH_CACHE: ``memory`` keeps launch data and keys in the process; for several workers, a folder or a ``redis:`` URL.
Requests count as https, as behind a proxy: the library sets its session cookie only then.
BENCH_KEYS: ``cached``, or ``fetched`` at each launch as is the library's default.
"""

# mypy: disable-error-code="attr-defined,no-untyped-call"
# The library is typed half.

from __future__ import annotations

import hashlib
import os
import pickle
import time
from pathlib import Path
from typing import Any

from flask import Flask, Response
from pylti1p3.contrib.flask import FlaskCacheDataStorage, FlaskMessageLaunch, FlaskOIDCLogin, FlaskRequest
from pylti1p3.tool_config import ToolConfDict
from redis import Redis

from bench import platform


class MemoryCache:
    """cachelib's SimpleCache, without its sweep."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, bytes]] = {}

    def get(self, key: str) -> Any:
        ends_at, value = self._kept.get(key, (0.0, b""))
        return pickle.loads(value) if ends_at > time.time() else None  # noqa: S301 - written below

    def set(self, key: str, value: Any, seconds: int | None) -> None:
        self._kept[key] = (time.time() + (seconds or 300), pickle.dumps(value))


class FileCache:
    """cachelib's FileSystemCache, without its count of files: cheaper than the original."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, key: str) -> Path:
        return self._folder / hashlib.md5(key.encode()).hexdigest()  # noqa: S324 - as cachelib names its files

    def get(self, key: str) -> Any:
        try:
            ends_at, value = pickle.loads(self._path(key).read_bytes())  # noqa: S301 - written below
        except OSError:
            return None
        return value if ends_at > time.time() else None

    def set(self, key: str, value: Any, seconds: int | None) -> None:
        path = self._path(key)
        new = path.with_suffix(f".{os.getpid()}")
        new.write_bytes(pickle.dumps((time.time() + (seconds or 300), value)))
        new.replace(path)


class RedisCache:
    """cachelib's RedisCache, in as many round trips: one each."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url)

    def get(self, key: str) -> Any:
        value: Any = self._redis.get(key)
        return None if value is None else pickle.loads(value)  # noqa: S301 - written below

    def set(self, key: str, value: Any, seconds: int | None) -> None:
        self._redis.setex(key, seconds or 300, pickle.dumps(value))


def _cache(where: str) -> MemoryCache | FileCache | RedisCache:
    if where == "memory":
        return MemoryCache()
    return RedisCache(where) if where.startswith("redis:") else FileCache(Path(where))


app = Flask(__name__)
app.secret_key = "bench-only"  # noqa: S105
_storage = FlaskCacheDataStorage(_cache(os.environ["BENCH_CACHE"]))
_config = ToolConfDict(
    {
        platform.ISSUER: [
            {
                "client_id": platform.CLIENT_ID,
                "auth_login_url": platform.AUTH_URL,
                "auth_token_url": platform.TOKEN_URL,
                "key_set_url": os.environ["BENCH_JWKS_URL"],
                "key_set": None,
                "private_key_file": "unused",
                "deployment_ids": [platform.DEPLOYMENT_ID],
            }
        ]
    }
)


@app.post("/lti/login")
def login() -> Any:
    request = FlaskRequest(request_is_secure=True)
    return FlaskOIDCLogin(request, _config, launch_data_storage=_storage).redirect(request.get_param("target_link_uri"))


@app.post("/lti/launch")
def launch() -> Response:
    message = FlaskMessageLaunch(FlaskRequest(request_is_secure=True), _config, launch_data_storage=_storage)
    if os.environ["BENCH_KEYS"] == "cached":
        message.set_public_key_caching(_storage, cache_lifetime=7200)
    claims = message.get_launch_data()
    return Response(f"hello {claims['sub']}", content_type="text/plain")
