"""Result → what its structured report says; `cauce.report.highdicom_adapter` puts it into DICOM.

Every instance gets an answer of its own: an abnormality with its region, none, or not analysed with the coded reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cauce.clinical.chest_xray.texts import clinical_texts
from cauce.dicom.uids import uid_from
from cauce.domain.codes import Code
from cauce.domain.errors import InputError
from cauce.domain.result import Decision, Finding, InstanceResult, Place, Provenance, Result, Side, Zone
from cauce.store.settings import Language

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

CODING_SCHEME = "99CAUCE"
NO_ABNORMALITY = Code(scheme="DCM", value="111286", meaning="No abnormality")
NOT_ANALYSED = Code(scheme=CODING_SCHEME, value="not-analysed", meaning="Not analysed")
REFUSAL_REASON = Code(scheme=CODING_SCHEME, value="refusal-reason", meaning="Reason for not analysing")
DECISION = Code(scheme=CODING_SCHEME, value="decision", meaning="Decision at the operating point")
POSITIVE = Code(scheme="SCT", value="10828004", meaning="Positive")
NEGATIVE = Code(scheme="SCT", value="260385009", meaning="Negative")
CHEST_RADIOGRAPHY = Code(scheme="SCT", value="399208008", meaning="Plain chest X-ray")
IMAGING = Code(scheme="SCT", value="363679005", meaning="Imaging")

SIDES = {Side.RIGHT: Code(scheme="SCT", value="24028007", meaning="Right"),
         Side.LEFT: Code(scheme="SCT", value="7771000", meaning="Left")}
ZONES = {Zone.UPPER: Code(scheme="SCT", value="281392002", meaning="Upper zone of lung"),
         Zone.MIDDLE: Code(scheme="SCT", value="281393007", meaning="Middle zone of lung"),
         Zone.LOWER: Code(scheme="SCT", value="281394001", meaning="Lower zone of lung")}
"""CID 6171."""

_LONGEST_MEANING = 64  # CodeMeaning (0008,0104) is LO
_LONGEST_VALUE = 16    # CodeValue (0008,0100) is SH
_SHORT_DIGEST = 12


@dataclass(frozen=True)
class Group:
    """One measurement group of TID 1500.

    Attributes:
        finding: what is said of the image.
        probability: None for an image that was not analysed.
        evaluations: name and value of qualitative evaluations.
        place: where the finding lies; None for a statement about the whole image.
    """

    sop_instance_uid: str
    tracking_id: str
    tracking_uid: str
    finding: Code
    probability: float | None
    evaluations: tuple[tuple[Code, Code], ...]
    place: Place | None


@dataclass(frozen=True)
class Statement:
    """Everything that a structured report says, before it is DICOM.

    Attributes:
        parameters: of the algorithm, as text: operating point, digest, engine.
    """

    series_instance_uid: str
    sop_instance_uid: str
    device_uid: str
    language: Language
    provenance: Provenance
    parameters: tuple[str, ...]
    procedure: Code
    groups: tuple[Group, ...]
    created: datetime


def build_sr(
    result: Result, headers: Mapping[str, "Dataset"], *, language: Language = Language.ENGLISH, created: datetime | None = None,
) -> "Dataset":
    """Comprehensive 3D SR, TID 1500, of one study; write it with `encode_sr`.

    UIDs follow from study, series, model digest and language: the same study analysed again by the same model gives the
    same document, and an archive that has it stores nothing new.

    Args:
        result: of any decision.
        headers: DICOM headers by SOP Instance UID; instances without one, such as unreadable files, are left out.
        language: of the code meanings.
        created: time of the analysis; None takes the time of the study, so that equal arguments give equal bytes.

    Raises:
        InputError: no instance has a DICOM header: a plain image has no study that a report could belong to.
    """
    from cauce.report.highdicom_adapter import comprehensive_sr, study_time

    told = [item for item in result.instances if item.sop_instance_uid in headers]
    if not told:
        raise InputError(
            "no structured report without DICOM", where=result.instances[0].instance, expected="a DICOM instance",
            got="a plain image", remedy="Send the study as DICOM, or take the PDF.",
        )
    evidence = [headers[item.sop_instance_uid] for item in told]
    moment = study_time(evidence[0]) if created is None else created
    return comprehensive_sr(_statement(result, told, language, moment), evidence)


def encode_sr(dataset: "Dataset") -> bytes:
    """The report as a DICOM file."""
    from cauce.report.highdicom_adapter import file_bytes

    return file_bytes(dataset)


def _statement(result: Result, told: list[InstanceResult], language: Language, created: datetime) -> Statement:
    lead = told[0]
    digest = lead.provenance.model_digest
    study, series = lead.study_instance_uid, lead.series_instance_uid
    point = result.operating_point
    refused = all(item.decision is Decision.REFUSED for item in told)
    return Statement(
        series_instance_uid=uid_from("sr-series", study, series, digest, language.value),
        sop_instance_uid=uid_from("sr", study, series, digest, language.value),
        device_uid=uid_from("device", digest), language=language, provenance=lead.provenance,
        parameters=(
            f"model digest sha256:{digest}", f"operating point: probability >= {point.threshold:.6g}",
            f"engine: {lead.provenance.engine}", f"cauce {lead.provenance.cauce_version}",
        ),
        procedure=IMAGING if refused else CHEST_RADIOGRAPHY,
        groups=tuple(group for item in told for group in _groups(item, language)), created=created,
    )


def _groups(item: InstanceResult, language: Language) -> list[Group]:
    present = [finding for finding in item.findings if finding.present]
    if item.refusal is not None:
        meaning = clinical_texts(language).refusal(item.refusal.model_copy(update={"expected": "", "got": ""}))
        reason = Code(scheme=CODING_SCHEME, value=item.refusal.code[:_LONGEST_VALUE], meaning=_fit(meaning))
        return [_group(item, 0, NOT_ANALYSED, evaluations=((REFUSAL_REASON, reason),))]
    if not present:
        return [_group(item, 0, NO_ABNORMALITY, evaluations=((DECISION, NEGATIVE),))]
    return [_abnormal(item, number, finding, language) for number, finding in enumerate(present, start=1)]


def _abnormal(item: InstanceResult, number: int, finding: Finding, language: Language) -> Group:
    name = clinical_texts(language).finding(finding.code)
    group = _group(item, number, finding.code.model_copy(update={"meaning": _fit(name)}), evaluations=((DECISION, POSITIVE),))
    return Group(**{**vars(group), "probability": finding.probability, "place": finding.place})


def _group(item: InstanceResult, number: int, finding: Code, *, evaluations: tuple[tuple[Code, Code], ...]) -> Group:
    """Tracking identifiers stay the same when the same image is analysed again by the same model."""
    provenance = item.provenance
    parts = ("tracking", item.study_instance_uid, item.sop_instance_uid, provenance.model_digest, str(number))
    return Group(
        sop_instance_uid=item.sop_instance_uid, tracking_uid=uid_from(*parts), finding=finding, probability=item.probability,
        tracking_id=f"{provenance.model_name} {provenance.model_digest[:_SHORT_DIGEST]} {item.sop_instance_uid} {number}",
        evaluations=evaluations, place=None,
    )


def _fit(meaning: str) -> str:
    return meaning if len(meaning) <= _LONGEST_MEANING else meaning[: _LONGEST_MEANING - 1] + "…"
