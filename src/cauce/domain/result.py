"""Result: what a model says of one study, with its provenance. Holds a pseudonym, never a patient's name or id."""

from enum import StrEnum

from pydantic import Field, model_validator

from cauce.domain.codes import Code
from cauce.domain.model import OperatingPoint
from cauce.domain.record import Digest, Record
from cauce.domain.study import Acquisition, PatientKey, PixelStatistics


class Decision(StrEnum):
    """The answer. Silence is a defect: a study that was not analysed says so, with its reason."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    REFUSED = "refused"


class Side(StrEnum):
    """The patient's side."""

    RIGHT = "right"
    LEFT = "left"


class Zone(StrEnum):
    """Height on the radiograph, in thirds of the image."""

    UPPER = "upper"
    MIDDLE = "middle"
    LOWER = "lower"


class Place(Record):
    """Where a finding lies, in pixels of the stored image: column x to the right, row y downwards, from the corner (0, 0).

    Attributes:
        box: (left, top, right, bottom).
        centre: (x, y) of the strongest response.
        centre_mm: the same in millimetres from the image's corner, where the source gives a spacing.
    """

    side: Side
    zone: Zone
    box: tuple[float, float, float, float]
    centre: tuple[float, float]
    centre_mm: tuple[float, float] | None = None


class Finding(Record):
    """A coded observation with its probability, and its place where there is one."""

    code: Code
    probability: float = Field(ge=0, le=1)
    present: bool
    place: Place | None = None


class HeatMap(Record):
    """Relative contribution to the abnormal probability, on the grid of the network's last features.

    Attributes:
        values: rows × columns numbers from 0 to 1, row by row; covers the whole stored image.
    """

    rows: int
    columns: int
    values: tuple[float, ...]

    @model_validator(mode="after")
    def _is_full(self) -> "HeatMap":
        if len(self.values) != self.rows * self.columns:
            raise ValueError(f"heat map needs {self.rows * self.columns} values, got {len(self.values)}")
        return self


class Provenance(Record):
    """What made a result.

    Attributes:
        model_version: number in the registry; None for a bundle that was never registered.
        engine: inference runtime, its version and its arithmetic, e.g. "openvino 2026.4.1 float32".
        input_sha256: digest of the file that was analysed.
    """

    model_name: str
    model_version: int | None
    model_digest: Digest
    input_sha256: Digest
    engine: str
    cauce_version: str


class Refusal(Record):
    """Why a study was not analysed: a stable code for machines, a sentence for people.

    Attributes:
        expected, got: what the model accepts and what came, where a comparison failed; never an identifier or an age.
    """

    code: str
    reason: str
    expected: str = ""
    got: str = ""


class InstanceResult(Record):
    """What the model says of one image.

    Attributes:
        instance: path or file name as the caller gave it.
        series_instance_uid, sop_instance_uid: from the header; made from the file's digest for plain images.
    """

    instance: str
    patient_key: PatientKey
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    rows: int
    columns: int
    decision: Decision
    probability: float | None = Field(default=None, ge=0, le=1)
    findings: tuple[Finding, ...] = ()
    heat_map: HeatMap | None = None
    refusal: Refusal | None = None
    acquisition: Acquisition
    statistics: PixelStatistics | None = None
    provenance: Provenance

    @model_validator(mode="after")
    def _decision_has_its_grounds(self) -> "InstanceResult":
        if (self.decision is Decision.REFUSED) != (self.refusal is not None):
            raise ValueError("a refusal, and only a refusal, carries its reason")
        if (self.decision is Decision.REFUSED) == (self.probability is not None):
            raise ValueError("a probability is given exactly when the image was analysed")
        return self


class Result(Record):
    """What the model says of a study: the instances, and the most suspicious one's answer as the study's own.

    A study is refused when every instance of it was refused.
    """

    study_instance_uid: str
    patient_key: PatientKey
    decision: Decision
    probability: float | None
    operating_point: OperatingPoint
    instances: tuple[InstanceResult, ...] = Field(min_length=1)

    def leading(self) -> InstanceResult:
        """The instance that decides the study: highest probability, or the first refusal."""
        return max(self.instances, key=lambda item: -1.0 if item.probability is None else item.probability)

    @classmethod
    def of_study(cls, instances: tuple[InstanceResult, ...], operating_point: OperatingPoint) -> "Result":
        """Join the results of one study's instances."""
        lead = max(instances, key=lambda item: -1.0 if item.probability is None else item.probability)
        return cls(
            study_instance_uid=lead.study_instance_uid, patient_key=lead.patient_key, decision=lead.decision,
            probability=lead.probability, operating_point=operating_point, instances=instances,
        )
