"""The HTTP server: gunicorn with threads, set up for the platform. It tells a cut body from a whole one (ADR 0002)."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import structlog
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.http import wsgi

from sidoba_server.ops import lifeline

journal = structlog.get_logger("sidoba_server.http")

GRACEFUL_SECONDS = 20
"""How long requests under way may still take once the server is told to stop."""


class JournalLogger(Logger):
    """gunicorn's log through ours: one fact per line, and never a query string."""

    def setup(self, cfg: Any) -> None:
        """Called by gunicorn. Handlers are those of `core.journal`, at the root."""
        self.cfg = cfg
        self.error_log.propagate = True
        self.error_log.setLevel("WARNING")

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """What gunicorn says of a request it cannot read quotes that request: say only that there was one."""
        if msg.startswith("Invalid request"):
            journal.warning("request_unreadable")
        else:
            super().warning(msg, *args, **kwargs)

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """A fault past the framework's own handling; gunicorn's message would quote the address, query included."""
        journal.exception("request_failed")

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        """One line per request answered."""
        journal.info(
            "request",
            method=environ["REQUEST_METHOD"],
            path=environ.get("PATH_INFO", ""),  # absent when gunicorn itself refused the request
            status=int(str(resp.status).split(None, 1)[0]),
            octets=resp.sent,
            milliseconds=round(request_time / timedelta(milliseconds=1)),
            correlation_id=next((value for name, value in resp.headers if name.lower() == "x-correlation-id"), ""),
        )


class HttpServer(BaseApplication):
    """gunicorn, configured from here only: no file, no command line, no environment of its own."""

    def __init__(self, *, address: str, workers: int, threads: int) -> None:
        self._options: dict[str, Any] = {
            "bind": address,
            "workers": workers,
            "threads": threads,
            "worker_class": "gthread",
            "worker_connections": 200,
            "preload_app": True,
            "timeout": 60,
            "graceful_timeout": GRACEFUL_SECONDS,
            "keepalive": 5,
            "limit_request_line": 4094,
            "limit_request_fields": 64,
            "limit_request_field_size": 8190,
            "control_socket_disable": True,
            "logger_class": JournalLogger,
            "proc_name": "sidoba-server",
            "post_fork": _after_fork,
            "when_ready": _when_ready,
        }
        super().__init__()

    def load_config(self) -> None:
        """Called by gunicorn."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, its addresses and its catalogue, loaded once before the workers are forked."""
        from config.wsgi import application
        from django.urls import get_resolver
        from sidoba_engine.catalogue import installed_catalogue

        installed_catalogue()
        assert get_resolver().url_patterns  # noqa: S101 (loads every view)
        return application


def serve(*, address: str, workers: int, threads: int) -> None:
    """Serve until SIGTERM or SIGINT. Django is set up already. A worker that dies is replaced."""
    wsgi.SERVER = "sidoba"  # the header `Server`: there is no setting for it
    HttpServer(address=address, workers=workers, threads=threads).run()


def _after_fork(_arbiter: Any, worker: Any) -> None:
    lifeline.follow(worker.ppid)


def _when_ready(arbiter: Any) -> None:
    journal.info("server_ready", address=arbiter.cfg.bind, pid=os.getpid())
