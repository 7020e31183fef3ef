"""The documents of a result: PDF report in every language, and for a DICOM study the SR."""

from collections.abc import Sequence

from cauce.dicom.uids import uid_from
from cauce.domain.result import Result
from cauce.predictor.bundle import Bundle
from cauce.predictor.source import LoadedInstance
from cauce.report.pdf import ModelStatement, write_pdf
from cauce.report.structured_report import build_sr, encode_sr
from cauce.report.study_header import StudyHeader
from cauce.service.results import SR_NAME, report_name
from cauce.store.settings import Language


def documents_of(
    result: Result, loaded: Sequence[LoadedInstance], *, bundle: Bundle, institution: str = ""
) -> dict[str, bytes]:
    """Documents by file name; the same arguments give the same bytes.

    Args:
        loaded: the study's readable instances, with their headers.
        bundle: the model, for what the report says about it.
        institution: imaging centre where the study names none.
    """
    images = {item.sop_instance_uid: item.image.pixels for item in loaded if item.image.pixels.ndim == 2}
    headers = {item.sop_instance_uid: item.header for item in loaded if item.header is not None}
    shown = headers.get(result.leading().sop_instance_uid, loaded[0].header)
    header = StudyHeader.of(shown, institution=institution)
    statement = ModelStatement(intended_use=bundle.card.intended_use, contract=bundle.contract)
    documents = {
        report_name(language): write_pdf(result, images, header, language=language, statement=statement)
        for language in Language
    }
    if headers:
        documents[SR_NAME] = encode_sr(build_sr(result, headers))
    return documents


def has_sr(result: Result) -> bool:
    """Whether a result has an SR: plain images, whose UIDs were made from their content, have no study to put one into."""
    return any(
        item.series_instance_uid != uid_from("series", item.provenance.input_sha256) for item in result.instances
    )
