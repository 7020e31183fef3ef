"""What stands around every request: a limit on its size, and one log line and one measurement without its content."""

import time

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cauce.domain.errors import TooLargeError
from cauce.service.problems import problem
from cauce.service.quiet_log import LOG
from cauce.service.telemetry import Telemetry


class BodyLimit:
    """Refuses a body that passes `limit_bytes`, by its declared length or while it arrives, before it is held in memory."""

    def __init__(self, app: ASGIApp, *, limit_bytes: int) -> None:
        self._app, self._limit_bytes = app, limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Request(scope).headers.get("content-length", "0")
        if declared.isdigit() and int(declared) > self._limit_bytes:
            error = self._error()
            await problem(error.http_status, error.line(), code=error.code)(scope, receive, send)
            return
        arrived = 0

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > self._limit_bytes:
                raise self._error()
            return message

        await self._app(scope, counted, send)

    def _error(self) -> TooLargeError:
        return TooLargeError("the body is too large", expected=f"at most {self._limit_bytes >> 20} MB",
                             remedy="Raise maximum_upload_mb in cauce.toml, or send less.")


class RequestLog:
    """One line and one measurement per request: method, route template, status, time. No path, query, header or address."""

    def __init__(self, app: ASGIApp, *, telemetry: Telemetry) -> None:
        self._app, self._telemetry = app, telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            route = getattr(scope.get("route"), "path", "unknown route")
            seconds = time.perf_counter() - start
            self._telemetry.request(str(route), status, seconds)
            if scope["method"] != "GET" or status >= 500:  # polls are counted, not told one by one
                LOG.info("%s %s %d %.0f ms", scope["method"], route, status, seconds * 1000)
