"""GET /v1/results/{id} and its documents."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from cauce.domain.record import Digest
from cauce.service.answers import StudyAnswer, study_answer
from cauce.service.app import Office
from cauce.service.dependencies import office_of
from cauce.service.results import SR_NAME, report_name
from cauce.store.settings import Language

router = APIRouter(prefix="/v1/results/{result_id}")


@router.get("", response_model=StudyAnswer, summary="A stored result")
def get_result(result_id: Digest, office: Annotated[Office, Depends(office_of)]) -> StudyAnswer:
    """Result of a study, from either path."""
    return study_answer(result_id, office.desk.results.get(result_id))


@router.get("/report.pdf", response_class=Response, summary="The report as PDF")
def get_report(
    result_id: Digest, office: Annotated[Office, Depends(office_of)], language: Language = Language.ENGLISH
) -> Response:
    """One page: the image, the heat map beside it, the answer, and what made it."""
    return Response(office.fast.document(result_id, report_name(language)), media_type="application/pdf")


@router.get("/sr.dcm", response_class=Response, summary="The result as DICOM SR")
def get_sr(result_id: Digest, office: Annotated[Office, Depends(office_of)]) -> Response:
    """Comprehensive SR, TID 1500."""
    return Response(office.fast.document(result_id, SR_NAME), media_type="application/dicom")
