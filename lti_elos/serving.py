"""gunicorn, run from code: configs/gunicorn.conf.py with the command line's addresses and numbers over it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from gunicorn import glogging
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config

from lti_elos.paths import shipped_dir


class _Logger(glogging.Logger):
    """gunicorn's own lines go through the root logger's one formatter (log.py), like everybody's."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.error_log.setLevel(logging.NOTSET)  # the root's level decides


class _Server(BaseApplication):
    def __init__(self, make_app: Callable[[], Any], options: dict[str, Any]) -> None:
        self._make_app = make_app
        self._options = options
        super().__init__()

    def init(self, parser: Any, opts: Any, args: Any) -> None:
        """Nothing: no command line of gunicorn's own."""

    def load_config(self) -> None:
        source: dict[str, Any] = {}
        path = shipped_dir("configs") / "gunicorn.conf.py"
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), source)  # noqa: S102 - our own file
        config: Config = self.cfg
        for key, value in {**source, **self._options}.items():
            if key in config.settings:
                config.set(key, value)
        config.set("logger_class", _Logger)

    def load(self) -> Any:
        return self._make_app()


def run_gunicorn(make_app: Callable[[], Any], *, bind: str, workers: int, threads: int) -> None:
    """Serve until told to stop. ``make_app`` runs in each worker, after the fork."""
    _Server(make_app, {"bind": bind, "workers": workers, "threads": threads}).run()
