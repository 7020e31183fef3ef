"""Chest radiographs with results as an analyser makes them, for any answer that a test needs."""

import io
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from cauce.clinical.chest_xray.localise import heat_map_of, place_of
from cauce.dicom.image import Image
from cauce.domain.codes import Code
from cauce.domain.estimate import Estimate
from cauce.domain.experiment import Task
from cauce.domain.model import ModelContract, OperatingPoint
from cauce.domain.preprocess import PreprocessRecipe
from cauce.domain.reference import ReferenceStandard
from cauce.domain.result import Decision, Finding, InstanceResult, Provenance, Refusal, Result
from cauce.phantom.chest_dicom import dicom_bytes
from cauce.phantom.study import draw_patient
from cauce.predictor.source import LoadedInstance, load_bytes

RECIPE = PreprocessRecipe(size=(128, 128))
FINDING = Code(scheme="DCM", value="130591", meaning="Focal abnormality")
CONTRACT = ModelContract(
    task=Task.BINARY_CLASSIFICATION, modalities=("DX", "CR"), body_parts=("CHEST",), views=("PA", "AP"), minimum_age_years=18,
    preprocess=RECIPE,
    reference=ReferenceStandard(positive=("abnormal",), negative=("normal",), finding=FINDING, source="digital patients"),
)


def estimate(name: str, value: float) -> Estimate:
    return Estimate(name=name, value=value, lower=value - 0.03, upper=value + 0.02, method="test", n_patients=100, n_cases=120)


OPERATING_POINT = OperatingPoint(
    threshold=0.37, target="sensitivity ≥ 0.95", sensitivity=estimate("sensitivity", 0.95),
    specificity=estimate("specificity", 0.83),
)


def radiograph(patient: int = 5, **header: object) -> LoadedInstance:
    """One digital radiograph, written as DICOM and loaded again; `header` sets or, with None, removes attributes."""
    dataset = phantom_dataset(patient)
    for keyword, value in header.items():
        if value is None:
            if keyword in dataset:
                delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    return load_bytes(file_of(dataset), f"{patient}.dcm", key=None)


def phantom_dataset(patient: int = 5) -> Dataset:
    return pydicom.dcmread(io.BytesIO(_phantom(patient)))


@cache
def _phantom(patient: int) -> bytes:
    return dicom_bytes(draw_patient(3, patient, rows=256)[0])


def file_of(dataset: Dataset) -> bytes:
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()


def with_image(loaded: LoadedInstance, pixels: NDArray[np.float32], **geometry: object) -> LoadedInstance:
    return replace(loaded, image=Image(pixels=pixels, **geometry))  # type: ignore[arg-type]


def activation_at(x: float, y: float, image: Image) -> NDArray[np.float32]:
    """(16, 16) map over the padded network input with one bright spot at (x, y) of the stored image, in pixels."""
    side = max(image.rows, image.columns)
    left, top = (side - image.columns) / 2, (side - image.rows) / 2
    rows, columns = np.mgrid[0:16, 0:16] + 0.5
    distance = (columns - (x + left) / side * 16) ** 2 + (rows - (y + top) / side * 16) ** 2
    return (4 * np.exp(-distance / 2.5) - 0.3).astype(np.float32)


def instance_result(
    loaded: LoadedInstance, probability: float | None, *, at: tuple[float, float] | None = None, refusal: Refusal | None = None
) -> InstanceResult:
    """As the analyser would answer: positive at or above the operating point, with its finding at `at`."""
    image = loaded.image
    spot = at or (image.columns / 4, image.rows / 3)
    present = probability is not None and probability >= OPERATING_POINT.threshold
    heat = None if probability is None else heat_map_of(RECIPE, activation_at(*spot, image), (image.rows, image.columns))
    findings: Sequence[Finding] = ()
    if heat is not None and probability is not None:
        place = place_of(heat, image) if present else None
        findings = [Finding(code=FINDING, probability=probability, present=present, place=place)]
    analysed = Decision.POSITIVE if present else Decision.NEGATIVE
    return InstanceResult(
        instance=loaded.name, patient_key=loaded.patient_key, study_instance_uid=loaded.study_instance_uid,
        series_instance_uid=loaded.series_instance_uid, sop_instance_uid=loaded.sop_instance_uid, rows=image.rows,
        columns=image.columns, decision=Decision.REFUSED if refusal else analysed, probability=probability,
        findings=tuple(findings), heat_map=heat, refusal=refusal, acquisition=loaded.acquisition, statistics=loaded.statistics,
        provenance=Provenance(
            model_name="chest-test", model_version=3, model_digest="ab" * 32, input_sha256=loaded.file_sha256,
            engine="openvino 2026.4.1 float32", cauce_version="0.1.0",
        ),
    )


def study_result(*instances: InstanceResult) -> Result:
    return Result.of_study(instances, OPERATING_POINT)
