"""POST /v1/studies: the fast path."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from cauce.domain.errors import OutOfIntendedUseError
from cauce.domain.result import Decision
from cauce.service.answers import StudyAnswer, result_links, study_answer
from cauce.service.app import Office
from cauce.service.body import BODY_DOCUMENTATION, read_bodies
from cauce.service.dependencies import office_of
from cauce.service.problems import problem

router = APIRouter()


@router.post("/v1/studies", response_model=StudyAnswer, openapi_extra=BODY_DOCUMENTATION, summary="Analyse a study now")
async def post_study(request: Request, office: Annotated[Office, Depends(office_of)]) -> Response:
    """Answer a study at once. A study that the model is not made for is answered 422, with the reason and its stored result."""
    office.fast.enter()
    try:
        key, result = await run_in_threadpool(office.fast.answer, await read_bodies(request))
    finally:
        office.fast.leave()
    lead = result.leading()
    if result.decision is Decision.REFUSED and lead.refusal is not None:
        more = {"refusal": lead.refusal.code, "result": result_links(key, with_sr=False)["self"]}
        return problem(OutOfIntendedUseError.http_status, lead.refusal.reason, code=OutOfIntendedUseError.code, more=more)
    return JSONResponse(study_answer(key, result).model_dump(mode="json"))
