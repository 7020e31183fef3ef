"""Errors as problem+json (RFC 9457): type, title, status, detail, code."""

from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from cauce.domain.errors import BusyError, CauceError
from cauce.service.quiet_log import LOG, place_of

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER_S = "2"
_TITLES = {
    400: "The request cannot be used", 404: "Not found", 405: "Method not allowed", 409: "Content does not match its seal",
    413: "Too large", 422: "The study cannot be analysed", 429: "Busy", 500: "Internal error", 503: "Not ready",
}


def problem(status: int, detail: str, *, code: str, more: Mapping[str, str] | None = None) -> JSONResponse:
    """One problem document; `more` adds members."""
    body = {
        "type": f"urn:cauce:problem:{code}", "title": _TITLES.get(status, "Error"), "status": status, "detail": detail,
        "code": code, **(more or {}),
    }
    headers = {"Retry-After": _RETRY_AFTER_S} if status in (429, 503) else None
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def install(app: FastAPI) -> None:
    """Answer every error of `app` as problem+json; unexpected ones without their message."""

    @app.exception_handler(CauceError)
    async def named(_: Request, error: CauceError) -> JSONResponse:
        return problem(error.http_status, error.line(), code=error.code)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return problem(422, f"{place}: {first['msg']}", code="bad-parameter")

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, str(error.detail), code="http")

    @app.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> JSONResponse:
        LOG.error("unexpected error: %s", place_of(error))
        return problem(500, f"unexpected error ({type(error).__name__}); the log has its place", code="internal")


def busy() -> BusyError:
    """As many studies are in work as may be."""
    return BusyError("too many studies are being analysed", remedy="Send it again in a moment, or send it to /v1/jobs.")
