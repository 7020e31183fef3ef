"""The REST application: `create_app(settings)` loads the model and gives an ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from cauce import __version__
from cauce.service import problems
from cauce.service.dbos_adapter import JobQueue, prepare_database
from cauce.service.desk import Desk, open_desk
from cauce.service.fast_path import FastPath
from cauce.service.middleware import BodyLimit, RequestLog
from cauce.service.settings import ServiceSettings
from cauce.service.telemetry import Telemetry

_MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Office:
    """What the routes need."""

    desk: Desk
    fast: FastPath
    queue: JobQueue
    telemetry: Telemetry
    workers_folder: Path


def create_app(settings: ServiceSettings) -> FastAPI:
    """Open model, stores and queue, and put the routes together.

    Raises:
        IntegrityError: the bundle was changed.
    """
    from cauce.service import routes_health, routes_jobs, routes_results, routes_studies

    office = _open_office(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        office.fast.drain()
        office.queue.close()

    # The interactive pages of FastAPI load scripts from elsewhere; /openapi.json is all that is offered.
    app = FastAPI(title="cauce", version=__version__, docs_url=None, redoc_url=None, lifespan=lifespan,
                  description="Radiology studies in, results out. A fast path that answers at once, and a durable queue.")
    app.state.office = office
    limit_bytes = settings.open_workspace().settings.maximum_upload_mb * _MEGABYTE
    app.add_middleware(BodyLimit, limit_bytes=limit_bytes)
    app.add_middleware(RequestLog, telemetry=office.telemetry)
    problems.install(app)
    for module in (routes_studies, routes_jobs, routes_results, routes_health):
        app.include_router(module.router)
    return app


def _open_office(settings: ServiceSettings) -> Office:
    workspace, desk, telemetry = settings.open_workspace(), open_desk(settings), Telemetry()
    prepare_database(workspace.jobs_url)
    return Office(
        desk=desk, telemetry=telemetry, workers_folder=workspace.folder("service/workers"),
        fast=FastPath(desk, limit=settings.fast_limit, telemetry=telemetry),
        queue=JobQueue(workspace.jobs_url, model_digest=desk.studies.model_digest),
    )
