"""POST /v1/jobs and GET /v1/jobs/{id}: the durable queue."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from cauce.domain.record import Digest
from cauce.service.answers import JobAnswer, job_answer
from cauce.service.app import Office
from cauce.service.body import BODY_DOCUMENTATION, read_bodies
from cauce.service.dependencies import office_of
from cauce.service.intake import parts_of
from cauce.service.receive import receive
from cauce.service.zip_intake import ZipLimits

router = APIRouter()


@router.post(
    "/v1/jobs", status_code=202, response_model=JobAnswer, openapi_extra=BODY_DOCUMENTATION, summary="Queue a study",
)
async def post_job(request: Request, office: Annotated[Office, Depends(office_of)]) -> Response:
    """Take a study in. Once this is answered 202, the study is on disk and its job survives the end of any process."""
    bodies = await read_bodies(request)
    job = await run_in_threadpool(lambda: receive(parts_of(bodies, ZipLimits()), desk=office.desk, queue=office.queue))
    answer = job_answer(job)
    return JSONResponse(answer.model_dump(mode="json"), status_code=202, headers={"Location": answer.links["self"]})


@router.get("/v1/jobs/{job_id}", response_model=JobAnswer, summary="How a job stands")
def get_job(job_id: Digest, office: Annotated[Office, Depends(office_of)]) -> JobAnswer:
    """State of a job, and the link to its result once there is one."""
    return job_answer(office.queue.job(job_id))
