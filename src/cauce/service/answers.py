"""What the REST interface answers: types of their own, so that stored records can change without breaking callers."""

import base64

import numpy as np
from pydantic import BaseModel, ConfigDict

from cauce.domain.job import InferenceJob, JobState
from cauce.domain.record import Digest
from cauce.domain.result import Decision, Finding, HeatMap, Refusal, Result
from cauce.domain.study import PatientKey
from cauce.report.pillow_adapter import encode_png
from cauce.service.documents import has_sr
from cauce.store.settings import Language


class Answer(BaseModel):
    """Frozen; not a record: it has no digest and is not stored."""

    model_config = ConfigDict(frozen=True)


class ModelAnswer(Answer):
    """Which model answered, on what."""

    name: str
    version: int | None
    digest: Digest
    engine: str


class OperatingPointAnswer(Answer):
    """Threshold that separates positive from negative, and what it was chosen for."""

    threshold: float
    target: str


class HeatMapAnswer(Answer):
    """Relative contribution to the probability, on a small grid that covers the whole image.

    Attributes:
        values: rows × columns numbers from 0 to 1, row by row.
        png_base64: the same as a grey PNG of rows × columns pixels.
    """

    rows: int
    columns: int
    values: tuple[float, ...]
    png_base64: str


class InstanceAnswer(Answer):
    """One image of the study."""

    instance: str
    sop_instance_uid: str
    decision: Decision
    probability: float | None
    refusal: Refusal | None


class StudyAnswer(Answer):
    """Result of one study.

    Attributes:
        id: SHA-256 of model, study UID and content; names the result in every link.
        findings, heat_map: of the instance that decides the study.
    """

    id: Digest
    study_instance_uid: str
    patient_key: PatientKey
    decision: Decision
    probability: float | None
    operating_point: OperatingPointAnswer
    model: ModelAnswer
    findings: tuple[Finding, ...]
    heat_map: HeatMapAnswer | None
    refusal: Refusal | None
    instances: tuple[InstanceAnswer, ...]
    links: dict[str, str]


class JobAnswer(Answer):
    """How a job stands; `links.result` is there once it has a result."""

    id: Digest
    state: JobState
    reason: str
    links: dict[str, str]


def study_answer(key: Digest, result: Result) -> StudyAnswer:
    """The answer for a stored result."""
    lead = result.leading()
    return StudyAnswer(
        id=key, study_instance_uid=result.study_instance_uid, patient_key=result.patient_key, decision=result.decision,
        probability=result.probability,
        operating_point=OperatingPointAnswer(
            threshold=result.operating_point.threshold, target=result.operating_point.target
        ),
        model=ModelAnswer(
            name=lead.provenance.model_name, version=lead.provenance.model_version, digest=lead.provenance.model_digest,
            engine=lead.provenance.engine,
        ),
        findings=lead.findings,
        heat_map=lead.heat_map and _heat_map_answer(lead.heat_map),
        refusal=lead.refusal,
        instances=tuple(
            InstanceAnswer(
                instance=item.instance, sop_instance_uid=item.sop_instance_uid, decision=item.decision,
                probability=item.probability, refusal=item.refusal,
            )
            for item in result.instances
        ),
        links=result_links(key, with_sr=has_sr(result)),
    )


def _heat_map_answer(heat_map: HeatMap) -> HeatMapAnswer:
    grid = np.round(np.array(heat_map.values).reshape(heat_map.rows, heat_map.columns) * 255).astype(np.uint8)
    png = base64.b64encode(encode_png(grid)).decode("ascii")
    return HeatMapAnswer(rows=heat_map.rows, columns=heat_map.columns, values=heat_map.values, png_base64=png)


def result_links(key: Digest, *, with_sr: bool) -> dict[str, str]:
    """Paths of a result and its documents."""
    base = f"/v1/results/{key}"
    reports = {f"report_{language.value}": f"{base}/report.pdf?language={language.value}" for language in Language}
    return {"self": base, **reports, **({"sr": f"{base}/sr.dcm"} if with_sr else {})}


def job_answer(job: InferenceJob) -> JobAnswer:
    """The answer for a job."""
    links = {"self": f"/v1/jobs/{job.id}"}
    if job.state in (JobState.DONE, JobState.REFUSED):
        links["result"] = f"/v1/results/{job.id}"
    return JobAnswer(id=job.id, state=job.state, reason=job.reason, links=links)
