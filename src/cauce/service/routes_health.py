"""Liveness, readiness, measurements."""

import shutil
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from starlette.responses import JSONResponse

from cauce.service.app import Office
from cauce.service.dependencies import office_of
from cauce.service.heartbeat import living_workers
from cauce.service.telemetry import CONTENT_TYPE

router = APIRouter()

_FREE_BYTES = 256 << 20  # below this a study might not fit on the disk any more


@router.get("/health/live", summary="Is the process alive")
def live() -> dict[str, str]:
    """Answers as long as the process can."""
    return {"status": "live"}


@router.get("/health/ready", summary="Can studies be sent")
def ready(office: Annotated[Office, Depends(office_of)]) -> Response:
    """200 when the model is loaded, the queue answers and the disk has room; 503 otherwise. `workers` counts those alive."""
    checks = {"model": True, "queue": _queue_answers(office), "disk": _has_room(office)}
    good = all(checks.values())
    body = {
        "status": "ready" if good else "not ready", "checks": checks, "model": office.desk.studies.model_digest,
        "workers": living_workers(office.workers_folder),
    }
    return JSONResponse(body, status_code=200 if good else 503)


@router.get("/metrics", response_class=Response, summary="Measurements for Prometheus")
def metrics(office: Annotated[Office, Depends(office_of)]) -> Response:
    """Prometheus text format."""
    office.telemetry.queue(office.queue.counts(), workers=len(living_workers(office.workers_folder)))
    return Response(office.telemetry.text(), media_type=CONTENT_TYPE)


def _queue_answers(office: Office) -> bool:
    try:
        office.queue.check()
    except Exception:  # whatever the database's library raises, the answer is no
        return False
    return True


def _has_room(office: Office) -> bool:
    return shutil.disk_usage(office.desk.spool.root).free > _FREE_BYTES
