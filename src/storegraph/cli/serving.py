"""Serving pages and an API from the command line."""

from __future__ import annotations

from typing import Any


def serve_pages(application: Any, host: str, port: int) -> None:
    """Serves an ASGI application until Ctrl-C.

    No address that was asked for stands in a log: it may hold a signed link, or what somebody typed.
    """
    import uvicorn

    uvicorn.run(application, host=host, port=port, access_log=False)
